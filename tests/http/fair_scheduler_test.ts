/** What a peer sends at once is read in turns, so that others have theirs. */
import { assert, assertEquals } from "@std/assert";
import type { Clock } from "../../src/clock.ts";
import { IncomingChunks } from "../../src/exchange/incoming_chunks.ts";
import { serviceSettings } from "../../src/transport/service_options.ts";
import { FairScheduler, TimeSlice } from "../../src/exchange/fair_scheduler.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { encode, type WireTicket } from "./frame_feed.ts";
import { ScriptedChunks } from "./scripted_chunks.ts";
import { clientHello, openDuplex } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;

function opened(count: number): WireTicket[] {
  return Array.from({ length: count }, (_, i) => ({ operation: i + 1, ...KICK_OFF }));
}

/** A clock on which time passes whenever someone looks at it. */
function restlessClock(msPerLook: number): Clock {
  const clock = virtualClock();
  let looks = 0;
  return { ...clock, now: () => msPerLook * looks++ };
}

/** A virtual clock that defers as platforms do, and shows what is deferred. */
function deferringClock(): {
  timers: ReturnType<typeof virtualClock>;
  deferred: (() => void)[];
  clock: Clock;
} {
  const timers = virtualClock();
  const deferred: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    setTimer: (callback, delayMs) => timers.setTimer(callback, delayMs),
    clearTimer: (timer) => timers.clearTimer(timer),
    defer: (callback) => void deferred.push(callback),
  };
  return { timers, deferred, clock };
}

Deno.test("FairScheduler gives one turn each time, to the one that has waited longest", async () => {
  const clock = virtualClock();
  const scheduler = new FairScheduler(clock);
  const taken: string[] = [];
  const again = (): void => {
    taken.push("again");
    if (taken.length < 4) scheduler.add(again);
  };
  const never = (): void => void taken.push("never");
  scheduler.add(again);
  scheduler.add(never);
  scheduler.add(() => taken.push("last"));
  scheduler.remove(never);
  assertEquals([taken.length, clock.pendingTimers], [0, 1]);
  await clock.advance(0);
  assertEquals([taken, clock.pendingTimers], [["again", "last", "again", "again"], 0]);
});

Deno.test("FairScheduler lets go of its timer when nobody waits any more", () => {
  const clock = virtualClock();
  const scheduler = new FairScheduler(clock);
  const take = (): void => {};
  scheduler.add(take);
  scheduler.remove(take);
  scheduler.remove(take);
  assertEquals(clock.pendingTimers, 0);
  scheduler.add(take);
  assertEquals(clock.pendingTimers, 1);
});

Deno.test("FairScheduler defers each turn where the platform can, and needs no timer", () => {
  const { timers, deferred, clock } = deferringClock();
  const scheduler = new FairScheduler(clock);
  let taken = 0;
  const take = (): void => {
    taken += 1;
    scheduler.add(take);
  };
  scheduler.add(take);
  for (let round = 0; round < 3; round++) {
    assertEquals([taken, deferred.length, timers.pendingTimers], [round, 1, 0]);
    deferred.pop()!();
  }
  scheduler.remove(take);
  deferred.pop()!();
  assertEquals([taken, deferred.length], [3, 0]);
});

Deno.test("FairScheduler defers once for all, also where someone has stopped waiting in the meantime", () => {
  const { deferred, clock } = deferringClock();
  const scheduler = new FairScheduler(clock);
  const taken: string[] = [];
  const gone = (): void => void taken.push("gone");
  scheduler.add(gone);
  scheduler.remove(gone);
  scheduler.add(() => taken.push("a"));
  scheduler.add(() => taken.push("b"));
  assertEquals(deferred.length, 1);
  deferred.shift()!();
  assertEquals([taken, deferred.length], [["a"], 1]);
  deferred.shift()!();
  assertEquals([taken, deferred.length], [["a", "b"], 0]);
});

Deno.test("TimeSlice is spent after so many operations, and anew in the next turn", () => {
  const budget = new TimeSlice(virtualClock(), { operations: 3, endings: 3, ms: 1 });
  for (let turn = 0; turn < 2; turn++) {
    budget.begin();
    for (let i = 0; i < 1_000; i++) assert(!budget.spendTicket());
    assertEquals([1, 2, 3].map(() => budget.spendOperation()), [false, false, true]);
    assert(budget.spent && budget.spendTicket());
  }
});

Deno.test("TimeSlice is spent after so long, whatever is read", () => {
  for (const spend of ["spendTicket", "spendOperation"] as const) {
    const budget = new TimeSlice(restlessClock(1), { operations: 1_000, endings: 1_000, ms: 3 });
    budget.begin();
    let spent = 0;
    while (!budget.spent) {
      budget[spend]();
      spent += 1;
    }
    // The clock is not read before the first 64, since few chunks have more.
    assertEquals(spent, 64 + 3 * 64);
  }
});

Deno.test("serviceLink() lets others in between when a client begins many operations at once", async () => {
  await using bench = new ServiceBench();
  const groups: unknown[] = [];
  bench.link.joinLink({ acceptTicket: ({ group }) => void groups.push(group), joinLink: () => {} });
  const [many, neighbour] = [await openDuplex(bench.fetch, PATH), await openDuplex(bench.fetch, PATH)];
  many.sends.send(...opened(600), { kind: "ping", value: 1 });
  many.sends.send({ kind: "ping", value: 2 });
  await nextTurn();
  assertEquals(groups.length, 256);
  neighbour.sends.send({ operation: 1, ...KICK_OFF, group: "neighbour" });
  await nextTurn();
  assertEquals(groups.slice(256), ["neighbour"]);
  // What is in work is read to its end before the next chunk is asked for.
  assertEquals(many.sends.waiting, 1);
  await bench.clock.advance(0);
  assertEquals(groups.length, 601);
  await many.gets.expectExactly({ kind: "pong", value: 1 });
  await many.gets.expectExactly({ kind: "pong", value: 2 });
  assertEquals([bench.link.operationCount, many.sends.waiting], [601, 0]);
});

