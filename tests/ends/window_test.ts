import { assert, assertEquals, assertFalse } from "@std/assert";
import { isAllowance, ReceiveWindow, SendWindow } from "../../src/ends/window.ts";

Deno.test("SendWindow begins with one payload and spends what is credited", () => {
  const window = new SendWindow();
  assertEquals(window.available, 1);
  assert(window.spend());
  assertFalse(window.spend());
  window.credit(2);
  assertEquals([window.spend(), window.spend(), window.spend()], [true, true, false]);
  assertEquals(window.available, 0);
});

Deno.test("SendWindow adds to what is left", () => {
  const window = new SendWindow();
  window.credit(3);
  window.credit(4);
  assertEquals(window.available, 8);
});

Deno.test("SendWindow does not leave the exact integers however much is credited", () => {
  const window = new SendWindow();
  window.credit(Number.MAX_SAFE_INTEGER);
  window.credit(Number.MAX_SAFE_INTEGER);
  assertEquals(window.available, Number.MAX_SAFE_INTEGER);
  assert(window.spend());
  assertEquals(window.available, Number.MAX_SAFE_INTEGER - 1);
});

Deno.test("ReceiveWindow begins with one payload and allows what is granted", () => {
  const window = new ReceiveWindow();
  assertEquals([window.receive(), window.receive()], [true, false]);
  window.grant(2);
  window.grant(1);
  assertEquals([window.receive(), window.receive(), window.receive(), window.receive()], [true, true, true, false]);
});

Deno.test("ReceiveWindow does not leave the exact integers however much is granted", () => {
  const window = new ReceiveWindow();
  window.grant(Number.MAX_SAFE_INTEGER);
  window.grant(Number.MAX_SAFE_INTEGER);
  assert(window.receive());
});

Deno.test("isAllowance() takes positive safe integers and nothing else", () => {
  for (const value of [1, 2, 1_000, Number.MAX_SAFE_INTEGER]) assert(isAllowance(value));
  const others = [0, -0, -1, 0.5, NaN, Infinity, 2 ** 53, "1", 1n, null, undefined, true, [1], {}];
  for (const value of others) assertFalse(isAllowance(value));
});
