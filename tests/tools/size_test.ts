/** How `deno task size` tells the parts of a client apart, and what it says of them. */
import { assertEquals, assertFalse, assertGreater, assertLess } from "@std/assert";
import { complaintsAbout, sharesOf } from "../../tools/size.ts";
import { firstPart, measureParts, type PartSizes } from "../../tools/size/parts.ts";
import { MAX_CLIENT_BYTES, MAX_FIRST_PART_BYTES } from "../../tools/size_limits.ts";
import { runDeno } from "../watched_process.ts";

Deno.test("firstPart() has what the entry imports statically, however far away", () => {
  const chunks = [
    { name: "entry", isEntry: true, imports: ["a", "elsewhere"] },
    { name: "a", isEntry: false, imports: ["b"] },
    { name: "b", isEntry: false, imports: ["a"] },
    { name: "later", isEntry: false, imports: ["a", "later too"] },
    { name: "later too", isEntry: false, imports: [] },
  ];
  assertEquals(Array.from(firstPart(chunks)).sort(), ["a", "b", "elsewhere", "entry"]);
});

Deno.test("measureParts() counts each chunk as it is loaded, minified and compressed by itself", () => {
  const code = "x".repeat(1_000);
  const { first, all } = measureParts([
    { name: "entry", isEntry: true, imports: [], code },
    { name: "later", isEntry: false, imports: [], code },
  ]);
  assertEquals([first.minifiedBytes, all.minifiedBytes], [1_000, 2_000]);
  assertLess(first.gzippedBytes, 100);
  assertEquals(all.gzippedBytes, 2 * first.gzippedBytes);
});

Deno.test("byEsbuild() and byRollup() keep what is imported dynamically apart, and leave out what is not used", async () => {
  const { stdout } = await runDeno(["run", "-A", new URL("size_bundles.ts", import.meta.url).pathname]);
  const lines: [name: string, firstBytes: number, allBytes: number, hasUnused: boolean][] = stdout.trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(lines.map(([name]) => name), ["byEsbuild", "byRollup"]);
  for (const [name, firstBytes, allBytes, hasUnused] of lines) {
    assertLess(firstBytes, 1_000, name);
    assertGreater(allBytes, 5_000, name);
    assertFalse(hasUnused, name);
  }
});

Deno.test("sharesOf() sums up folders, the largest first, and leaves out what adds nothing", () => {
  const sources = [
    { chunk: "entry", source: "src/wire/a.ts", bytes: 10 },
    { chunk: "entry", source: "program.js", bytes: 5 },
    { chunk: "later", source: "src/wire/b.ts", bytes: 20 },
    { chunk: "later", source: "src/transport/pair/client.ts", bytes: 40 },
    { chunk: "later", source: "src/clock.ts", bytes: 0 },
  ];
  assertEquals(sharesOf(sources, new Set(["entry"])), [
    { folder: "src/transport", firstBytes: 0, allBytes: 40 },
    { folder: "src/wire", firstBytes: 10, allBytes: 30 },
    { folder: "the application", firstBytes: 5, allBytes: 5 },
  ]);
});

Deno.test("complaintsAbout() names each limit that is exceeded, and none that is met", () => {
  const sizes = (first: number, all: number): PartSizes => ({
    first: { minifiedBytes: 1, gzippedBytes: first },
    all: { minifiedBytes: 1, gzippedBytes: all },
  });
  assertEquals(complaintsAbout("esbuild", sizes(MAX_FIRST_PART_BYTES, MAX_CLIENT_BYTES)), []);
  assertEquals(complaintsAbout("esbuild", sizes(MAX_FIRST_PART_BYTES + 100, MAX_CLIENT_BYTES)).length, 1);
  assertEquals(complaintsAbout("rollup", sizes(90_000, 123_400)), [
    `rollup: the first part has 90.0 kB, ${(MAX_FIRST_PART_BYTES / 1000).toFixed(1)} are allowed`,
    `rollup: the client has 123.4 kB, ${(MAX_CLIENT_BYTES / 1000).toFixed(1)} are allowed`,
  ]);
});
