/** Large tickets and small ones on one exchange: who overtakes whom, and what is on its way. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { OperationId } from "../../src/links/mod.ts";
import { FrameWriter } from "../../src/wire/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench, PATH, ServiceBench } from "./bench.ts";
import { encode, FrameFeed, type WireTicket } from "./frame_feed.ts";
import { FrameLog } from "./frame_log.ts";
import { clientHello, openDuplex, openSingle, postStream, type ScriptedClient } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;
const MIB = 1_048_576;

/** A ticket in fragments of 64 KiB, each a chunk. */
function fragments(ticket: WireTicket, maxAskedBytes = Infinity): Uint8Array[] {
  const writer = new FrameWriter({ bulk: { leastBytes: 0, wholeBytes: 0, fragmentBytes: 65_504 } });
  writer.maxAskedBytes = maxAskedBytes;
  writer.writeTicket(ticket.operation, undefined, { operationId: 0, sequenceNumber: 0, ...ticket });
  const chunks: Uint8Array[] = [];
  for (let chunk = writer.takeNext(); chunk !== undefined; chunk = writer.takeNext()) chunks.push(chunk);
  return chunks;
}

/** Opens a duplex exchange with so many operations, and takes their kick-offs; returns the ids at the mate. */
async function converse(bench: ServiceBench, client: ScriptedClient, operations: number): Promise<OperationId[]> {
  const ids: OperationId[] = [];
  for (let operation = 1; operation <= operations; operation++) {
    client.sends.send({ operation, ...KICK_OFF });
    ids.push((await bench.mate.expectTicket({ group: "g" })).operationId);
  }
  return ids;
}

async function cancelAll(bench: ServiceBench, client: ScriptedClient, ...operations: readonly number[]): Promise<void> {
  for (const operation of operations) client.sends.send({ operation, termination: "cancellation" });
  for (const _ of operations) await bench.mate.expectTicket({ termination: "cancellation" });
  await client.finish();
}

test("P9.16 serviceLink() lets small payloads overtake a large one of another operation, and not one of their own", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  const [first, second] = (await converse(bench, client, 2)) as [OperationId, OperationId];
  const large = new Uint8Array(2 * MIB).fill(7);
  bench.mate.send({ operationId: first, payload: large, subscription: "full" });
  bench.mate.send({ operationId: first, payload: "after it" });
  for (let i = 0; i < 10; i++) {
    bench.mate.send({ operationId: second, payload: i });
    await client.gets.expect({ operation: 2, payload: i });
  }
  assert(client.gets.fragments > 0 && client.gets.fragments < 20, `${client.gets.fragments}`);
  await client.gets.expect({ operation: 1, payload: large });
  await client.gets.expect({ operation: 1, payload: "after it" });
  assertEquals(client.gets.fragments, Math.ceil(large.length / 65_504) + Number(large.length % 65_504 > 65_000));
  await cancelAll(bench, client, 1, 2);
});

test("P7.6, P9.16 invocationLink() opens operations in order although a large payload waits", async () => {
  await using bench = new InvocationBench();
  // Before the server's hello nothing large is sent.
  const before = bench.mate.open(KICK_OFF);
  const server = await bench.server.accept();
  await server.gets.expectExactly({ operation: 1, ...KICK_OFF });
  await nextTurn();
  const payload = new Uint8Array(MIB).fill(3);
  bench.mate.open({ ...KICK_OFF, payload, termination: "completion", code: "c" });
  const operationId = bench.mate.open({ ...KICK_OFF, payload: "small" });
  await server.gets.expectExactly({ operation: 2, ...KICK_OFF });
  await server.gets.expectExactly({ operation: 3, ...KICK_OFF, payload: "small" });
  bench.mate.send({ operationId, payload: "also" });
  await server.gets.expectExactly({ operation: 3, payload: "also" });
  await server.gets.expectExactly({ operation: 2, payload, code: "c", termination: "completion" });
  // Numbers that are not implied count the ticket that was sent besides.
  server.sends.send({ operation: 2, subscription: "full", termination: "completion" });
  await bench.mate.expectTicket({ termination: "completion" });
  for (const [id, operation] of [[operationId, 3], [before, 1]] as const) {
    bench.mate.send({ operationId: id, termination: "cancellation" });
    await server.gets.expect({ operation, termination: "cancellation" });
  }
  await bench.clock.advance(1_000);
  await server.gets.expect({ kind: "end" });
  server.finish();
});