Deno.test("serviceLink() reads on in turns what several clients have sent at once", async () => {
  await using bench = new ServiceBench();
  const groups: unknown[] = [];
  bench.link.joinLink({ acceptTicket: ({ group }) => void groups.push(group), joinLink: () => {} });
  for (const group of ["a", "b"]) {
    const client = await openDuplex(bench.fetch, PATH);
    client.sends.send(...opened(600).map((ticket) => ({ ...ticket, group })));
  }
  await bench.clock.advance(0);
  const turns = groups.map((group, i) => group === groups[i - 1] ? "" : group).join("");
  assertEquals([turns, groups.length], ["ababab", 1_200]);
});

Deno.test("serviceLink() forgets what is left of the turns of a client that has gone", async () => {
  await using bench = new ServiceBench();
  let delivered = 0;
  bench.link.joinLink({ acceptTicket: () => void (delivered += 1), joinLink: () => {} });
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send(...opened(600));
  await nextTurn();
  await client.gets.cancel();
  // 256 have begun, and end, 32 of them at once.
  assertEquals([delivered, bench.clock.pendingTimers], [288, 1]);
  await bench.clock.advance(0);
  assertEquals([delivered, bench.clock.pendingTimers], [512, 0]);
});

Deno.test("P9.9, S45 serviceLink() ends the many operations of a client that has gone in turns, and each once", async () => {
  await using bench = new ServiceBench();
  const heard: string[] = [];
  bench.link.joinLink({
    acceptTicket: ({ group, termination }) => void heard.push(termination ?? String(group)),
    joinLink: () => {},
  });
  const [many, neighbour] = [await openDuplex(bench.fetch, PATH), await openDuplex(bench.fetch, PATH)];
  many.sends.send(...opened(600));
  await bench.clock.advance(0);
  assertEquals(heard.splice(0).length, 600);
  await many.gets.cancel();
  assertEquals([heard.splice(0).length, bench.link.operationCount, bench.link.exchangeCount], [32, 0, 1]);
  neighbour.sends.send({ operation: 1, ...KICK_OFF, group: "neighbour" });
  await nextTurn();
  assertEquals(heard.splice(0), ["neighbour"]);
  await bench.clock.advance(0);
  assertEquals(heard, Array.from({ length: 568 }, () => "transmission failure"));
  assertEquals(bench.clock.pendingTimers, 1);
});

/** Chunks as a transport brings them, and what comes of them. */
async function messages(): Promise<{
  incoming: IncomingChunks;
  feed: ScriptedChunks;
  events: string[];
  clock: ReturnType<typeof virtualClock>;
}> {
  const clock = virtualClock();
  const events: string[] = [];
  const sink = {
    receive: (wireId: number) => void events.push(`ticket ${wireId}`),
    receiveBad: () => {},
  };
  const incoming = new IncomingChunks(serviceSettings({ clock }), new FairScheduler(clock), sink, {
    joined: () => {},
    acked: () => {},
    credited: () => true,
    arrived: () => {},
    reading: () => {},
    read: () => {},
    resumed: () => {},
    ended: () => events.push("ended"),
    lost: (error) => events.push(`lost, ${error}`),
    greeted: () => {},
    answer: () => {},
    ponged: () => {},
    goaway: () => {},
    peerEnded: () => {},
    failed: () => events.push("failed"),
    report: () => {},
  });
  const feed = new ScriptedChunks();
  incoming.receiveFrom(feed);
  await feed.push(encode(clientHello()));
  return { incoming, feed, events, clock };
}

Deno.test("IncomingChunks reads what is left of a chunk in the next turn, and then its end", async () => {
  const { incoming, feed, events, clock } = await messages();
  await feed.push(encode(...opened(400)));
  await feed.push(undefined);
  assertEquals([events.length, incoming.done, clock.pendingTimers], [256, false, 1]);
  assert(incoming.waitingBytes > 140 * 20);
  await clock.advance(0);
  assertEquals([events.length, events.at(-1), incoming.done], [401, "ended", true]);
  assertEquals([incoming.waitingBytes, clock.pendingTimers], [0, 0]);
});

Deno.test("IncomingChunks counts all messages of a turn", async () => {
  const { incoming, feed, events, clock } = await messages();
  incoming.hold("grants");
  for (let i = 0; i < 600; i++) await feed.push(encode({ operation: 1 + i, ...KICK_OFF }));
  assertEquals([events.length, feed.waiting], [0, 0]);
  incoming.resume("grants");
  await nextTurn();
  assertEquals(events.length, 256);
  await clock.advance(0);
  assertEquals(events.length, 600);
});

Deno.test("IncomingChunks drops what waits when its transport fails", async () => {
  const { incoming, feed, events, clock } = await messages();
  incoming.hold("budget");
  await feed.push(encode(...opened(400)));
  await feed.push(new Error("reset"));
  await feed.push(encode(...opened(1)));
  await clock.advance(0);
  assertEquals(events, ["lost, Error: reset"]);
  assertEquals([incoming.waitingBytes, clock.pendingTimers, incoming.done], [0, 0, true]);
});
