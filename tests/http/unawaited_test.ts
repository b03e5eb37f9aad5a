/** P9.11: whoever gives up operations, or wants nothing back of them, faster than he may, is read more slowly. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import type { Ticket } from "../../src/links/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { encode, type WireTicket } from "./frame_feed.ts";
import { openDuplex, openSingle, type ScriptedClient } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;

function oneWay(operation: number): WireTicket {
  return { operation, ...KICK_OFF, subscription: "none", termination: "completion" };
}

function openAndCancel(operation: number): WireTicket[] {
  return [{ operation, ...KICK_OFF }, { operation, termination: "cancellation" }];
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** A service link that takes twenty a second, two of them at once, and what it delivers. */
class Bench extends ServiceBench {
  readonly delivered: Ticket[] = [];

  constructor(options: ServiceLinkOptions = {}) {
    super({ ...options, limits: { maxUnawaitedPerSecond: 20, ...options.limits } });
    this.link.joinLink({ acceptTicket: (ticket) => void this.delivered.push(ticket), joinLink: () => {} });
  }

  /** How many operations have begun. */
  get begun(): number {
    return this.delivered.filter(({ group }) => group !== undefined).length;
  }

  /** How many aborts have come. */
  get aborted(): number {
    return this.delivered.filter(({ termination }) => termination === "cancellation").length;
  }

  async open(): Promise<ScriptedClient> {
    return await openDuplex(this.fetch, PATH);
  }
}

test("P9.11 serviceLink() begins a tenth of a second's one-way operations at once, and then one after the other", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  client.sends.send(...numbers(5).map(oneWay));
  client.sends.send({ kind: "ping", value: 1 });
  for (const begun of [2, 3, 4]) {
    await client.gets.expectNothing();
    assertEquals(bench.begun, begun);
    await bench.clock.advance(49);
    assertEquals(bench.begun, begun);
    await bench.clock.advance(1);
  }
  assertEquals(bench.begun, 5);
  await client.gets.expectExactly({ kind: "pong", value: 1 });
  await client.finish();
});

test("P9.11 serviceLink() reads on after no less than ten milliseconds", async () => {
  await using bench = new Bench({ limits: { maxUnawaitedPerSecond: 1_000 } });
  const client = await bench.open();
  client.sends.send(...numbers(130).map(oneWay));
  await bench.clock.runMicrotasks();
  assertEquals(bench.begun, 100);
  await bench.clock.advance(9);
  assertEquals(bench.begun, 100);
  await bench.clock.advance(1);
  assertEquals(bench.begun, 110);
  await bench.clock.advance(20);
  assertEquals(bench.begun, 130);
  await client.finish();
});

test("P9.11 serviceLink() takes an abort as four one-way operations", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  client.sends.send(...numbers(3).flatMap(openAndCancel), oneWay(4));
  await bench.clock.runMicrotasks();
  const seen = () => [bench.begun, bench.aborted, bench.link.operationCount];
  assertEquals(seen(), [2, 1, 1]);
  // Of its two at first it has used four.
  for (const [ms, before, after] of [[150, [2, 1, 1], [3, 2, 1]], [200, [3, 2, 1], [3, 3, 0]]] as const) {
    await bench.clock.advance(ms - 1);
    assertEquals(seen(), [...before]);
    await bench.clock.advance(1);
    assertEquals(seen(), [...after]);
  }
  await bench.clock.advance(200);
  assertEquals(seen(), [4, 3, 0]);
  await client.finish();
});

test("P9.11 serviceLink() goes on at once for a client that keeps to the limit", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  for (let i = 0; i < 60; i++) {
    client.sends.send(oneWay(i + 1), { kind: "ping", value: i });
    await client.gets.expectExactly({ kind: "pong", value: i });
    await bench.clock.advance(50);
  }
  await client.finish();
});

test("P9.11 serviceLink() does not count aborts of operations that have ended", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  client.sends.send(...openAndCancel(1), ...numbers(9).map(() => openAndCancel(1)[1]!), { kind: "ping", value: 1 });
  await client.gets.expectExactly({ kind: "pong", value: 1 });
  await client.finish();
});

