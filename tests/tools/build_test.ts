/** What the tools that build the library are made of. */
import { assertEquals, assertThrows } from "@std/assert";
import { checkIsOurs, moduleFiles } from "../../tools/build/bundle.ts";
import { entryDeclarations, forUrls, withMissingTypesIgnored } from "../../tools/build/declarations.ts";
import { entryPointsOf } from "../../tools/build/entry_points.ts";
import { afterOneLine, decodeSegment, encodeSegment, toLineMap } from "../../tools/build/line_map.ts";
import { parseNpmSpecifier } from "../../tools/build/npm_specifier.ts";

Deno.test("entryPointsOf() names the built files after the subpaths", () => {
  assertEquals(entryPointsOf({ ".": "./mod.ts", "./links": "./src/links/mod.ts" }), [
    { subpath: ".", name: "mod", source: "mod.ts" },
    { subpath: "./links", name: "links", source: "src/links/mod.ts" },
  ]);
});

Deno.test("parseNpmSpecifier() takes name, versions and path apart", () => {
  assertEquals(parseNpmSpecifier("npm:cbor-x@^1.6.8/index-no-eval"), {
    name: "cbor-x",
    range: "^1.6.8",
    bare: "cbor-x/index-no-eval",
  });
  assertEquals(parseNpmSpecifier("npm:@a/b@1.2.3"), { name: "@a/b", range: "1.2.3", bare: "@a/b" });
  for (const specifier of ["npm:hono", "hono@4", "./a.ts"]) {
    assertThrows(() => parseNpmSpecifier(specifier), SyntaxError, "Cannot parse the specifier");
  }
});

Deno.test("encodeSegment() and decodeSegment() are inverse, with the digits of the format", () => {
  assertEquals(encodeSegment([0, 0, 1, -1, 16]), "AACDgB");
  const numbers = [0, 1, -1, 15, -15, 16, -16, 511, 512, 123_456, -123_456];
  assertEquals(decodeSegment(encodeSegment(numbers)), numbers);
  assertThrows(() => decodeSegment("A!"), SyntaxError, "got !");
});

Deno.test("toLineMap() keeps where each line begins, and none for lines of brackets alone", () => {
  const mappings = [
    // Two segments of the first line, then a line of a bracket, then one of another source, then one without any.
    `${encodeSegment([2, 0, 4, 6, 0])},${encodeSegment([5, 0, 1, 0])}`,
    encodeSegment([0, 0, 2, 0]),
    encodeSegment([0, 1, -3, 2]),
    "",
    encodeSegment([4, -1, 10, 0]),
  ].join(";");
  const map = toLineMap({ version: 3, sources: ["a", "b"], names: ["n"], mappings }, "a(b);\n});\nc;\nd;\ne;");
  assertEquals({ ...map, mappings: map.mappings.split(";").map(decodeSegment) }, {
    version: 3,
    sources: ["a", "b"],
    names: [],
    // Source lines 4, 4 (5 + 2 - 3 of the other) and 14, each relative to the one that was kept before.
    mappings: [[0, 0, 4, 0], [], [0, 1, 0, 0], [], [0, -1, 10, 0]],
  });
});

Deno.test("afterOneLine() moves a map down", () => {
  assertEquals(afterOneLine({ version: 3, sources: [], names: [], mappings: "AAAA;AACA" }).mappings, ";AAAA;AACA");
});

Deno.test("moduleFiles() puts the map beside the code, and leads from there to the sources", () => {
  const map = { version: 3, sources: ["src/a.ts"], names: [], mappings: "AAAA" };
  const chunk = { path: "chunks/c.js", code: "a;\n", map, entryPoint: undefined };
  assertEquals(moduleFiles(chunk, "./"), [
    ["chunks/c.js", "a;\n//# sourceMappingURL=c.js.map\n"],
    ["chunks/c.js.map", '{"version":3,"names":[],"sources":["../src/a.ts"],"mappings":"AAAA"}'],
  ]);
  assertEquals(moduleFiles({ ...chunk, path: "c.js" }, "../", "// First.\n"), [
    ["c.js", "// First.\na;\n//# sourceMappingURL=c.js.map\n"],
    ["c.js.map", '{"version":3,"names":[],"sources":["../src/a.ts"],"mappings":";AAAA"}'],
  ]);
});

Deno.test("checkIsOurs() refuses to bundle what is of others", () => {
  checkIsOurs(["mod.ts", "src/client.ts"]);
  assertThrows(() => checkIsOurs(["mod.ts", "node_modules/x/index.js"]), Error, "node_modules/x/index.js");
});

Deno.test("entryDeclarations() refer to the declarations of the source", () => {
  const entryPoint = { subpath: "./links", name: "links", source: "src/links/mod.ts" };
  assertEquals(entryDeclarations(entryPoint, ".js"), 'export * from "./types/src/links/mod.js";\n');
  assertEquals(entryDeclarations(entryPoint, ".d.ts"), 'export * from "./types/src/links/mod.d.ts";\n');
});

Deno.test("forUrls() names declarations and packages as they are found by URL, in code and not in comments", () => {
  const declarations = `import type { A } from "a";
export { type B, c } from "../c.js";
/** import { x } from "x"; */ export type X = A;
`;
  assertEquals(
    forUrls(declarations, new Map([["a", "npm:a@^1"]])),
    `import type { A } from "npm:a@^1";
export { type B, c } from "../c.d.ts";
/** import { x } from "x"; */ export type X = A;
`,
  );
  assertThrows(() => forUrls(declarations, new Map()), Error, "declarations import a");
});

Deno.test("withMissingTypesIgnored() puts a directive before each import of a peer, and nowhere else", () => {
  const declarations = `import type { A } from "a";
import type { Local } from "./a.js";
export type { Sub } from "a/sub";
import type { Other } from "ab";
/** From "a"; */ export type X = A;
`;
  assertEquals(
    withMissingTypesIgnored(declarations, ["a"]).split("\n").map((line) =>
      line.startsWith("// @ts-ignore") ? "ignore" : line
    ),
    [
      "ignore",
      'import type { A } from "a";',
      'import type { Local } from "./a.js";',
      "ignore",
      'export type { Sub } from "a/sub";',
      'import type { Other } from "ab";',
      '/** From "a"; */ export type X = A;',
      "",
    ],
  );
});
