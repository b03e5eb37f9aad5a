import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { virtualClock } from "../../src/testing/mod.ts";

Deno.test("virtualClock() stands still until it is advanced", async () => {
  const clock = virtualClock(5);
  let fired = false;
  clock.setTimer(() => fired = true, 0);
  await clock.runMicrotasks();
  assertEquals([clock.now(), fired], [5, false]);
  await clock.advance(0);
  assertEquals([clock.now(), fired], [5, true]);
});

Deno.test("virtualClock() fires timers in the order of their moments, then of their setting", async () => {
  const clock = virtualClock();
  const fired: string[] = [];
  clock.setTimer(() => fired.push(`c at ${clock.now()}`), 20);
  clock.setTimer(() => fired.push(`a at ${clock.now()}`), 10);
  clock.setTimer(() => fired.push(`b at ${clock.now()}`), 10);
  clock.setTimer(() => fired.push("d"), 21);
  await clock.advance(20);
  assertEquals(fired, ["a at 10", "b at 10", "c at 20"]);
  assertEquals([clock.now(), clock.pendingTimers], [20, 1]);
});

Deno.test("virtualClock() fires what a timer sets within the step", async () => {
  const clock = virtualClock();
  const at: number[] = [];
  const tick = (): void => {
    at.push(clock.now());
    clock.setTimer(tick, 10);
  };
  clock.setTimer(tick, 10);
  await clock.advance(35);
  assertEquals(at, [10, 20, 30]);
  assertEquals(clock.now(), 35);
});

Deno.test("virtualClock() lets all that a timer caused run before the next one", async () => {
  const clock = virtualClock();
  const order: string[] = [];
  clock.setTimer(async () => {
    for (let hop = 0; hop < 1_000; hop++) await Promise.resolve();
    order.push("all that the first caused");
    clock.setTimer(() => order.push("the second timer of the first"), 1);
  }, 1);
  clock.setTimer(() => order.push("the next"), 3);
  await clock.advance(3);
  assertEquals(order, ["all that the first caused", "the second timer of the first", "the next"]);
});

Deno.test("virtualClock() counts a timer set by what is under way from the moment before", async () => {
  const clock = virtualClock();
  let firedAt = -1;
  queueMicrotask(() => clock.setTimer(() => firedAt = clock.now(), 10));
  await clock.advance(10);
  assertEquals(firedAt, 10);
});

Deno.test("virtualClock() forgets cleared timers and ignores unknown ones", async () => {
  const clock = virtualClock();
  let fired = false;
  const timer = clock.setTimer(() => fired = true, 1);
  clock.clearTimer(timer);
  clock.clearTimer(timer);
  clock.clearTimer(undefined);
  assertEquals(clock.pendingTimers, 0);
  await clock.advance(1);
  assertEquals(fired, false);
});

Deno.test("virtualClock() rejects with what a timer throws and can go on", async () => {
  const clock = virtualClock();
  clock.setTimer(() => {
    throw new RangeError("out");
  }, 1);
  await assertRejects(() => clock.advance(5), RangeError, "out");
  assertEquals(clock.now(), 1);
  await clock.advance(4);
  assertEquals(clock.now(), 5);
});

Deno.test("virtualClock() refuses what is no time", async () => {
  assertThrows(() => virtualClock(NaN), RangeError, "finite start");
  const clock = virtualClock();
  for (const ms of [-1, NaN, Infinity]) await assertRejects(() => clock.advance(ms), RangeError, "from 0");
  for (const ms of [-1, NaN, 2 ** 31]) assertThrows(() => clock.setTimer(() => {}, ms), RangeError, "delay from 0");
  const advancing = clock.advance(1);
  await assertRejects(() => clock.advance(1), TypeError, "advancing already");
  await advancing;
});

Deno.test("virtualClock() works where the platform has no setImmediate", async () => {
  const immediate = Object.getOwnPropertyDescriptor(globalThis, "setImmediate");
  Reflect.deleteProperty(globalThis, "setImmediate");
  try {
    const clock = virtualClock();
    let hops = 0;
    clock.setTimer(async () => {
      for (; hops < 100; hops++) await Promise.resolve();
    }, 1);
    await clock.advance(1);
    assertEquals([hops, "setImmediate" in globalThis], [100, false]);
  } finally {
    if (immediate !== undefined) Object.defineProperty(globalThis, "setImmediate", immediate);
  }
});
