import { assert, assertEquals, assertFalse } from "@std/assert";
import { addAllowance, isAllowance } from "../../src/ends/direction.ts";

Deno.test("addAllowance() does not leave the exact integers however much is granted", () => {
  assertEquals([addAllowance(1, 3), addAllowance(0, 2 ** 53 - 1)], [4, 2 ** 53 - 1]);
  assertEquals(addAllowance(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
});

Deno.test("isAllowance() takes positive safe integers and nothing else", () => {
  for (const value of [1, 2, 1_000, Number.MAX_SAFE_INTEGER]) assert(isAllowance(value));
  const others = [0, -0, -1, 0.5, NaN, Infinity, 2 ** 53, "1", 1n, null, undefined, true, [1], {}];
  for (const value of others) assertFalse(isAllowance(value));
});
