/** P10.2: what all exchanges of a server hold together waits, and is given up only by those that make no progress. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Link, OperationId, Ticket } from "../../src/links/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench, withBudget } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import { openDuplex, type ScriptedClient } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;
/** Nobody is missed for what he does not say. */
const PATIENT = { timeouts: { heartbeatMs: 1_000_000 } } as const;
const STALL_MS = 1_000;
const LOOK_MS = 50;

/** How many payloads the clients of exchanges can take now. */
async function saidBy({ clients }: Bench, ...exchanges: readonly number[]): Promise<number[]> {
  const counts: number[] = [];
  for (const exchange of exchanges) counts.push((await clients[exchange]!.gets.ready()).length);
  return counts;
}

/** A service link whose application consumes what the test says, and exchanges with one operation each. */
class Bench extends ServiceBench {
  readonly delivered: Ticket[] = [];
  readonly ids: OperationId[] = [];
  readonly clients: ScriptedClient[] = [];
  readonly #next: Map<OperationId, number> = new Map();

  constructor(options: ServiceLinkOptions) {
    super({ ...options, ...PATIENT });
    const mate: Link = {
      reportsConsumption: true,
      acceptTicket: (ticket) => {
        this.delivered.push(ticket);
        if (ticket.group !== undefined) this.ids.push(ticket.operationId);
      },
      joinLink: () => {},
    };
    this.link.joinLink(mate);
  }

  async begin(exchanges: number): Promise<void> {
    for (let i = 0; i < exchanges; i++) {
      const client = await openDuplex(this.fetch, PATH);
      client.sends.send({ operation: 1, ...KICK_OFF });
      await nextTurn();
      this.clients.push(client);
    }
  }

  /** The application says a payload on an exchange. */
  say(exchange: number, bytes: number): void {
    const operationId = this.ids[exchange]!;
    const sequenceNumber = this.#next.get(operationId) ?? 0;
    this.#next.set(operationId, sequenceNumber + 1);
    this.link.acceptTicket({ operationId, sequenceNumber, payload: new Uint8Array(bytes) });
  }

  /** A client says a payload on its exchange, or the beginning of it. */
  async hear(exchange: number, bytes: number, most = Infinity): Promise<void> {
    const frame = encode({ operation: 1, payload: new Uint8Array(bytes) });
    this.clients[exchange]!.sends.raw(frame.slice(0, most));
    await nextTurn();
  }

  /** How many payloads have come from the client of an exchange. */
  heard(exchange: number): number {
    const operationId = this.ids[exchange]!;
    return this.delivered.filter((ticket) => ticket.operationId === operationId && ticket.payload !== undefined).length;
  }

  /** The exchanges that have been given up, and why. */
  get given(): [exchange: number, message: unknown][] {
    return this.delivered.filter(({ termination }) => termination === "transmission failure")
      .map(({ operationId, message }) => [this.ids.indexOf(operationId), message]);
  }

  consume(exchange: number, payloads = 1): void {
    this.link.consumed!(this.ids[exchange]!, payloads);
  }

  /** Lets all end that are not over. */
  async leave(): Promise<void> {
    for (const { gets } of this.clients) await gets.cancel();
    await this.clock.runMicrotasks();
    for (const id of this.ids) this.link.settled!(id);
  }
}

test("P10.2 serviceLink() lets what it says wait when all exchanges hold too much, and says it when there is room", async () => {
  await using bench = new Bench(withBudget(1_000_000, 4_000_000));
  await bench.begin(3);
  for (const exchange of [0, 1]) await bench.hear(exchange, 600_000);
  // Whoever holds more than a quarter of what may be held waits, but for the one whose turn it is.
  bench.say(2, 1_000);
  await bench.clients[2]!.gets.expect({ operation: 1 });
  for (let i = 0; i < 10; i++) for (const exchange of [0, 1]) bench.say(exchange, 1_000);
  const said = await saidBy(bench, 0, 1);
  assertEquals(said.every((count) => count <= 2), true, `${said} payloads were said`);
  for (const exchange of [0, 1]) bench.consume(exchange);
  await bench.clock.advance(LOOK_MS);
  const rest = await saidBy(bench, 0, 1);
  assertEquals(said.map((count, i) => count + rest[i]!), [10, 10]);
  assertEquals(bench.given, []);
  await bench.leave();
});

