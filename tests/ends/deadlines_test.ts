import { assert, assertEquals } from "@std/assert";
import { type Clock, MAX_TIMER_DELAY_MS } from "../../src/clock.ts";
import { type Deadline, Deadlines, type Expiring } from "../../src/ends/deadlines.ts";
import { type VirtualClock, virtualClock } from "../../src/testing/mod.ts";
import { seededRandom } from "../seeded_random.ts";

/** Something with a deadline, which notes when it expires. */
class Noted implements Expiring {
  deadlineMs: number;
  deadline: Deadline | undefined;
  readonly #expire: (item: Noted) => void;

  constructor(deadlineMs: number, expire: (item: Noted) => void = () => {}) {
    this.deadlineMs = deadlineMs;
    this.#expire = expire;
  }

  expire(): void {
    this.#expire(this);
  }
}

/** Deadlines of items that may change theirs. */
class NotedDeadlines {
  readonly #deadlines: Deadlines;

  constructor(clock: Clock) {
    this.#deadlines = new Deadlines(clock);
  }

  set(item: Noted): void {
    this.delete(item);
    item.deadline = this.#deadlines.add(item, item.deadlineMs);
  }

  delete({ deadline }: Noted): void {
    if (deadline !== undefined) this.#deadlines.delete(deadline);
  }
}

/** A clock that counts how often a timer is set and shows the delay of the one that is pending. */
function countingClock(): { clock: VirtualClock; delays: number[] } {
  const clock = virtualClock();
  const delays: number[] = [];
  const setTimer = clock.setTimer.bind(clock);
  clock.setTimer = (callback, delayMs) => {
    delays.push(delayMs);
    return setTimer(callback, delayMs);
  };
  return { clock, delays };
}

