/** S48, P7.8: an operation takes its place until its handler has settled, whatever has become of the call. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Link, OperationId, Ticket } from "../../src/links/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import type { WireTicket } from "./frame_feed.ts";
import { openDuplex, openSingle, type ScriptedClient } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;
const CANCEL = { termination: "cancellation" } as const;

/** A service link whose handlers settle when the test says so. */
class Bench extends ServiceBench {
  readonly delivered: Ticket[] = [];
  readonly ids: OperationId[] = [];

  constructor(options: ServiceLinkOptions = {}, reportsConsumption = true) {
    super(options);
    const mate: Link = {
      reportsConsumption,
      acceptTicket: (ticket) => {
        this.delivered.push(ticket);
        if (ticket.group !== undefined) this.ids.push(ticket.operationId);
      },
      joinLink: () => {},
    };
    this.link.joinLink(mate);
  }

  async open(): Promise<ScriptedClient> {
    return await openDuplex(this.fetch, PATH);
  }

  /** The handler of the operation settles that has begun as this one. */
  settle(...numbers: readonly number[]): void {
    for (const number of numbers) this.link.settled!(this.ids[number - 1]!);
  }
}

/** How the peer of a server lets go of an operation whose handler goes on. */
const LET_GO: readonly (readonly [how: string, frames: (operation: number) => readonly WireTicket[]])[] = [
  ["cancelled", (operation) => [{ operation, ...KICK_OFF }, { operation, ...CANCEL }]],
  ["one-way", (operation) => [{ operation, ...KICK_OFF, subscription: "none", termination: "completion" }]],
];

for (const [how, frames] of LET_GO) {
  test(`S48, P7.8 a handler counts until it settles although its call is ${how}`, async () => {
    await using bench = new Bench({ limits: { maxOperations: 2 } });
    const client = await bench.open();
    client.sends.send(...frames(1), ...frames(2), { operation: 3, ...KICK_OFF });
    const refusal = await client.gets.expect({
      operation: 3,
      termination: "shutdown",
      code: "resource_exhausted",
      neverStarted: true,
    });
    assertStringIncludes(String("message" in refusal && refusal.message), "2 run already (maxOperations)");
    assertEquals([bench.ids.length, bench.link.operationCount], [2, 0]);
    bench.settle(1);
    client.sends.send({ operation: 4, ...KICK_OFF });
    await client.gets.expectNothing();
    assertEquals([bench.ids.length, bench.link.operationCount], [3, 1]);
    client.sends.send({ operation: 4, ...CANCEL });
    await nextTurn();
    bench.settle(2, 3);
    await client.finish();
  });
}

test("S48 an operation has its place until its call is over although its handler has settled", async () => {
  await using bench = new Bench({ limits: { maxOperations: 1 } });
  const client = await bench.open();
  client.sends.send({ operation: 1, ...KICK_OFF });
  await nextTurn();
  bench.settle(1);
  client.sends.send({ operation: 2, ...KICK_OFF });
  await client.gets.expect({ operation: 2, termination: "shutdown", neverStarted: true });
  client.sends.send({ operation: 1, ...CANCEL }, { operation: 3, ...KICK_OFF });
  await client.gets.expectNothing();
  assertEquals(bench.ids.length, 2);
  client.sends.send({ operation: 3, ...CANCEL });
  await nextTurn();
  bench.settle(2);
  await client.finish();
});

test("S48 an operation counts as long as its call where the link does not say what has settled", async () => {
  await using bench = new Bench({ limits: { maxOperations: 1 } }, false);
  const client = await bench.open();
  for (let operation = 1; operation <= 20; operation++) {
    client.sends.send({ operation, ...KICK_OFF }, { operation, ...CANCEL });
  }
  await client.gets.expectNothing();
  assertEquals(bench.ids.length, 20);
  await client.finish();
});

test("P9.11 serviceLink() gives places when a quarter of them is free", async () => {
  await using bench = new Bench({ limits: { maxOperations: 8 } });
  const client = await bench.open();
  for (let operation = 1; operation <= 4; operation++) {
    client.sends.send({ operation, ...KICK_OFF }, { operation, ...CANCEL });
  }
  await client.gets.expectNothing();
  assertEquals(client.gets.credits, []);
  bench.settle(1);
  await client.gets.expectNothing();
  assertEquals(client.gets.credits, []);
  bench.settle(2);
  await client.gets.expectNothing();
  assertEquals(client.gets.credits.splice(0), [{ kind: "credit", operations: 10 }]);
  bench.settle(3, 4);
  await client.gets.expectNothing();
  assertEquals(client.gets.credits, [{ kind: "credit", operations: 12 }]);
  await client.finish();
});

test("S48 handlers that go on after their exchange count for all exchanges together, by the memory that there is", async () => {
  // Memory for four.
  await using bench = new Bench({ limits: { maxTotalBufferedBytes: 4 * 8_192 } });
  const client = await bench.open();
  for (let operation = 1; operation <= 4; operation++) {
    client.sends.send({ operation, ...KICK_OFF }, { operation, ...CANCEL });
  }
  await nextTurn();
  await client.finish();
  const next = await bench.open();
  next.sends.send({ operation: 1, ...KICK_OFF });
  await next.gets.expect({ operation: 1, termination: "shutdown", code: "resource_exhausted", neverStarted: true });
  const single = await openSingle(bench.fetch, PATH, [{ operation: 1, ...KICK_OFF, termination: "completion" }]);
  await single.gets.expect({ operation: 1, termination: "shutdown", code: "resource_exhausted", neverStarted: true });
  await single.gets.rest();
  bench.settle(1);
  next.sends.send({ operation: 2, ...KICK_OFF });
  await next.gets.expectNothing();
  assertEquals(bench.link.operationCount, 1);
  next.sends.send({ operation: 2, ...CANCEL });
  await nextTurn();
  bench.settle(2, 3, 4, 5);
  await next.finish();
});

test("P9.11 a client that was refused for the handlers of others hears of places when those have settled", async () => {
  await using bench = new Bench({ limits: { maxOperations: 2, maxTotalBufferedBytes: 2 * 8_192 } });
  const busy = await bench.open();
  for (const operation of [1, 2]) busy.sends.send({ operation, ...KICK_OFF }, { operation, ...CANCEL });
  await nextTurn();
  const client = await bench.open();
  for (const operation of [1, 2]) {
    client.sends.send({ operation, ...KICK_OFF });
    await client.gets.expect({ operation, termination: "shutdown", neverStarted: true });
  }
  await client.gets.expectNothing();
  assertEquals(client.gets.credits, []);
  // It has used up its places, and nothing of it runs.
  bench.settle(1, 2);
  await bench.clock.advance(1_000);
  await client.gets.expectNothing();
  assertEquals(client.gets.credits, [{ kind: "credit", operations: 4 }]);
  await client.finish();
  await busy.finish();
});

test("S13, P9.11 a one-way operation whose end is done with it leaves its exchange, although tickets of it are missing", async () => {
  await using bench = new Bench();
  const client = await bench.open();
  const number = { operation: 1, sequence: 5 };
  client.sends.send({ operation: 1, ...KICK_OFF, subscription: "none" }, { ...number, termination: "completion" });
  await client.gets.expectNothing();
  assertEquals([bench.ids.length, bench.link.operationCount], [1, 1]);
  bench.settle(1);
  assertEquals(bench.link.operationCount, 0);
  // A late ticket of it is dropped (S11), and the exchange ends when its client does.
  client.sends.send({ operation: 1, payload: 1 });
  await client.finish();
  assertEquals(bench.ids.length, 1);
});