test("P9.11, P9.19 serviceLink() takes what comes meanwhile, and reads nothing of it", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  for (const operation of numbers(10)) client.sends.send(oneWay(operation));
  await client.gets.expectNothing();
  assertEquals([bench.begun, client.sends.waiting], [2, 0]);
  await bench.clock.advance(400);
  assertEquals([bench.begun, client.sends.waiting], [10, 0]);
  await client.finish();
});

test("P9.19 serviceLink() fails an exchange on which more comes meanwhile than may wait", async () => {
  await using bench = new Bench({ limits: { maxBufferedBytes: 10_000 } });
  const client = await bench.open();
  client.sends.send(...numbers(3).map(oneWay));
  const piece = encode({ operation: 4, ...KICK_OFF, payload: new Uint8Array(800) });
  const pieces = Math.floor(9_900 / (piece.length + 128));
  for (let i = 0; i < pieces; i++) client.sends.raw(piece);
  await client.gets.expectNothing();
  client.sends.raw(piece);
  const end = await client.gets.expect({ kind: "end", code: "resource_exhausted" });
  assertStringIncludes(
    String("message" in end && end.message),
    "wait to be read, 10000 are allowed (maxBufferedBytes)",
  );
  assertEquals(bench.begun, 2);
  await client.gets.cancel();
});

test("P9.19, P10.2 serviceLink() counts what waits to be read on all exchanges together", async () => {
  await using bench = new Bench({ limits: { maxTotalBufferedBytes: 10_000 } });
  const client = await bench.open();
  client.sends.send(...numbers(3).map(oneWay), { kind: "ping", value: 1 });
  await client.gets.expectNothing();
  client.sends.raw(new Uint8Array(10_000));
  assertEquals(await client.gets.rest(), []);
  assertEquals([bench.begun, bench.link.exchangeCount], [2, 0]);
});

test("P9.11 serviceLink() delays the others of a single exchange as well", async () => {
  await using bench = new Bench();
  const client = await openSingle(bench.fetch, PATH, numbers(5).map(oneWay));
  await client.gets.expectNothing();
  assertEquals(bench.begun, 2);
  await bench.clock.advance(150);
  assertEquals(bench.begun, 5);
  await client.gets.expectExactly({ kind: "end" });
  assertEquals(await client.gets.rest(), []);
});

test("P9.3 serviceLink() does not miss a client whose words wait", async () => {
  await using bench = new Bench({ timeouts: { heartbeatMs: 100 }, limits: { maxUnawaitedPerSecond: 1 } });
  const client = await bench.open();
  client.sends.send(...numbers(3).map(oneWay), { kind: "pong", value: 0 });
  await bench.clock.advance(1_999);
  assertEquals(bench.begun, 2);
  // From here on it is silent.
  await bench.clock.advance(1);
  assertEquals([bench.begun, bench.link.exchangeCount], [3, 1]);
  await bench.clock.advance(199);
  assertEquals(bench.link.exchangeCount, 1);
  await bench.clock.advance(1);
  assertEquals(bench.link.exchangeCount, 0);
  for (const frame of await client.gets.rest()) assertEquals("kind" in frame && frame.kind, "ping");
});

test("P9.5 serviceLink() does not take a client for idle whose words wait", async () => {
  await using bench = new Bench({ timeouts: { idleMs: 300 }, limits: { maxUnawaitedPerSecond: 1 } });
  const client = await bench.open();
  client.sends.send(...openAndCancel(1), oneWay(2));
  await bench.clock.advance(3_999);
  assertEquals([bench.begun, bench.link.operationCount], [1, 0]);
  await bench.clock.advance(1);
  assertEquals(bench.begun, 2);
  await client.gets.expectNothing();
  bench.link.joinLink(bench.mate);
  await client.finish();
});

test("S45 serviceLink() forgets what waits of a client that has gone", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  client.sends.send(...numbers(5).map(oneWay));
  await client.gets.expectNothing();
  await client.gets.cancel();
  await bench.clock.advance(1_000);
  assertEquals([bench.begun, bench.link.exchangeCount, bench.clock.pendingTimers], [2, 0, 0]);
});

test("S40 stop() does not wait for what waits", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  client.sends.send(...numbers(5).map(oneWay));
  await client.gets.expectNothing();
  const stopped = bench.link.stop(0);
  await bench.clock.advance(1_000);
  await stopped;
  assertEquals(bench.begun, 2);
  await client.gets.expect({ kind: "goaway" });
});