Deno.test("Deadlines expires items in the order of their moments", async () => {
  const clock = virtualClock();
  const deadlines = new NotedDeadlines(clock);
  const expired: [number, number][] = [];
  for (const deadlineMs of [50, 10, 40, 20, 30]) {
    deadlines.set(new Noted(deadlineMs, (item) => expired.push([item.deadlineMs, clock.now()])));
  }
  await clock.advance(100);
  assertEquals(expired, [[10, 10], [20, 20], [30, 30], [40, 40], [50, 50]]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("Deadlines takes an item out before it expires", async () => {
  const clock = virtualClock();
  const deadlines = new NotedDeadlines(clock);
  const seen: unknown[] = [];
  for (let count = 0; count < 2; count++) deadlines.set(new Noted(10, ({ deadline }) => seen.push(deadline?.owner)));
  await clock.advance(10);
  assertEquals([seen, clock.pendingTimers], [[undefined, undefined], 0]);
});

Deno.test("Deadlines moves an item whose deadline changed, both ways", async () => {
  const clock = virtualClock();
  const deadlines = new NotedDeadlines(clock);
  const expired: string[] = [];
  const named = (name: string, deadlineMs: number): Noted => {
    const item = new Noted(deadlineMs, () => expired.push(`${name} at ${clock.now()}`));
    deadlines.set(item);
    return item;
  };
  const [a, b] = [named("a", 10), named("b", 20)];
  named("c", 30);
  a.deadlineMs = 40;
  deadlines.set(a);
  b.deadlineMs = 5;
  deadlines.set(b);
  await clock.advance(50);
  assertEquals(expired, ["b at 5", "c at 30", "a at 40"]);
});

Deno.test("Deadlines ignores the removal of an item that is not in there", () => {
  const clock = virtualClock();
  const deadlines = new NotedDeadlines(clock);
  const inside = new Noted(10);
  deadlines.set(inside);
  deadlines.delete(new Noted(10));
  deadlines.delete(inside);
  deadlines.delete(inside);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("Deadlines has one timer armed, for the earliest, and none when it is empty", () => {
  const { clock, delays } = countingClock();
  const deadlines = new NotedDeadlines(clock);
  const items = [300, 200, 400, 100, 500].map((deadlineMs) => new Noted(deadlineMs));
  for (const item of items) {
    deadlines.set(item);
    assertEquals(clock.pendingTimers, 1);
  }
  assertEquals(delays, [300, 200, 100], "Armed anew only for an earlier one");
  for (const [index, item] of items.entries()) {
    assertEquals(clock.pendingTimers, 1);
    deadlines.delete(item);
    assertEquals(clock.pendingTimers, index === items.length - 1 ? 0 : 1);
  }
});

Deno.test("Deadlines arms again where the earliest has left before its moment", async () => {
  const { clock, delays } = countingClock();
  const deadlines = new NotedDeadlines(clock);
  let expiredAt: number | undefined;
  const early = new Noted(100, () => expiredAt = -1);
  deadlines.set(early);
  deadlines.set(new Noted(250, () => expiredAt = clock.now()));
  deadlines.delete(early);
  await clock.advance(100);
  assertEquals([expiredAt, delays], [undefined, [100, 150]]);
  await clock.advance(150);
  assertEquals([expiredAt, delays, clock.pendingTimers], [250, [100, 150], 0]);
});

Deno.test("Deadlines costs no timer per item", () => {
  const { clock, delays } = countingClock();
  const deadlines = new NotedDeadlines(clock);
  for (let count = 0; count < 1_000; count++) deadlines.set(new Noted(1_000 + count));
  assertEquals([delays.length, clock.pendingTimers], [1, 1]);
});

Deno.test("Deadlines waits for a moment beyond the longest timer in steps", async () => {
  const { clock, delays } = countingClock();
  const deadlines = new NotedDeadlines(clock);
  const farMs = MAX_TIMER_DELAY_MS * 2 + 5;
  let expiredAt: number | undefined;
  deadlines.set(new Noted(farMs, () => expiredAt = clock.now()));
  await clock.advance(farMs - 1);
  assertEquals(expiredAt, undefined);
  await clock.advance(1);
  assertEquals([expiredAt, delays], [farMs, [MAX_TIMER_DELAY_MS, MAX_TIMER_DELAY_MS, 5]]);
});

Deno.test("Deadlines fires at once what is due already, and never before add() returns", async () => {
  const clock = virtualClock(100);
  const deadlines = new NotedDeadlines(clock);
  let expired = false;
  deadlines.set(new Noted(40, () => expired = true));
  assertEquals(expired, false);
  await clock.advance(0);
  assertEquals(expired, true);
});

Deno.test("Deadlines waits out a timer that fires a fraction early", () => {
  let nowMs = 0;
  const timers: { callback: () => void; delayMs: number }[] = [];
  const hastyClock: Clock = {
    now: () => nowMs,
    setTimer: (callback, delayMs) => timers.push({ callback, delayMs }),
    clearTimer() {},
  };
  const deadlines = new NotedDeadlines(hastyClock);
  let expired = 0;
  deadlines.set(new Noted(10.25, () => expired += 1));
  assertEquals(timers[0]?.delayMs, 11, "A whole millisecond up, never down");
  nowMs = 10.2;
  timers[0]?.callback();
  assertEquals([expired, timers[1]?.delayMs], [0, 1]);
  nowMs = 11.2;
  timers[1]?.callback();
  assertEquals([expired, timers.length], [1, 2]);
});

Deno.test("Deadlines lets an expiry set, move and take out others", async () => {
  const clock = virtualClock();
  const deadlines = new NotedDeadlines(clock);
  const expired: string[] = [];
  const taken = new Noted(10, () => expired.push("taken"));
  const moved = new Noted(11, () => expired.push(`moved at ${clock.now()}`));
  deadlines.set(
    new Noted(10, () => {
      expired.push("first");
      deadlines.delete(taken);
      moved.deadlineMs = 30;
      deadlines.set(moved);
      deadlines.set(new Noted(10, () => expired.push(`due already at ${clock.now()}`)));
      deadlines.set(new Noted(20, () => expired.push(`new at ${clock.now()}`)));
    }),
  );
  deadlines.set(taken);
  deadlines.set(moved);
  await clock.advance(40);
  assertEquals(expired, ["first", "due already at 10", "new at 20", "moved at 30"]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("Deadlines keeps order under random operations", async () => {
  const random = seededRandom(23);
  for (let round = 0; round < 20; round++) {
    const clock = virtualClock();
    const deadlines = new NotedDeadlines(clock);
    const inside = new Set<Noted>();
    let lastMs = 0;
    const expire = (item: Noted): void => {
      assert(inside.delete(item), "Expired twice, or after it was taken out");
      assert(item.deadlineMs <= clock.now(), "Expired too early");
      assert(item.deadlineMs >= lastMs, "Expired out of order");
      lastMs = item.deadlineMs;
    };
    for (let step = 0; step < 300; step++) {
      const some = inside.size > 0 ? random.pick([...inside]) : undefined;
      const action = random.integer(0, 9);
      if (action < 5 || some === undefined) {
        const item = new Noted(clock.now() + random.integer(1, 500), expire);
        inside.add(item);
        deadlines.set(item);
      } else if (action < 7) {
        inside.delete(some);
        deadlines.delete(some);
      } else if (action < 9) {
        some.deadlineMs = clock.now() + random.integer(1, 500);
        deadlines.set(some);
      } else {
        await clock.advance(random.integer(0, 60));
        for (const item of inside) assert(item.deadlineMs > clock.now(), "Was due and has not expired");
        lastMs = clock.now();
      }
      assertEquals(clock.pendingTimers, inside.size > 0 ? 1 : 0);
    }
    await clock.advance(1_000);
    assertEquals([inside.size, clock.pendingTimers], [0, 0]);
  }
});

Deno.test("Deadlines expires what is in there and nothing else, whatever has come, moved and left before", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = seededRandom(seed);
    const clock = virtualClock();
    const deadlines = new NotedDeadlines(clock);
    const model = new Map<Noted, number>();
    const late: [Noted, number][] = [];
    for (let step = 0; step < 2_000; step++) {
      const known = [...model.keys()];
      const some = known[random.integer(0, known.length - 1)];
      if (some === undefined || random.chance(0.4)) {
        const item: Noted = new Noted(clock.now() + 1 + random.integer(0, 499), () => {
          if (model.get(item) !== clock.now()) late.push([item, clock.now()]);
          model.delete(item);
        });
        model.set(item, item.deadlineMs);
        deadlines.set(item);
      } else if (random.chance(0.7)) {
        model.delete(some);
        deadlines.delete(some);
      } else if (random.chance(0.5)) {
        some.deadlineMs = clock.now() + 1 + random.integer(0, 499);
        model.set(some, some.deadlineMs);
        deadlines.set(some);
      } else await clock.advance(random.integer(0, 19));
      assertEquals(clock.pendingTimers, model.size === 0 ? 0 : 1);
    }
    await clock.advance(1_000);
    assertEquals([late, model.size, clock.pendingTimers], [[], 0, 0]);
  }
});
