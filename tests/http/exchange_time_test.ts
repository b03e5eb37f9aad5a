import { assertEquals } from "@std/assert";
import { SecondMeter } from "../../src/exchange/rate_limit.ts";
import { Deadline, DeadlineTimer } from "../../src/exchange/deadline_timer.ts";
import { KeepAlive, type KeepAliveIntervals } from "../../src/exchange/keep_alive.ts";
import { virtualClock } from "../../src/testing/mod.ts";

Deno.test("DeadlineTimer runs each task when it is due, on one timer", async () => {
  const clock = virtualClock();
  const done: string[] = [];
  const tasks = ["a", "b", "c"].map((name) => new Deadline(() => done.push(`${name} ${clock.now()}`)));
  const timer = new DeadlineTimer(clock, tasks);
  timer.arm();
  assertEquals(clock.pendingTimers, 0);
  tasks[0]!.set(100);
  tasks[1]!.set(50);
  timer.arm();
  tasks[2]!.set(100.4);
  timer.arm();
  assertEquals(clock.pendingTimers, 1);
  await clock.advance(200);
  assertEquals(done, ["b 50", "a 100", "c 101"]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("DeadlineTimer is not set anew when a moment moves away, and is when it comes nearer", async () => {
  let set = 0;
  const clock = virtualClock();
  const counting = {
    now: () => clock.now(),
    setTimer: (callback: () => void, delayMs: number) => {
      set += 1;
      return clock.setTimer(callback, delayMs);
    },
    clearTimer: (timer: unknown) => clock.clearTimer(timer),
  };
  const done: number[] = [];
  const deadline = new Deadline(() => done.push(clock.now()));
  const timer = new DeadlineTimer(counting, [deadline]);
  for (let at = 100; at <= 1_000; at += 100) {
    deadline.set(at);
    timer.arm();
  }
  assertEquals(set, 1);
  await clock.advance(900);
  assertEquals(set, 2);
  deadline.set(950);
  timer.arm();
  assertEquals(set, 3);
  await clock.advance(1_000);
  assertEquals(done, [950]);
});

Deno.test("DeadlineTimer does nothing after it is stopped, also from within a task", async () => {
  const clock = virtualClock();
  const done: string[] = [];
  const first: Deadline = new Deadline(() => {
    done.push("first");
    timer.stop();
  });
  const second = new Deadline(() => done.push("second"));
  const timer = new DeadlineTimer(clock, [first, second]);
  first.set(10);
  second.set(10);
  timer.arm();
  await clock.advance(100);
  timer.arm();
  assertEquals(done, ["first"]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("DeadlineTimer waits for moments that are further away than a timer can be", async () => {
  const clock = virtualClock();
  const done: number[] = [];
  const deadline = new Deadline(() => done.push(clock.now()));
  const timer = new DeadlineTimer(clock, [deadline]);
  deadline.set(5_000_000_000);
  timer.arm();
  await clock.advance(5_000_000_000);
  assertEquals(done, [5_000_000_000]);
});

/** One that is driven by hand. */
function keepAlive(
  intervals: KeepAliveIntervals,
): { beat: KeepAlive; events: string[]; runTo(nowMs: number): void } {
  const events: string[] = [];
  let now = 0;
  const beat = new KeepAlive({ ...virtualClock(), now: () => now }, intervals, {
    isOpen: () => true,
    isReading: () => true,
    ping: () => events.push(`ping ${now}`),
    lost: (silentMs) => {
      events.push(`lost after ${silentMs}`);
      beat.received();
    },
  });
  const runTo = (nowMs: number): void => {
    while (beat.dueAt() <= nowMs) {
      now = Math.max(now, beat.dueAt());
      beat.run(now);
    }
    now = nowMs;
  };
  return { beat, events, runTo };
}

Deno.test("KeepAlive asks after silence and misses after as much again", () => {
  const { events, runTo } = keepAlive({ sendMs: 100, receiveMs: 100 });
  runTo(199);
  assertEquals(events, ["ping 100"]);
  runTo(200);
  assertEquals(events.slice(0, 2), ["ping 100", "lost after 200"]);
});

Deno.test("KeepAlive misses nobody who speaks, and does not ask for what it hears", () => {
  const { beat, events, runTo } = keepAlive({ sendMs: 100, receiveMs: 100 });
  for (let now = 50; now <= 500; now += 50) {
    runTo(now);
    beat.received();
    beat.sent();
  }
  assertEquals(events, []);
});

Deno.test("KeepAlive speaks when it has been silent itself, once in an interval although nothing leaves", () => {
  const { beat, events, runTo } = keepAlive({ sendMs: 100, receiveMs: 1_000 });
  for (let now = 50; now <= 350; now += 50) {
    runTo(now);
    beat.received();
  }
  assertEquals(events, ["ping 100", "ping 200", "ping 300"]);
});

Deno.test("KeepAlive that cannot speak only misses, one that cannot hear only speaks", () => {
  const listening = keepAlive({ sendMs: Infinity, receiveMs: 100 });
  listening.runTo(200);
  assertEquals(listening.events, ["ping 100", "lost after 200"]);
  const speaking = keepAlive({ sendMs: 100, receiveMs: Infinity });
  speaking.runTo(350);
  assertEquals(speaking.events, ["ping 100", "ping 200", "ping 300"]);
});

Deno.test("SecondMeter counts by the second", () => {
  const meter = new SecondMeter(2);
  assertEquals([0, 500, 999].map((now) => meter.count(now)), [true, true, false]);
  assertEquals([1_000, 1_001, 1_002, 2_500].map((now) => meter.count(now)), [true, true, false, true]);
});
