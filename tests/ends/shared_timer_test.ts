import { assertEquals } from "@std/assert";
import { Deadlines } from "../../src/ends/deadlines.ts";
import { virtualClock } from "../../src/testing/mod.ts";

/** A virtual clock that counts what is asked of it. */
function countingClock() {
  const clock = virtualClock();
  const counts = { set: 0, cleared: 0 };
  const counting = {
    now: () => clock.now(),
    setTimer(callback: () => void, delayMs: number) {
      counts.set += 1;
      return clock.setTimer(callback, delayMs);
    },
    clearTimer(timer: unknown) {
      counts.cleared += 1;
      clock.clearTimer(timer);
    },
  };
  return { clock, counts, shared: new Deadlines(counting) };
}

Deno.test("Deadlines, as a clock, calls back at the moments that were asked for, in their order", async () => {
  const { clock, shared } = countingClock();
  const fired: [string, number][] = [];
  const note = (name: string) => () => fired.push([name, shared.now()]);
  for (const ms of [500, 20, 0, 300, 19, 1_000]) shared.setTimer(note(`${ms}`), ms);
  const cleared = [shared.setTimer(note("cleared"), 400), shared.setTimer(note("cleared"), 5)];
  for (const timer of cleared) shared.clearTimer(timer);
  await clock.advance(2_000);
  assertEquals(fired, [["0", 0], ["19", 19], ["20", 20], ["300", 300], ["500", 500], ["1000", 1_000]]);
  for (const timer of cleared) shared.clearTimer(timer);
  shared.clearTimer(undefined);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("Deadlines, as a clock, sets no timer of the platform's while there is one that comes no later", () => {
  const { clock, counts, shared } = countingClock();
  const heartbeat = shared.setTimer(() => {}, 15_000);
  for (let call = 0; call < 100; call++) shared.clearTimer(shared.setTimer(() => {}, 300_000));
  assertEquals([counts, clock.pendingTimers], [{ set: 1, cleared: 0 }, 1]);
  shared.clearTimer(heartbeat);
  assertEquals(clock.pendingTimers, 0, "Nothing is left that keeps a process alive");
});

Deno.test("Deadlines, as a clock, lets a timer set others, and one that throws keep none from its turn", async () => {
  const { clock, shared } = countingClock();
  const fired: string[] = [];
  const thrown = Promise.withResolvers<unknown>();
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    thrown.resolve(event.error);
  };
  globalThis.addEventListener("error", onError);
  shared.setTimer(() => {
    fired.push("first");
    shared.setTimer(() => fired.push("third"), 50);
    throw new Error("thrown by a timer");
  }, 100);
  shared.setTimer(() => fired.push("second"), 100);
  await clock.advance(200);
  assertEquals([fired, String(await thrown.promise)], [["first", "second", "third"], "Error: thrown by a timer"]);
  globalThis.removeEventListener("error", onError);
});
