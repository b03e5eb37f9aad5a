/** P9.20, S48: what has been delivered counts until the application has consumed it, and the client hears of that. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Link, OperationId, Ticket } from "../../src/links/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import type { Credit } from "../../src/wire/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { encode, type WireTicket } from "./frame_feed.ts";
import { openDuplex, type ScriptedClient } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;
const WINDOW = 10_000;
const PAYLOAD = new Uint8Array(1_000).fill(1);
/** What such a payload counts: what its frame holds, and the overhead of a ticket. */
const CHARGE = encode({ operation: 1, payload: PAYLOAD }).length - 3 + 128;

/** A service link whose application says itself what it has consumed. */
class Bench extends ServiceBench {
  readonly delivered: Ticket[] = [];
  readonly ids: OperationId[] = [];

  constructor(options: ServiceLinkOptions = {}) {
    super({ ...options, limits: { maxBufferedBytes: WINDOW, maxFrameBytes: 2_000, ...options.limits } });
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

  /** Opens an exchange with so many operations. */
  async begin(operations: number): Promise<ScriptedClient> {
    const client = await openDuplex(this.fetch, PATH);
    for (let operation = 1; operation <= operations; operation++) client.sends.send({ operation, ...KICK_OFF });
    await nextTurn();
    return client;
  }

  /** The application consumes payloads of the operation that was opened as this one. */
  consume(operation: number, payloads: number): void {
    this.link.consumed!(this.ids[operation - 1]!, payloads);
  }
}

function payloads(operation: number, count: number): WireTicket[] {
  return Array.from({ length: count }, () => ({ operation, payload: PAYLOAD }));
}

/** The credit items that have come since this was last asked. */
async function credits(client: ScriptedClient): Promise<readonly Credit[]> {
  await client.gets.expectNothing();
  await client.gets.expectNothing();
  return client.gets.credits.splice(0);
}

async function cancel(bench: Bench, client: ScriptedClient, ...operations: readonly number[]): Promise<void> {
  client.sends.send(...operations.map((operation) => ({ operation, termination: "cancellation" }) as const));
  await nextTurn();
  for (const id of bench.ids) bench.link.settled!(id);
  await client.finish();
}

test("P9.20 serviceLink() says its window in its hello, which is at most what it may buffer", async () => {
  for (
    const [limits, windowBytes] of [
      [{}, 16_777_216],
      [{ maxBufferedBytes: 50_000 }, 50_000],
      [{ maxTotalBufferedBytes: 40_001 }, 10_001],
    ] as const
  ) {
    await using bench = new ServiceBench({ limits });
    const client = await openDuplex(bench.fetch, PATH);
    await client.finish();
    const answer = await bench.fetch(PATH, {
      method: "POST",
      headers: { "content-type": "application/vnd.ticketlink+cbor-seq" },
      body: encode({ kind: "hello", versions: [1], exchange: "duplex" }, { kind: "end" }),
    });
    const hello = encode({ kind: "hello", versions: [1], windowBytes });
    // The last of the hello, before the end item: [8, windowBytes].
    const window = hello.subarray(hello.length - (windowBytes > 65_535 ? 6 : 4));
    const bytes = await answer.bytes();
    const end = encode({ kind: "end" });
    assertEquals(bytes.subarray(bytes.length - end.length - window.length, bytes.length - end.length), window);
  }
});

test("P9.20 serviceLink() says what has been consumed when it is an eighth of the window", async () => {
  await using bench = new Bench();
  const client = await bench.begin(1);
  client.sends.send(...payloads(1, 5));
  assertEquals(await credits(client), []);
  bench.consume(1, 1);
  assertEquals(await credits(client), []);
  bench.consume(1, 1);
  assertEquals(await credits(client), [
    { kind: "credit", consumedBytes: 2 * CHARGE, ofOperations: [1, 2 * CHARGE] },
  ]);
  bench.consume(1, 3);
  assertEquals(await credits(client), [
    { kind: "credit", consumedBytes: 3 * CHARGE, ofOperations: [1, 3 * CHARGE] },
  ]);
  await cancel(bench, client, 1);
});

test("P9.20 serviceLink() says it with a grant that it sends anyway", async () => {
  await using bench = new Bench();
  const client = await bench.begin(1);
  client.sends.send(...payloads(1, 5));
  assertEquals(await credits(client), []);
  bench.consume(1, 1);
  assertEquals(await credits(client), []);
  bench.link.acceptTicket({ operationId: bench.ids[0]!, sequenceNumber: 0, allowance: 3 });
  await client.gets.expect({ operation: 1, allowance: 3 });
  assertEquals(client.gets.credits.splice(0), [
    { kind: "credit", consumedBytes: CHARGE, ofOperations: [1, CHARGE] },
  ]);
  bench.link.acceptTicket({ operationId: bench.ids[0]!, sequenceNumber: 1, allowance: 3 });
  await client.gets.expect({ operation: 1, allowance: 3 });
  assertEquals(await credits(client), []);
  await cancel(bench, client, 1);
});

test("P9.20 serviceLink() says it sooner where the client may be waiting", async () => {
  await using bench = new Bench();
  const client = await bench.begin(2);
  client.sends.send(...payloads(1, 5), ...payloads(2, 2));
  bench.delivered.length = 0;
  await nextTurn();
  // 7,952 bytes are three quarters and more.
  bench.consume(1, 1);
  assertEquals(await credits(client), [{ kind: "credit", consumedBytes: CHARGE, ofOperations: [1, CHARGE] }]);
  await cancel(bench, client, 1, 2);
});

test("P9.20 serviceLink() gives back what an operation has not consumed when it is over", async () => {
  await using bench = new Bench();
  const client = await bench.begin(2);
  client.sends.send(...payloads(1, 4), ...payloads(2, 1));
  await nextTurn();
  bench.consume(1, 1);
  client.sends.send({ operation: 1, termination: "cancellation" });
  // The operation is over, so that only the sum is said.
  assertEquals(await credits(client), [{ kind: "credit", consumedBytes: 4 * CHARGE }]);
  await cancel(bench, client, 2);
});

test("P9.20 serviceLink() gives back at once what comes of operations that are over", async () => {
  await using bench = new Bench();
  const client = await bench.begin(1);
  client.sends.send({ operation: 1, termination: "cancellation" }, ...payloads(1, 2));
  assertEquals(await credits(client), [{ kind: "credit", consumedBytes: 2 * CHARGE }]);
  await cancel(bench, client);
});

test("P9.20 a client that sends beyond the window fails the exchange (overrun), by more than one message", async () => {
  await using bench = new Bench();
  const client = await bench.begin(1);
  // One frame more than the window may be on its way: 10,000 + 2,000 + 128.
  client.sends.send(...payloads(1, Math.floor((WINDOW + 2_000 + 128) / CHARGE)));
  await client.gets.expectNothing();
  assertEquals(bench.link.operationCount, 1);
  client.sends.send(...payloads(1, 1));
  const end = await client.gets.expect({ kind: "end", code: "resource_exhausted" });
  assertStringIncludes(String("message" in end && end.message), `${WINDOW} are allowed (windowBytes of the hello)`);
  assertEquals(bench.delivered.at(-1)?.termination, "transmission failure");
  for (const id of bench.ids) bench.link.settled!(id);
});

test("P9.20 a client that keeps to the window is served for ever, however slow the application is", async () => {
  await using bench = new Bench({ timeouts: { maxExchangeAgeMs: 1_000_000_000, heartbeatMs: 1_000_000_000 } });
  const client = await bench.begin(1);
  let room = WINDOW;
  for (let i = 0; i < 200; i++) {
    while (room >= CHARGE) {
      client.sends.send(...payloads(1, 1));
      room -= CHARGE;
    }
    await bench.clock.advance(60_000);
    bench.consume(1, 2);
    for (const { consumedBytes = 0 } of await credits(client)) room += consumedBytes;
  }
  assert(bench.delivered.length > 300, `${bench.delivered.length} were delivered`);
  assertEquals(bench.link.operationCount, 1);
  await cancel(bench, client, 1);
});

test("S48 serviceLink() takes each payload for consumed that goes to a link which does not say", async () => {
  await using bench = new ServiceBench({ limits: { maxBufferedBytes: WINDOW, maxFrameBytes: 2_000 } });
  const tickets: Ticket[] = [];
  bench.link.joinLink({ acceptTicket: (ticket) => void tickets.push(ticket), joinLink: () => {} });
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF });
  for (let i = 0; i < 100; i++) client.sends.send(...payloads(1, 1));
  await client.gets.expectNothing();
  assertEquals(tickets.length, 101);
  client.sends.send({ operation: 1, termination: "cancellation" });
  await client.finish();
});
