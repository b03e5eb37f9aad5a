/** What a peer grants reaches whoever sends as the peer takes what was sent. */
import { assert, assertEquals } from "@std/assert";
import type { OperationId, Ticket } from "../../src/links/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench, PATH, ServiceBench } from "./bench.ts";
import { openDuplex, openSingle, type ScriptedClient } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;
const PAYLOAD = new Uint8Array(1_000);
const HUGE = 1_000_000;

/** A service that says as much as it may: payloads, one for each that is granted. */
class Producer {
  /** What each operation has been allowed and has said, by its method. */
  readonly allowed: Map<unknown, number> = new Map();
  readonly said: Map<unknown, number> = new Map();
  readonly tickets: Ticket[] = [];
  readonly #bench: ServiceBench;
  readonly #methods: Map<OperationId, unknown> = new Map();
  readonly #next: Map<OperationId, number> = new Map();
  readonly #payload: Uint8Array;

  constructor(bench: ServiceBench, payload = PAYLOAD) {
    this.#bench = bench;
    this.#payload = payload;
    bench.link.joinLink({ acceptTicket: (ticket) => this.#take(ticket), joinLink: () => {} });
  }

  /** Says something beside payloads. */
  say(method: string, ticket: Partial<Ticket>): void {
    for (const [operationId, name] of this.#methods) if (name === method) this.#send(operationId, ticket);
  }

  #take(ticket: Ticket): void {
    const { operationId, method, allowance = 0 } = ticket;
    this.tickets.push(ticket);
    if (method !== undefined) {
      this.#methods.set(operationId, method);
      this.#allow(operationId, 1);
    }
    if (allowance > 0) this.#allow(operationId, allowance);
  }

  #allow(operationId: OperationId, payloads: number): void {
    add(this.allowed, this.#methods.get(operationId), payloads);
    queueMicrotask(() => {
      for (let i = 0; i < payloads; i++) {
        add(this.said, this.#methods.get(operationId), 1);
        this.#send(operationId, { payload: this.#payload });
      }
    });
  }

  #send(operationId: OperationId, ticket: Partial<Ticket>): void {
    const sequenceNumber = this.#next.get(operationId) ?? 0;
    this.#next.set(operationId, sequenceNumber + 1);
    this.#bench.link.acceptTicket({ ...ticket, operationId, sequenceNumber });
  }
}

function add(counts: Map<unknown, number>, key: unknown, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

/** Reads so many payloads. */
async function take(client: ScriptedClient, payloads: number): Promise<void> {
  for (let taken = 0; taken < payloads;) {
    if ("payload" in await client.gets.next()) taken += 1;
  }
}

test("P9.13 serviceLink() hands on no more of a grant than the client takes, about a mark and a portion ahead", async () => {
  await using bench = new ServiceBench({ flow: { highWaterBytes: 100_000 } });
  const producer = new Producer(bench);
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, allowance: HUGE });
  await nextTurn();
  const ahead = producer.said.get("m")!;
  assert(ahead >= 100 && ahead <= 205, `${ahead} payloads were said that nobody takes`);
  for (let round = 1; round <= 10; round++) {
    await take(client, 1_000);
    await nextTurn();
    const said = producer.said.get("m")!;
    // What is in the chunk that the client has in hand is taken as far as the server knows.
    assert(said >= round * 1_000 && said <= round * 1_000 + 410, `${said} after ${round},000`);
  }
  assertEquals(producer.allowed, producer.said);
  await client.gets.cancel();
  await nextTurn();
});

test("P9.14 serviceLink() hands on all that was granted, and not one more, to a client that takes it", async () => {
  await using bench = new ServiceBench({ flow: { highWaterBytes: 20_000 } });
  const producer = new Producer(bench);
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, allowance: 4 });
  client.sends.send({ operation: 1, allowance: 1_000 });
  client.sends.send({ operation: 1, allowance: 3 });
  await take(client, 1_008);
  await client.gets.expectNothing();
  assertEquals([producer.allowed.get("m"), producer.said.get("m")], [1_008, 1_008]);
  const numbers = producer.tickets.map(({ sequenceNumber }) => sequenceNumber);
  assertEquals(numbers, numbers.map((_, i) => i));
  producer.say("m", { termination: "completion" });
  client.sends.send({ operation: 1, termination: "completion" });
  await client.gets.expect({ termination: "completion" });
  await client.finish();
});

test("P9.14 serviceLink() hands on grants of all operations that wait for the same bytes to be taken", async () => {
  await using bench = new ServiceBench({ flow: { highWaterBytes: 50_000 } });
  const producer = new Producer(bench);
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, method: "first", allowance: HUGE });
  await nextTurn();
  const methods = Array.from({ length: 600 }, (_, i) => `late ${i}`);
  client.sends.send(
    ...methods.map((method, i) => ({ operation: i + 2, ...KICK_OFF, method, allowance: 2 })),
  );
  for (let turn = 0; turn < 3; turn++) await bench.clock.advance(1);
  // The first payload of each needs no grant.
  for (const method of methods) assertEquals(producer.allowed.get(method), 1);
  client.sends.send({ operation: 1, termination: "cancellation" });
  // What waits of the first is dropped.
  for (let taken = 0; taken < 3 * methods.length;) {
    const frame = await client.gets.next();
    if ("operation" in frame && frame.operation > 1 && "payload" in frame) taken += 1;
    if (taken % 100 === 0) await bench.clock.advance(1);
  }
  for (const method of methods) assertEquals(producer.said.get(method), 3);
  await client.gets.cancel();
  await nextTurn();
});

