import { assertEquals } from "@std/assert";
import { coalescedClock } from "../../src/ends/coalesced_clock.ts";
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
  return { clock, counts, coalesced: coalescedClock(counting) };
}

Deno.test("coalescedClock() calls back at the moments that were asked for, in their order", async () => {
  const { clock, coalesced } = countingClock();
  const fired: [string, number][] = [];
  const note = (name: string) => () => fired.push([name, coalesced.now()]);
  for (const ms of [500, 20, 0, 300, 19, 1_000]) coalesced.setTimer(note(`${ms}`), ms);
  const cleared = [coalesced.setTimer(note("cleared"), 400), coalesced.setTimer(note("cleared"), 5)];
  for (const timer of cleared) coalesced.clearTimer(timer);
  await clock.advance(2_000);
  assertEquals(fired, [["0", 0], ["19", 19], ["20", 20], ["300", 300], ["500", 500], ["1000", 1_000]]);
  for (const timer of cleared) coalesced.clearTimer(timer);
  coalesced.clearTimer(undefined);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("coalescedClock() sets no timer of the platform's while there is one that comes no later", () => {
  const { clock, counts, coalesced } = countingClock();
  const heartbeat = coalesced.setTimer(() => {}, 15_000);
  for (let call = 0; call < 100; call++) coalesced.clearTimer(coalesced.setTimer(() => {}, 300_000));
  assertEquals([counts, clock.pendingTimers], [{ set: 1, cleared: 0 }, 1]);
  coalesced.clearTimer(heartbeat);
  assertEquals(clock.pendingTimers, 0, "Nothing is left that keeps a process alive");
});

Deno.test("coalescedClock() lets a timer set others, and one that throws keep none from its turn", async () => {
  const { clock, coalesced } = countingClock();
  const fired: string[] = [];
  const thrown = Promise.withResolvers<unknown>();
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    thrown.resolve(event.error);
  };
  globalThis.addEventListener("error", onError);
  coalesced.setTimer(() => {
    fired.push("first");
    coalesced.setTimer(() => fired.push("third"), 50);
    throw new Error("thrown by a timer");
  }, 100);
  coalesced.setTimer(() => fired.push("second"), 100);
  await clock.advance(200);
  assertEquals([fired, String(await thrown.promise)], [["first", "second", "third"], "Error: thrown by a timer"]);
  globalThis.removeEventListener("error", onError);
});
