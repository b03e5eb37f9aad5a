import { assertEquals } from "@std/assert";
import { circlesOf, codeLines, folderOf, type Graph, importGraph } from "../../tools/lean/source_graph.ts";

function graphOf(edges: Readonly<Record<string, readonly string[]>>): Graph {
  return new Map(Object.entries(edges).map(([node, targets]) => [node, new Set(targets)]));
}

Deno.test("codeLines() counts neither comments nor empty lines", () => {
  const source = `/** A comment
 * of two lines. */
const a = "// no comment"; // one

/* before */ const b = 1;
`;
  assertEquals(codeLines(source), 2);
});

Deno.test("folderOf() returns what stands before the last slash", () => {
  assertEquals(["a/b/c.ts", "a/c.ts", "c.ts"].map(folderOf), ["a/b", "a", ""]);
});

Deno.test("importGraph() has edges between files, or between what stands for them", () => {
  const sources = new Map([
    ["a/one.ts", `import { two } from "./two.ts"; import type { Three } from "../b/three.ts"; import "npm:hono";`],
    ["a/two.ts", ""],
    ["b/three.ts", `export * from "../a/two.ts";`],
  ]);
  assertEquals(
    importGraph(sources),
    graphOf({ "a/one.ts": ["a/two.ts", "b/three.ts"], "a/two.ts": [], "b/three.ts": ["a/two.ts"] }),
  );
  assertEquals(importGraph(sources, folderOf), graphOf({ a: ["b"], b: ["a"] }));
});

Deno.test("circlesOf() finds what leads back to itself, each circle once", () => {
  assertEquals(circlesOf(graphOf({ a: ["b", "c"], b: ["c"], c: [] })), []);
  assertEquals(circlesOf(graphOf({ a: ["b"], b: ["c"], c: ["a", "d"], d: ["e"], e: ["d"], f: ["a"] })), [
    ["d", "e"],
    ["a", "b", "c"],
  ]);
});