test("P9.13 serviceLink() holds back nothing but grants while too much waits", async () => {
  await using bench = new ServiceBench({ flow: { highWaterBytes: 10_000 } });
  const producer = new Producer(bench);
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, method: "full", allowance: HUGE });
  await nextTurn();
  producer.tickets.length = 0;
  client.sends.send(
    { operation: 2, ...KICK_OFF, method: "says", allowance: 5, initialMetadata: [["k", "v"]] },
    { operation: 2, payload: "p", allowance: 7, timeout: 9_000 },
    { operation: 2, terminalMetadata: [["l", "w"]], termination: "completion", allowance: 9 },
  );
  await nextTurn();
  assertEquals(
    producer.tickets.map(({ initialMetadata, payload, timeout, allowance, termination }) => [
      initialMetadata?.length,
      payload,
      timeout,
      allowance,
      termination,
    ]),
    [[1, undefined, 1_000_000, undefined, undefined], [undefined, "p", 9_000, undefined, undefined], [
      undefined,
      undefined,
      undefined,
      undefined,
      "completion",
    ]],
  );
  producer.say("full", { termination: "completion" });
  producer.say("says", { termination: "completion" });
  client.sends.send({ operation: 1, termination: "completion" });
  const rest = client.gets.rest();
  client.sends.send({ kind: "end" });
  client.sends.close();
  const completions = (await rest).filter((frame) => "termination" in frame && frame.termination === "completion");
  assertEquals(completions.length, 2);
});

test("S10 serviceLink() leaves what is no allowance for the end to judge", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, allowance: 0 });
  await bench.mate.expectTicket({ allowance: 0 });
  client.sends.send({ operation: 1, allowance: 1.5 });
  await bench.mate.expectTicket({ allowance: 1.5 });
  client.sends.send({ operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await client.finish();
});

test("P9.14 serviceLink() puts no grant in between tickets of which one is missing", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF });
  await bench.mate.expectTicket({ group: "g" });
  client.sends.send({ operation: 1, sequence: 2, allowance: 5 });
  await bench.mate.expectExactly({ sequenceNumber: 2 });
  client.sends.send({ operation: 1, sequence: 1, payload: "was missing" });
  await bench.mate.expectExactly({ sequenceNumber: 1, payload: "was missing" });
  await bench.mate.expectExactly({ sequenceNumber: 3, allowance: 5 });
  client.sends.send({ operation: 1, sequence: 3, termination: "cancellation" });
  await bench.mate.expectTicket({ sequenceNumber: 4, termination: "cancellation" });
  await client.finish();
});

test("P9.14 serviceLink() hands on grants that wait for payloads which are dropped, as their client has aborted", async () => {
  await using bench = new ServiceBench({ flow: { highWaterBytes: 100_000 } });
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, method: "large" }, { operation: 2, ...KICK_OFF, method: "waits" });
  const { operationId } = await bench.mate.expectTicket({ method: "large" });
  const { operationId: waits } = await bench.mate.expectTicket({ method: "waits" });
  for (let i = 0; i < 3; i++) bench.mate.send({ operationId, payload: new Uint8Array(1_000_000) });
  client.sends.send({ operation: 2, allowance: 1 });
  await bench.mate.expectExactly({ operationId: waits, sequenceNumber: 1 });
  await bench.mate.expectNothing();
  // The client reads nothing, so that nothing leaves.
  client.sends.send({ operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ operationId, termination: "cancellation" });
  await bench.mate.expectExactly({ operationId: waits, sequenceNumber: 2, allowance: 1 });
  await client.gets.cancel();
  await bench.mate.expectTicket({ operationId: waits, termination: "transmission failure" });
});

test("P9.13 serviceLink() hands on the grants of a single exchange's request no faster than its response is read", async () => {
  await using bench = new ServiceBench({ flow: { highWaterBytes: 100_000 } });
  const producer = new Producer(bench);
  const client = await openSingle(bench.fetch, PATH, [
    { operation: 1, ...KICK_OFF, allowance: HUGE, termination: "completion" },
  ]);
  await nextTurn();
  const ahead = producer.said.get("m")!;
  // The server's hello is asked for at once, so that a chunk of the payloads is in the client's hand.
  assert(ahead >= 100 && ahead <= 310, `${ahead} payloads were said that nobody takes`);
  await take(client, 10_000);
  await client.gets.cancel();
  await nextTurn();
});

test("P9.13 invocationLink() hands on no more of a grant than the server takes", async () => {
  await using bench = new InvocationBench({ flow: { highWaterBytes: 100_000 } });
  const operationId = bench.mate.open();
  const { gets, sends } = await bench.server.accept();
  await gets.expect({ operation: 1 });
  sends.send({ operation: 1, subscription: "full", allowance: HUGE });
  let said = 0;
  for (let idle = 0; idle < 3; idle++) {
    await nextTurn();
    const tickets = bench.mate.received;
    const allowed = tickets.reduce((sum, { allowance = 0 }) => sum + allowance, 0);
    for (; said < allowed; said++, idle = 0) bench.mate.send({ operationId, payload: PAYLOAD });
  }
  assert(said >= 100 && said <= 205, `${said} payloads were said that nobody takes`);
  for (let taken = 0; taken < said; taken++) await gets.expect({ operation: 1 });
  await nextTurn();
  const allowed = bench.mate.received.reduce((sum, { allowance = 0 }) => sum + allowance, 0);
  assert(allowed > said && allowed <= said + 110, `${allowed} are allowed after ${said}`);
  bench.mate.send({ operationId, termination: "cancellation" });
  await gets.expect({ termination: "cancellation" });
  for (const _ of bench.mate.received) await bench.mate.expectTicket();
  sends.send({ kind: "end" });
  sends.close();
});
