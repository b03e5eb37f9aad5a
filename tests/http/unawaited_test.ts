/** P9.11: whoever gives up operations, or wants nothing back of them, faster than he may, is read more slowly. */
import { assertEquals } from "@std/assert";
import type { ServiceLinkOptions } from "../../src/http/mod.ts";
import type { Ticket } from "../../src/links/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import type { WireTicket } from "./frame_feed.ts";
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

/** A service link that takes three a second, and what it delivers. */
class Bench extends ServiceBench {
  readonly delivered: Ticket[] = [];

  constructor(options: ServiceLinkOptions = {}) {
    super({ maxUnawaitedPerSecond: 3, ...options });
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

test("P9.11 serviceLink() begins so many one-way operations in a second, and the next ones in the next", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  client.sends.send(...numbers(10).map(oneWay));
  client.sends.send({ kind: "ping", value: 1 });
  for (const begun of [3, 6, 9]) {
    await client.gets.expectNothing();
    assertEquals(bench.begun, begun);
    await bench.clock.advance(999);
    assertEquals(bench.begun, begun);
    await bench.clock.advance(1);
  }
  assertEquals(bench.begun, 10);
  await client.gets.expectExactly({ kind: "pong", value: 1 });
  await client.finish();
});

test("P9.11 serviceLink() takes so many aborts in a second, and the next ones in the next", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  client.sends.send(...numbers(5).flatMap(openAndCancel));
  await bench.clock.runMicrotasks();
  assertEquals([bench.begun, bench.aborted, bench.link.operationCount], [4, 3, 1]);
  await bench.clock.advance(1_000);
  assertEquals([bench.begun, bench.aborted, bench.link.operationCount], [5, 5, 0]);
  await client.finish();
});

test("P9.11 serviceLink() goes on at once for a client that keeps to the limit", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  for (let second = 0; second < 3; second++) {
    client.sends.send(...numbers(3).map((i) => oneWay(second * 3 + i)), { kind: "ping", value: second });
    await client.gets.expectExactly({ kind: "pong", value: second });
    await bench.clock.advance(1_000);
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

test("P9.11 serviceLink() reads nothing more of a request that waits", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  for (const operation of numbers(10)) client.sends.send(oneWay(operation));
  await client.gets.expectNothing();
  assertEquals(bench.begun, 3);
  // One chunk is in work; the others have not left the stream.
  assertEquals(client.sends.waiting, 6);
  await bench.clock.advance(3_000);
  assertEquals([bench.begun, client.sends.waiting], [10, 0]);
  await client.finish();
});

test("P9.11 serviceLink() delays the others of a single exchange as well", async () => {
  await using bench = new Bench();
  const client = await openSingle(bench.fetch, PATH, numbers(5).map(oneWay));
  await client.gets.expectNothing();
  assertEquals(bench.begun, 3);
  await bench.clock.advance(1_000);
  assertEquals(bench.begun, 5);
  await client.gets.expectExactly({ kind: "end" });
  assertEquals(await client.gets.rest(), []);
});

test("P9.3 serviceLink() does not miss a client whose words wait", async () => {
  await using bench = new Bench({ heartbeatMs: 100 });
  const client = await bench.open();
  client.sends.send(...numbers(7).map(oneWay), { kind: "pong", value: 0 });
  await bench.clock.advance(1_999);
  assertEquals(bench.begun, 6);
  // From here on it is silent.
  await bench.clock.advance(1);
  assertEquals([bench.begun, bench.link.exchangeCount], [7, 1]);
  await bench.clock.advance(199);
  assertEquals(bench.link.exchangeCount, 1);
  await bench.clock.advance(1);
  assertEquals(bench.link.exchangeCount, 0);
  for (const frame of await client.gets.rest()) assertEquals("kind" in frame && frame.kind, "ping");
});

test("P9.5 serviceLink() does not take a client for idle whose words wait", async () => {
  await using bench = new Bench({ idleMs: 300 });
  const client = await bench.open();
  client.sends.send(...numbers(3).flatMap(openAndCancel), oneWay(4), oneWay(5));
  await bench.clock.advance(1_000);
  assertEquals(bench.begun, 5);
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
  assertEquals([bench.begun, bench.link.exchangeCount, bench.clock.pendingTimers], [3, 0, 0]);
});

test("S40 stop() does not wait for what waits", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  client.sends.send(...numbers(5).map(oneWay));
  await client.gets.expectNothing();
  const stopped = bench.link.stop(0);
  await bench.clock.advance(1_000);
  await stopped;
  assertEquals(bench.begun, 3);
  await client.gets.expect({ kind: "goaway" });
});
