import { assertEquals, assertThrows } from "@std/assert";
import { MARKS, readResults, runtimeTable, withTable } from "./readme_table.ts";
import type { TargetResult } from "./tally.ts";

function result(client: string, server: string, exchange: string, works: number, refused: string[] = []): TargetResult {
  const codes = Object.fromEntries(refused.map((name) => [name, "unimplemented"]));
  return { client, server, exchange, works, refused: codes, failed: {} };
}

Deno.test("runtimeTable() says what works for each runtime and kind of exchange", () => {
  const table = runtimeTable([
    result("deno", "deno", "duplex", 9),
    result("deno", "deno-h2", "duplex", 9),
    result("chromium", "deno", "duplex", 0, ["a"]),
    result("deno", "deno", "single", 7, ["a", "b"]),
    result("chromium", "deno", "single", 7, ["a", "b"]),
    result("deno", "deno", "pair", 9),
    result("chromium", "deno", "pair", 9),
    { ...result("deno", "deno", "socket", 8), failed: { a: "It broke" } },
  ]);
  assertEquals(
    table,
    `
| runtime  | as     | duplex | single    | pair | socket  |
| -------- | ------ | ------ | --------- | ---- | ------- |
| Chromium | client | no     | all but 2 | all  |         |
| Deno     | client | all    | all but 2 | all  | in part |
| Deno     | server | all    | all but 2 | all  | in part |
`.trim(),
  );
});

Deno.test("withTable() replaces what is between the marks", () => {
  const document = `before\n${MARKS.begin}\n\nold\n\n${MARKS.end}\nafter\n`;
  const written = `before\n${MARKS.begin}\n\nnew\n\n${MARKS.end}\nafter\n`;
  assertEquals(withTable(document, "new"), written);
  assertThrows(() => withTable("no marks", "new"), TypeError, "no marks");
});

Deno.test("the README's table is what the recorded results say", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  assertEquals(withTable(readme, runtimeTable(await readResults())), readme);
});