test("P10.2 serviceLink() reads no more of who holds much, and goes on when that is consumed; nobody is given up", async () => {
  await using bench = new Bench(withBudget(1_000_000, 4_000_000));
  await bench.begin(4);
  for (const exchange of [0, 1, 2]) await bench.hear(exchange, 400_000);
  for (let i = 0; i < 20; i++) for (const exchange of [0, 1, 2]) await bench.hear(exchange, 1_000);
  const before = [0, 1, 2].map((exchange) => bench.heard(exchange));
  assertEquals(before.every((count) => count <= 3), true, String(before));
  // A neighbour that holds little goes on.
  await bench.hear(3, 1_000);
  assertEquals(bench.heard(3), 1);
  for (let round = 0; round < 100; round++) {
    for (const exchange of [0, 1, 2]) bench.consume(exchange);
    await bench.clock.advance(LOOK_MS);
  }
  assertEquals([0, 1, 2].map((exchange) => bench.heard(exchange)), [21, 21, 21]);
  assertEquals(bench.given, []);
  await bench.leave();
});

test("P10.2 an exchange that holds too much by itself goes on, if its application has to send before it consumes", async () => {
  await using bench = new Bench(withBudget(100_000, 10_000_000));
  await bench.begin(1);
  const [client] = bench.clients;
  client!.sends.send({ operation: 1, payload: new Uint8Array(150_000) });
  await nextTurn();
  assertEquals(bench.delivered.length, 2);
  client!.sends.send({ operation: 1, allowance: 5 });
  await bench.clock.advance(4 * LOOK_MS);
  const granted = bench.delivered.reduce((sum, { allowance }) => sum + Number(allowance ?? 0), 0);
  assertEquals(granted, 5);
  bench.say(0, 70_000);
  bench.say(0, 70_000);
  await bench.clock.advance(4 * LOOK_MS);
  assertEquals(await saidBy(bench, 0), [2]);
  bench.consume(0);
  await bench.leave();
});

test("P10.2 serviceLink() gives up nobody for an application that consumes nothing", async () => {
  await using bench = new Bench(withBudget(1_000_000, 400_000));
  await bench.begin(5);
  // What their windows hold: 1,200,000 bytes together.
  for (let round = 0; round < 12; round++) {
    for (const exchange of bench.clients.keys()) await bench.hear(exchange, 20_000);
    await bench.clock.advance(LOOK_MS);
  }
  await bench.clock.advance(10_000);
  assertEquals([bench.given, bench.link.operationCount], [[], 5]);
  for (let round = 0; round < 20; round++) {
    for (const exchange of bench.clients.keys()) bench.consume(exchange);
    await bench.clock.advance(LOOK_MS);
  }
  assertEquals([...bench.clients.keys()].map((exchange) => bench.heard(exchange)), [12, 12, 12, 12, 12]);
  await bench.leave();
});

test("P10.2 serviceLink() lets go, one at a time, who holds most and stalls within a message", async () => {
  await using bench = new Bench(withBudget(1_000_000, 4_000_000));
  await bench.begin(3);
  await bench.hear(0, 2_000_000, 400_000);
  await bench.hear(1, 2_000_000, 500_000);
  await bench.hear(2, 300_000);
  await bench.clock.advance(3 * STALL_MS);
  const [[exchange, message] = []] = bench.given;
  assertEquals([bench.given.length, exchange], [1, 1]);
  assertStringIncludes(String(message), "1000000 are allowed (maxTotalBufferedBytes)");
  // Below the limit nobody has to go: the message that stopped goes on.
  bench.clients[0]!.sends.raw(encode({ operation: 1, payload: new Uint8Array(2_000_000) }).slice(400_000));
  for (let i = 0; i < 5; i++) await bench.clock.advance(LOOK_MS);
  assertEquals([bench.heard(0), bench.given.length], [1, 1]);
  await bench.leave();
});

test("P10.2 serviceLink() keeps who stalls as long as there is room", async () => {
  await using bench = new Bench(withBudget(1_000_000, 4_000_000));
  await bench.begin(1);
  await bench.hear(0, 2_000_000, 900_000);
  await bench.clock.advance(10 * STALL_MS);
  assertEquals(bench.given, []);
  await bench.leave();
});

test("P10.2 serviceLink() lets go who does not take what he has asked for, before who is only slow to consume", async () => {
  await using bench = new Bench(withBudget(1_000_000, 4_000_000));
  await bench.begin(2);
  // The client reads nothing.
  for (let i = 0; i < 5; i++) bench.say(1, 100_000);
  await bench.hear(0, 600_000);
  await bench.clock.advance(3 * STALL_MS);
  assertEquals(bench.given.map(([exchange]) => exchange), [1]);
  assertEquals(bench.link.operationCount, 1);
  await bench.leave();
});

test("P10.2 serviceLink() lets the largest go at once when all exchanges hold far too much", async () => {
  await using bench = new Bench(withBudget(500_000, 500_000));
  await bench.begin(3);
  await bench.hear(0, 2_000_000, 300_000);
  await bench.hear(1, 2_000_000, 450_000);
  await bench.hear(2, 240_000);
  assertEquals(bench.given, []);
  await bench.hear(2, 30_000, 20_000);
  assertEquals(bench.given.map(([exchange]) => exchange), [1]);
  await bench.leave();
});

