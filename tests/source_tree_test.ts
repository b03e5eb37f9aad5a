import { assertEquals } from "@std/assert";
import { importsOf } from "./source_tree.ts";

Deno.test("importsOf() finds every way to import, and which are for types alone", () => {
  const source = `
import { a } from "./a.ts";
import type { B } from "./b.ts";
import { type C } from "./c.ts";
import type D from "./d.ts";
import * as e from "./e.ts";
import "./f.ts";
export {
  g, // from "./no.ts"
} from "./g.ts";
export type { H } from "./h.ts";
export * from "./i.ts";
const j = await import("./j.ts");
type K = import("./k.ts").K;
`;
  assertEquals(importsOf(source).map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? " type" : ""}`), [
    "./a.ts",
    "./b.ts type",
    "./c.ts",
    "./d.ts type",
    "./e.ts",
    "./f.ts",
    "./g.ts",
    "./h.ts type",
    "./i.ts",
    "./j.ts",
    "./k.ts",
  ]);
});

Deno.test("importsOf() takes no other string for an import", () => {
  const source = `
/** import { a } from "./a.ts"; */
import { b } from "./b.ts";
const text = "import c from './c.ts'";
const from = "d";
export const list = Array.from("e");
export function f(from = "f") { return \`from \${"g"}\`; }
`;
  assertEquals(importsOf(source).map(({ specifier }) => specifier), ["./b.ts"]);
});
