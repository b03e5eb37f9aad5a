import { assertEquals } from "@std/assert";
import { OperationPace } from "../../src/http/exchange/operation_pace.ts";
import { RecentSizes } from "../../src/http/exchange/recent_sizes.ts";

const MEBIBYTE = 1_048_576;

/** A pace with a grant that nobody would ever use up. */
function paceOf(payloads = 1_000_000, others = new RecentSizes()): OperationPace {
  const pace = new OperationPace(others);
  pace.grant(payloads);
  return pace;
}

/** What is handed on when the mate has sent all that it might, and a payload more that shows its size. */
function portionFor(bytes: number, portionBytes = MEBIBYTE): number {
  const pace = paceOf();
  for (let left = pace.take(portionBytes); left > 0; left--) pace.sent(bytes);
  return pace.take(portionBytes);
}

Deno.test("OperationPace hands on what a stream is granted at first in one piece", () => {
  const pace = paceOf(15);
  assertEquals([pace.take(MEBIBYTE), pace.take(MEBIBYTE), pace.withheld], [15, 0, 0]);
});

Deno.test("OperationPace goes by others' payloads before the first of its own, with care", () => {
  const sizes = new RecentSizes();
  paceOf(1, sizes).sent(100);
  assertEquals(paceOf(1_000_000, sizes).take(MEBIBYTE), 16);
  paceOf(1, sizes).sent(300_000);
  assertEquals(paceOf(1_000_000, sizes).take(MEBIBYTE), 3);
});

Deno.test("OperationPace hands on as many payloads as fit into a portion, by the largest of late", () => {
  assertEquals([100, 1_024, 4_096, 65_536 + 11, 600_000, 5_000_000].map((bytes) => portionFor(bytes)), [
    1_024,
    1_024,
    256,
    16,
    2,
    1,
  ]);
  assertEquals(portionFor(100, 16_384), 164);
});

Deno.test("OperationPace forgets a large payload when enough small ones have come", () => {
  const pace = paceOf();
  pace.sent(1_000_000);
  assertEquals(pace.take(MEBIBYTE), 1);
  for (let i = 0; i < 640; i++) pace.sent(100);
  assertEquals(pace.take(MEBIBYTE), 1_024);
});

Deno.test("OperationPace hands on more when half of a portion is used, and never more than there is", () => {
  const pace = paceOf(20);
  assertEquals(pace.take(MEBIBYTE), 16);
  for (let i = 0; i < 7; i++) pace.sent(65_536);
  assertEquals([pace.isDue(MEBIBYTE), pace.take(MEBIBYTE)], [false, 0]);
  pace.sent(65_536);
  assertEquals([pace.isDue(MEBIBYTE), pace.take(MEBIBYTE), pace.withheld], [true, 4, 0]);
  for (let i = 0; i < 12; i++) pace.sent(65_536);
  assertEquals([pace.isDue(MEBIBYTE), pace.take(MEBIBYTE)], [false, 0]);
});

Deno.test("OperationPace takes the first payload, which needs no grant, for one that was granted at the most once", () => {
  const pace = paceOf(3);
  assertEquals(pace.take(MEBIBYTE), 3);
  for (let i = 0; i < 4; i++) pace.sent(10);
  pace.grant(5);
  assertEquals(pace.take(MEBIBYTE), 5);
});

Deno.test("OperationPace stays within the exact integers", () => {
  const pace = paceOf(Number.MAX_SAFE_INTEGER);
  pace.grant(Number.MAX_SAFE_INTEGER);
  assertEquals(pace.withheld, Number.MAX_SAFE_INTEGER);
});
