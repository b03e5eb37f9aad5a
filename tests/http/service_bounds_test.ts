/** What a client could make grow: each has a bound, and nobody else suffers for it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Ticket } from "../../src/links/mod.ts";
import { compact } from "../../src/testing/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { encode, FrameFeed, type WireTicket } from "./frame_feed.ts";
import { FrameLog } from "./frame_log.ts";
import { clientHello, openDuplex, postStream, type ScriptedClient } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;
const GIVEN_UP = { termination: "transmission failure", code: "resource_exhausted" } as const;
/** [1, {}, undefined]: a ticket that says nothing. */
const EMPTY = Uint8Array.of(0x44, 0x83, 0x01, 0xa0, 0xf7);
/** [1, {0: 70000}, undefined]: a ticket that has only a number. */
const NUMBERED = Uint8Array.of(0x4a, 0x83, 0x01, 0xa1, 0x00, 0x1a, 0x00, 0x01, 0x11, 0x70, 0xf7);
/** [1, {3: 9}, undefined]: there is no subscription of number 9. The operation has ended, so nothing answers it. */
const MALFORMED = Uint8Array.of(0x46, 0x83, 0x01, 0xa1, 0x03, 0x09, 0xf7);

/** Checks that the exchange is given up with a message that has this text, on both sides. */
async function expectGivenUp(bench: ServiceBench, client: ScriptedClient, says: string): Promise<void> {
  const { message } = await bench.mate.expectTicket(GIVEN_UP);
  assertStringIncludes(String(message), says);
  await client.gets.expectExactly({ kind: "end", code: "resource_exhausted", message });
  assertEquals(await client.gets.rest(), []);
  assertEquals(bench.link.operationCount, 0);
}

for (const [what, bytes] of [["empty", EMPTY], ["numbered", NUMBERED], ["malformed", MALFORMED]] as const) {
  test(`P9.4 serviceLink() takes so many ${what} tickets a second, and gives up the exchange for one more`, async () => {
    await using bench = new ServiceBench({ limits: { maxControlItemsPerSecond: 10 } });
    const client = await openDuplex(bench.fetch, PATH);
    client.sends.send({ operation: 1, ...KICK_OFF }, { operation: 1, termination: "cancellation" });
    client.sends.send({ operation: 2, ...KICK_OFF });
    await bench.mate.expectTicket();
    await bench.mate.expectTicket({ termination: "cancellation" });
    await bench.mate.expectTicket();
    // The hello was one.
    for (let i = 0; i < 9; i++) client.sends.raw(bytes);
    await client.gets.expectNothing();
    client.sends.raw(bytes);
    await expectGivenUp(bench, client, "more than 10 control items in a second (maxControlItemsPerSecond)");
  });
}

/** Takes all that the link delivers, in whatever order. */
function takeAll(bench: ServiceBench): Ticket[] {
  const tickets: Ticket[] = [];
  bench.link.joinLink({ acceptTicket: (ticket) => void tickets.push(ticket), joinLink: () => {} });
  return tickets;
}

test("P9.12 serviceLink() gives up an exchange on which too many bytes wait for tickets that are missing", async () => {
  await using bench = new ServiceBench({ limits: { maxBufferedBytes: 10_000 } });
  const tickets = takeAll(bench);
  const client = await openDuplex(bench.fetch, PATH);
  const late = (sequence: number): WireTicket => ({ operation: 1, sequence, payload: new Uint8Array(1_000) });
  client.sends.send({ operation: 1, ...KICK_OFF });
  // What is filled counts no longer, so that this could go on for ever.
  for (let round = 0; round < 5; round++) {
    const first = 1 + round * 9;
    for (let i = 1; i < 9; i++) client.sends.send(late(first + i));
    client.sends.send(late(first));
  }
  for (let i = 0; i < 8; i++) client.sends.send(late(100 + i));
  await client.gets.expectNothing();
  assertEquals([tickets.length, bench.link.operationCount], [54, 1]);

  client.sends.send(late(200));
  const end = await client.gets.expect({ kind: "end", code: "resource_exhausted" });
  const says = "10260 bytes wait for tickets that are missing, 10000 are allowed (maxDisorderedBytes)";
  assertStringIncludes(Deno.inspect(end, { breakLength: Infinity }), says);
  assertEquals([compact(tickets.at(-1)!).code, bench.link.operationCount], ["resource_exhausted", 0]);
  assertEquals(await client.gets.rest(), []);
});

