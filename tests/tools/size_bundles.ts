/**
 * Bundles a small program by both bundlers, for size_test.ts, and prints what its parts are. It is a process of its own,
 * because esbuild's ends some time after it is told to.
 *
 * @module
 */
import { byEsbuild, byRollup } from "../../tools/size/bundlers.ts";
import { measureParts } from "../../tools/size/parts.ts";

/** A package whose client loads a large part when a call needs it, and has something that no program uses. */
const PACKAGE: ReadonlyMap<string, string> = new Map([
  ["client.js", 'export { call } from "./chunks/first.js";\nexport { unused } from "./chunks/unused.js";\n'],
  ["chunks/unused.js", `export const unused = globalThis.register("${"u".repeat(500)}");\n`],
  ["chunks/first.js", 'export const call = async () => (await import("./later.js")).large;\n'],
  ["chunks/later.js", `import { call } from "./first.js";\nexport const large = "${"z".repeat(5_000)}" + call;\n`],
]);
const PROGRAM = { library: "@x/y", code: 'import { call } from "@x/y/client";\nconsole.log(await call());\n' };

for (const [name, bundle] of Object.entries({ byEsbuild, byRollup })) {
  const chunks = await bundle(PROGRAM, PACKAGE);
  const { first, all } = measureParts(chunks);
  const hasUnused = chunks.some(({ code }) => code.includes("uuu"));
  console.log(JSON.stringify([name, first.minifiedBytes, all.minifiedBytes, hasUnused]));
}