test("P9.15 serviceLink() confirms the fragments that ask for it, and delivers the ticket", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  await converse(bench, client, 1);
  const payload = new Uint8Array(200_000).fill(9);
  const [first, second, ...rest] = fragments({ operation: 1, payload }, 100_000);
  assertEquals(rest, []);
  client.sends.raw(first!);
  await client.gets.expectExactly({ kind: "taken", byteLength: 65_504 });
  client.sends.raw(second!.subarray(0, 10_000));
  await client.gets.expectNothing();
  client.sends.raw(second!.subarray(10_000));
  await client.gets.expectExactly({ kind: "taken", byteLength: 100_000 - 65_504 });
  const whole = encode({ operation: 1, payload });
  const content = whole.subarray(5);
  const left = content.subarray(100_000);
  const frame = new Uint8Array(16 + left.length);
  frame.set([0x5a, 0, 0, 0, 0, 0x84, 0x2f, 0x01, 0x00, 0x5a, 0, 0, 0, 0]);
  new DataView(frame.buffer).setUint32(1, 9 + left.length);
  new DataView(frame.buffer).setUint32(10, left.length);
  frame.set(left, 14);
  client.sends.raw(frame.subarray(0, 14 + left.length));
  await bench.mate.expectTicket({ payload });
  await client.gets.expectNothing();
  await cancelAll(bench, client, 1);
});

/** A client that reads, and confirms nothing by itself. */
async function silentClient(bench: ServiceBench): Promise<{ sends: FrameFeed; gets: FrameLog; asked: number[] }> {
  const asked: number[] = [];
  const sends = new FrameFeed();
  sends.send(clientHello());
  const response = await postStream(bench.fetch, PATH, sends.stream);
  const gets = new FrameLog(response.body!, (item) => {
    if (item.kind === "taken") asked.push(item.byteLength);
  });
  await gets.expect({ kind: "hello" });
  return { sends, gets, asked };
}