test("P9.12 serviceLink() counts what waits although other tickets of the same chunk do not", async () => {
  await using bench = new ServiceBench({ limits: { maxBufferedBytes: 10_000 } });
  takeAll(bench);
  const client = await openDuplex(bench.fetch, PATH);
  for (let operation = 1; operation < 20; operation += 2) {
    client.sends.send(
      { operation, ...KICK_OFF },
      { operation: operation + 1, sequence: 1, payload: new Uint8Array(1_000) },
    );
  }
  await client.gets.expect({ kind: "end", code: "resource_exhausted" });
  assertEquals(bench.link.operationCount, 0);
  assertEquals(await client.gets.rest(), []);
});

test("S8 serviceLink() keeps an operation whose tickets are missing, whatever comes in their place", async () => {
  await using bench = new ServiceBench();
  const tickets = takeAll(bench);
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send(
    { operation: 1, ...KICK_OFF, subscription: "none" },
    { operation: 1, sequence: 3, termination: "completion" },
    ...[10, 11, 12, 13].map((sequence) => ({ operation: 1, sequence, payload: "waits" })),
  );
  await client.gets.expectNothing();
  assertEquals([tickets.length, bench.link.operationCount], [6, 1]);
  await client.gets.cancel();
  assertEquals(tickets.at(-1)?.termination, "transmission failure");
});

test("P7.14 serviceLink() reads on when the operation has ended whose upload made it stop", async () => {
  await using bench = new ServiceBench({ limits: { maxBufferedBytes: 5_000 } });
  const feed = new FrameFeed();
  feed.send(clientHello({ exchange: "single" }), { operation: 1, ...KICK_OFF });
  const answer = postStream(bench.fetch, PATH, feed.stream);
  await bench.mate.expectTicket({ group: "g" });
  for (let i = 0; i < 10; i++) feed.send({ operation: 1, payload: new Uint8Array(1_000) });
  feed.send({ operation: 2, ...KICK_OFF, method: "next", termination: "completion" }, { kind: "end" });
  feed.close();
  await bench.mate.expectTicket({ sequenceNumber: 1 });
  await bench.mate.expectNothing();
  bench.mate.send({ termination: "expiration" });
  const gets = new FrameLog((await answer).body!);
  await gets.expect({ kind: "hello" });
  await gets.expect({ operation: 1, termination: "expiration" });
  await bench.mate.expectTicket({ method: "next" });
  bench.mate.send({ termination: "completion" });
  await gets.expect({ operation: 2, termination: "completion" });
  await gets.rest();
});

test("P7.14 serviceLink() counts what the least tickets of an upload cost while they wait", async () => {
  await using bench = new ServiceBench({ limits: { maxBufferedBytes: 50_000 } });
  const chunk = encode(...Array.from({ length: 100 }, () => ({ operation: 1, payload: 0 })));
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulls === 0) controller.enqueue(encode(clientHello({ exchange: "single" }), { operation: 1, ...KICK_OFF }));
      controller.enqueue(chunk);
      pulls += 1;
      if (pulls === 100) controller.error(new Error("enough"));
    },
  }, { highWaterMark: 0 });
  const answer = postStream(bench.fetch, PATH, body);
  await bench.mate.expectTicket({ group: "g" });
  await bench.mate.expectTicket({ payload: 0 });
  await bench.clock.runMicrotasks();
  assert(pulls >= 3 && pulls <= 6, `${pulls} chunks of ${chunk.length} bytes were read`);
  bench.mate.send({ termination: "cancellation" });
  await (await answer).body?.cancel();
});

for (const [how, end] of [["stop(0)", (bench: ServiceBench) => bench.link.stop(0)], ["a failure", fail]] as const) {
  test(`P9.7 serviceLink() closes an exchange after ${how} although its client goes on sending`, async () => {
    await using bench = new ServiceBench();
    const client = await openDuplex(bench.fetch, PATH);
    const ended = end(bench, client);
    await bench.clock.runMicrotasks();
    let drips = 0;
    while (bench.link.exchangeCount > 0 && drips < 100) {
      client.sends.raw(Uint8Array.of(0x5a));
      drips += 1;
      await bench.clock.advance(250);
    }
    assert(drips >= 4 && drips <= 16, `${drips} bytes dripped`);
    await ended;
    await client.sends.cancelled;
    await client.gets.rest();
  });
}

/** Breaks the protocol. */
function fail(_bench: ServiceBench, client: ScriptedClient): void {
  client.sends.send(clientHello());
}