test("P10.2 serviceLink() counts what one caller's exchanges hold together", async () => {
  const options: ServiceLinkOptions = {
    ...withBudget(1_000_000, 4_000_000),
    callerOf: (context) => context.req.header("authorization"),
  };
  await using bench = new Bench(options);
  for (const authorization of ["b", "a", "a"]) {
    const client = await openDuplex(bench.fetch, PATH, { headers: { authorization } });
    client.sends.send({ operation: 1, ...KICK_OFF });
    await nextTurn();
    bench.clients.push(client);
  }
  // Each of the second caller's holds less than the first's, and both together more.
  await bench.hear(0, 2_000_000, 450_000);
  await bench.hear(1, 2_000_000, 350_000);
  await bench.hear(2, 2_000_000, 300_000);
  await bench.clock.advance(3 * STALL_MS);
  assertEquals(bench.given.length >= 1, true);
  assertEquals(bench.given.every(([exchange]) => exchange > 0), true, Deno.inspect(bench.given));
  await bench.leave();
});

test("P10.2 who stalls keeps others waiting for no longer than it takes to see that, also who has gone beyond by himself", async () => {
  await using bench = new Bench(withBudget(1_000_000, 4_000_000));
  await bench.begin(3);
  await bench.hear(0, 2_000_000, 300_000);
  await bench.hear(1, 2_000_000, 800_000);
  const honest = encode({ operation: 1, payload: new Uint8Array(500_000) });
  for (let at = 0; at < honest.length; at += 50_000) {
    bench.clients[2]!.sends.raw(honest.slice(at, at + 50_000));
    await nextTurn();
  }
  for (let ms = 0; ms < 4 * STALL_MS; ms += LOOK_MS) await bench.clock.advance(LOOK_MS);
  assertEquals(bench.heard(2), 1);
  assertEquals(bench.given.map(([exchange]) => exchange), [1]);
  await bench.leave();
});

test("P10.2 serviceLink() serves a neighbour that holds nothing, however many others wait and stall", async () => {
  await using bench = new Bench(withBudget(1_000_000, 4_000_000));
  await bench.begin(21);
  for (let exchange = 0; exchange < 20; exchange++) await bench.hear(exchange, 2_000_000, 200_000);
  for (let i = 1; i <= 10; i++) {
    await bench.hear(20, 100);
    assertEquals(bench.heard(20), i);
    bench.consume(20);
    bench.say(20, 100);
    await bench.clients[20]!.gets.expect({ operation: 1 });
    await bench.clock.advance(LOOK_MS);
  }
  // Of 4,000,000 bytes 1,000,000 may stay.
  for (let ms = 0; ms < 10 * STALL_MS; ms += LOOK_MS) await bench.clock.advance(LOOK_MS);
  assertEquals(bench.given.length, 15);
  await bench.leave();
});

test("P9.20, P10.2 a message that is above maxBufferedBytes may come while its exchange waits for others", async () => {
  const options = withBudget(1_000_000, 4_000_000);
  await using bench = new Bench({ ...options, limits: { ...options.limits, maxBufferedBytes: 100_000 } });
  await bench.begin(3);
  for (const exchange of [0, 1]) await bench.hear(exchange, 600_000);
  const honest = encode({ operation: 1, payload: new Uint8Array(500_000) });
  for (let at = 0; at < honest.length; at += 50_000) {
    bench.clients[2]!.sends.raw(honest.slice(at, at + 50_000));
    await nextTurn();
  }
  for (const exchange of [0, 1]) bench.consume(exchange);
  for (let ms = 0; ms < 2 * STALL_MS; ms += LOOK_MS) await bench.clock.advance(LOOK_MS);
  assertEquals([bench.given, bench.heard(2)], [[], 1]);
  await bench.leave();
});

test("P9.19 serviceLink() fails an exchange on which more waits to be read than its client may send", async () => {
  const options = withBudget(400_000, 4_000_000);
  const limits = { ...options.limits, maxBufferedBytes: 100_000, maxFrameBytes: 50_000 };
  await using bench = new Bench({ ...options, limits });
  await bench.begin(5);
  for (const exchange of bench.clients.keys()) {
    for (let i = 0; i < 3; i++) await bench.hear(exchange, 40_000);
  }
  assertEquals(bench.given, []);
  // Its window and one frame are 150,000 bytes, and nothing is read now.
  for (let i = 0; i < 5 && bench.given.length === 0; i++) await bench.hear(4, 40_000);
  const [[exchange, message] = []] = bench.given;
  assertEquals([bench.given.length, exchange], [1, 4]);
  assertStringIncludes(String(message), "bytes wait to be read, 150000 are allowed");
  await bench.leave();
});
