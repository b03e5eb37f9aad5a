import { assertEquals } from "@std/assert";
import { OperationCredit, RecentSizes } from "../../src/exchange/operation_credit.ts";

const MEBIBYTE = 1_048_576;

/** A pace with a grant that nobody would ever use up. */
function creditOf(payloads = 1_000_000, others = new RecentSizes()): OperationCredit {
  const credit = new OperationCredit(others);
  credit.grant(payloads);
  return credit;
}

/** What is handed on when the mate has sent all that it might, and a payload more that shows its size. */
function portionFor(bytes: number, portionBytes = MEBIBYTE): number {
  const credit = creditOf();
  for (let left = credit.take(portionBytes); left > 0; left--) credit.sent(bytes);
  return credit.take(portionBytes);
}

Deno.test("OperationCredit hands on what a stream is granted at first in one piece", () => {
  const credit = creditOf(15);
  assertEquals([credit.take(MEBIBYTE), credit.take(MEBIBYTE), credit.withheld], [15, 0, 0]);
});

Deno.test("OperationCredit goes by others' payloads before the first of its own, with care", () => {
  const sizes = new RecentSizes();
  creditOf(1, sizes).sent(100);
  assertEquals(creditOf(1_000_000, sizes).take(MEBIBYTE), 16);
  creditOf(1, sizes).sent(300_000);
  assertEquals(creditOf(1_000_000, sizes).take(MEBIBYTE), 3);
});

Deno.test("OperationCredit hands on as many payloads as fit into a portion, by the largest of late", () => {
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

Deno.test("OperationCredit forgets a large payload when enough small ones have come", () => {
  const credit = creditOf();
  credit.sent(1_000_000);
  assertEquals(credit.take(MEBIBYTE), 1);
  for (let i = 0; i < 640; i++) credit.sent(100);
  assertEquals(credit.take(MEBIBYTE), 1_024);
});

Deno.test("OperationCredit hands on more when half of a portion is used, and never more than there is", () => {
  const credit = creditOf(20);
  assertEquals(credit.take(MEBIBYTE), 16);
  for (let i = 0; i < 7; i++) credit.sent(65_536);
  assertEquals([credit.isDue(MEBIBYTE), credit.take(MEBIBYTE)], [false, 0]);
  credit.sent(65_536);
  assertEquals([credit.isDue(MEBIBYTE), credit.take(MEBIBYTE), credit.withheld], [true, 4, 0]);
  for (let i = 0; i < 12; i++) credit.sent(65_536);
  assertEquals([credit.isDue(MEBIBYTE), credit.take(MEBIBYTE)], [false, 0]);
});

Deno.test("OperationCredit takes the first payload, which needs no grant, for one that was granted at the most once", () => {
  const credit = creditOf(3);
  assertEquals(credit.take(MEBIBYTE), 3);
  for (let i = 0; i < 4; i++) credit.sent(10);
  credit.grant(5);
  assertEquals(credit.take(MEBIBYTE), 5);
});

Deno.test("OperationCredit stays within the exact integers", () => {
  const credit = creditOf(Number.MAX_SAFE_INTEGER);
  credit.grant(Number.MAX_SAFE_INTEGER);
  assertEquals(credit.withheld, Number.MAX_SAFE_INTEGER);
});
