import { assertEquals } from "@std/assert";
import { ratioOf, spreadOf } from "../../bench/driver/comparison.ts";
import { formatSpread, markdownTable } from "../../bench/driver/format.ts";

const FAST = { name: "fast", rounds: [{ rate: 10 }, { rate: 40 }, { rate: 30 }] };
const SLOW = { name: "slow", rounds: [{ rate: 5 }, { rate: 10 }] };

Deno.test("spreadOf() has the middle round and the range", () => {
  assertEquals(spreadOf(FAST.rounds, "rate"), { median: 30, lowest: 10, highest: 40 });
  assertEquals(spreadOf([], "rate"), undefined);
});

Deno.test("ratioOf() compares round by round those that both have", () => {
  assertEquals(ratioOf(FAST, SLOW, "rate", { better: "higher" }), { median: 4, lowest: 2, highest: 4 });
});

Deno.test("ratioOf() is above 1 where the first is better, also where less is better", () => {
  assertEquals(ratioOf(SLOW, FAST, "rate", { better: "lower" }), { median: 4, lowest: 2, highest: 4 });
});

Deno.test("formatSpread() has the digits that count", () => {
  assertEquals(formatSpread({ median: 1234.5, lowest: 0.126, highest: 45.67 }), "1,235 (0.13–45.7)");
  assertEquals(formatSpread(undefined), "–");
});

Deno.test("markdownTable() aligns text to the left and figures to the right", () => {
  assertEquals(markdownTable(["a", "b"], [["long", "1"]]), "| a    |   b |\n| ---- | --: |\n| long |   1 |");
});