test("P9.17 serviceLink() has no more on its way than was taken before, and small frames go on", async () => {
  await using bench = new ServiceBench();
  const { sends, gets, asked } = await silentClient(bench);
  sends.send({ operation: 1, ...KICK_OFF }, { operation: 2, ...KICK_OFF });
  const { operationId } = await bench.mate.expectTicket();
  const second = (await bench.mate.expectTicket()).operationId;
  const payload = new Uint8Array(MIB);
  bench.mate.send({ operationId, payload, subscription: "full" });
  await gets.expectNothing();
  for (let i = 0; i < 20; i++) await gets.expectNothing();
  assertEquals(asked, [65_504, 65_504]);
  bench.mate.send({ operationId: second, payload: "small", subscription: "full" });
  await gets.expect({ operation: 2, payload: "small" });
  sends.send({ kind: "taken", byteLength: 65_504 });
  while (asked.length === 2) await gets.expectNothing();
  // A client that says its last word cannot confirm any more.
  sends.send({ operation: 1, termination: "completion" }, { operation: 2, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "completion" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  bench.mate.send({ operationId, termination: "completion" });
  sends.send({ kind: "end" });
  sends.close();
  await gets.expect({ operation: 1, payload });
  await gets.expect({ operation: 1, termination: "completion" });
  await gets.expect({ kind: "end" });
});

test("P9.9 serviceLink() says its last word although a client that sends no more has not taken a large payload", async () => {
  await using bench = new ServiceBench();
  const { sends, gets } = await silentClient(bench);
  sends.send({ operation: 1, ...KICK_OFF });
  await bench.mate.expectTicket();
  bench.mate.send({ payload: new Uint8Array(MIB), subscription: "full" });
  for (let i = 0; i < 20; i++) await gets.expectNothing();
  sends.close();
  await bench.mate.expectTicket({ termination: "transmission failure" });
  await gets.expect({ operation: 1 });
  await gets.expect({ kind: "end", code: "unavailable" });
  assertEquals(await gets.rest(), []);
});

test("P6.12 serviceLink() fails an exchange whose client has taken more than it was sent", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  await converse(bench, client, 1);
  client.sends.send({ kind: "taken", byteLength: 1 });
  const { code, message } = await bench.mate.expectTicket({ termination: "transmission failure" });
  assertEquals(code, "internal");
  assertStringIncludes(String(message), "has taken more than it has been sent");
  await client.gets.expect({ kind: "end", code: "internal" });
  assertEquals(await client.gets.rest(), []);
});

test("P3.14 serviceLink() sends no fragments on a single exchange", async () => {
  await using bench = new ServiceBench();
  const client = await openSingle(bench.fetch, PATH, [{ operation: 1, ...KICK_OFF, termination: "completion" }]);
  await bench.mate.expectTicket({ group: "g" });
  const payload = new Uint8Array(MIB);
  bench.mate.send({ payload, subscription: "full", termination: "completion" });
  await client.gets.expect({ operation: 1, payload });
  assertEquals(client.gets.fragments, 0);
  await client.gets.expect({ kind: "end" });
  assertEquals(await client.gets.rest(), []);
});

test("P9.18 serviceLink() sends no more of a large payload when the client has aborted", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  const [operationId] = (await converse(bench, client, 1)) as [OperationId];
  bench.mate.send({ operationId: operationId, payload: new Uint8Array(2 * MIB), subscription: "full" });
  while (client.gets.fragments < 2) await client.gets.expectNothing();
  client.sends.send({ operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await client.finish();
  assert(client.gets.fragments < 10, `${client.gets.fragments}`);
});

test("P3.12, P9.4 serviceLink() does not count tickets that are given up as control items", async () => {
  await using bench = new ServiceBench({ limits: { maxControlItemsPerSecond: 10 } });
  const client = await openDuplex(bench.fetch, PATH);
  await converse(bench, client, 1);
  // [-16, 1, 5, h'00'], [-16, 1, 0, h'']
  const begun = Uint8Array.of(0x46, 0x84, 0x2f, 0x01, 0x05, 0x41, 0x00);
  const givenUp = Uint8Array.of(0x45, 0x84, 0x2f, 0x01, 0x00, 0x40);
  for (let i = 0; i < 1_000; i++) client.sends.raw(new Uint8Array([...begun, ...givenUp]));
  client.sends.send({ kind: "ping", value: 1 });
  await client.gets.expectExactly({ kind: "pong", value: 1 });
  client.sends.send({ operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await client.finish();
});

test("P7.1 serviceLink() takes no fragment before the hello", async () => {
  await using bench = new ServiceBench();
  const response = await bench.fetch(PATH, {
    method: "POST",
    headers: { "content-type": "application/vnd.ticketlink+cbor-seq" },
    body: fragments({ operation: 1, payload: new Uint8Array(100) })[0]!.slice(),
  });
  assertEquals(response.status, 400);
  assertStringIncludes(await response.text(), "got a ticket of operation 1 before the hello");
});

test("P9.13 serviceLink() hands on grants of others while a large payload waits", async () => {
  await using bench = new ServiceBench();
  const { sends, gets } = await silentClient(bench);
  sends.send({ operation: 1, ...KICK_OFF }, { operation: 2, ...KICK_OFF });
  const { operationId } = await bench.mate.expectTicket();
  await bench.mate.expectTicket();
  bench.mate.send({ operationId, payload: new Uint8Array(3 * MIB), subscription: "full" });
  sends.send({ operation: 2, allowance: 1 });
  await bench.mate.expectTicket({ allowance: 1 });
  await gets.cancel();
  for (let i = 0; i < 2; i++) await bench.mate.expectTicket({ termination: "transmission failure" });
});
