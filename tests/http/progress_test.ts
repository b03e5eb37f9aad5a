/** P9.21: whoever begins a message goes on with it, or his exchange is given up. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { joinBytes } from "../../src/wire/join_bytes.ts";
import { FrameWriter } from "../../src/wire/mod.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench, PATH, ServiceBench } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import { openDuplex, type ScriptedClient } from "./scripted_client.ts";
import { openPair } from "./scripted_pair.ts";
import { SocketBench } from "./socket_bench.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000_000 } as const;
const PATIENT = { timeouts: { heartbeatMs: 1_000_000, maxExchangeAgeMs: 1_000_000_000 } } as const;
const GIVEN_UP = { termination: "transmission failure", code: "resource_exhausted" } as const;
const PROGRESS_MS = 15_000;
const LEAST_BYTES = 4_096;
const MAX_MESSAGE_MS = 300_000;

/** Opens an exchange and an operation. */
async function open(bench: ServiceBench): Promise<ScriptedClient> {
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF });
  await bench.mate.expectTicket({ group: "g" });
  return client;
}

async function cancel(bench: ServiceBench, client: ScriptedClient): Promise<void> {
  client.sends.send({ operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await client.finish();
}

/** Bytes of a ticket as one frame, or in fragments. */
const MESSAGES: readonly (readonly [how: string, bytes: Uint8Array])[] = [
  ["a frame", encode({ operation: 1, payload: new Uint8Array(1_000_000) })],
  ["fragments", fragments(new Uint8Array(1_000_000))],
];

function fragments(payload: Uint8Array): Uint8Array {
  const writer = new FrameWriter({ bulk: { leastBytes: 0, wholeBytes: 0, fragmentBytes: 65_504 } });
  writer.writeTicket(1, undefined, { operationId: 0, sequenceNumber: 0, payload });
  const chunks: Uint8Array[] = [];
  for (let chunk = writer.takeNext(); chunk !== undefined; chunk = writer.takeNext()) chunks.push(chunk);
  return joinBytes(chunks);
}

for (const [how, bytes] of MESSAGES) {
  test(`P9.21 serviceLink() gives up an exchange on which ${how} stops, although the client may ping`, async () => {
    await using bench = new ServiceBench(PATIENT);
    const client = await open(bench);
    client.sends.raw(bytes.slice(0, 900_000));
    await bench.clock.advance(PROGRESS_MS - 1);
    await client.gets.expectNothing();
    assertEquals(bench.link.operationCount, 1);
    await bench.clock.advance(1);
    const { message } = await bench.mate.expectTicket(GIVEN_UP);
    assertStringIncludes(String(message), "0 bytes of a message came in 15000 ms, 4096 are the least");
    await client.gets.expectExactly({ kind: "end", code: "resource_exhausted", message });
    assertEquals(await client.gets.rest(), []);
  });

  test(`P9.21 serviceLink() waits for ${how} that goes on, 300 s in all`, async () => {
    await using bench = new ServiceBench(PATIENT);
    const client = await open(bench);
    client.sends.raw(bytes.slice(0, 100_000));
    let at = 100_000;
    for (let ms = 0; ms < MAX_MESSAGE_MS; ms += PROGRESS_MS) {
      assertEquals(bench.link.operationCount, 1, `after ${ms} ms`);
      // The heads of fragments are no message.
      client.sends.raw(bytes.slice(at, at += LEAST_BYTES + 64));
      await bench.clock.advance(PROGRESS_MS);
    }
    const { message } = await bench.mate.expectTicket(GIVEN_UP);
    assertStringIncludes(String(message), "a message was not complete after 300000 ms");
    await client.gets.expectExactly({ kind: "end", code: "resource_exhausted", message });
    assertEquals(await client.gets.rest(), []);
  });

  test(`P9.21 serviceLink() takes ${how} that comes in time, and then waits for ever`, async () => {
    await using bench = new ServiceBench(PATIENT);
    const client = await open(bench);
    client.sends.raw(bytes.slice(0, 500_000));
    await bench.clock.advance(PROGRESS_MS - 1);
    client.sends.raw(bytes.slice(500_000));
    await bench.mate.expectTicket({ payload: new Uint8Array(1_000_000) });
    await bench.clock.advance(10 * PROGRESS_MS);
    assertEquals(bench.link.operationCount, 1);
    await cancel(bench, client);
  });
}

test("P9.21 serviceLink() sees that one message follows the other, however long that goes on", async () => {
  await using bench = new ServiceBench(PATIENT);
  const client = await open(bench);
  const [, bytes] = MESSAGES[0]!;
  const stepMs = 10_000;
  for (let ms = 0; ms < 2 * MAX_MESSAGE_MS; ms += stepMs) {
    client.sends.raw(bytes.slice(0, 500_000));
    await bench.clock.advance(stepMs);
    client.sends.raw(bytes.slice(500_000));
    await bench.mate.expectTicket({ sequenceNumber: 1 + ms / stepMs });
  }
  await cancel(bench, client);
});

test("P9.21 serviceLink() has patience with a message that begins long after another one", async () => {
  await using bench = new ServiceBench(PATIENT);
  const client = await open(bench);
  const bytes = encode({ operation: 1, payload: new Uint8Array(1_000) });
  client.sends.raw(bytes.slice(0, 10));
  await bench.clock.advance(1);
  client.sends.raw(bytes.slice(10));
  await bench.mate.expectTicket({ sequenceNumber: 1 });
  await bench.clock.advance(PROGRESS_MS - 2);
  client.sends.raw(bytes.slice(0, 10));
  await bench.clock.advance(2);
  client.sends.raw(bytes.slice(10));
  await bench.mate.expectTicket({ sequenceNumber: 2 });
  client.sends.raw(bytes.slice(0, 10));
  await bench.clock.advance(2 * PROGRESS_MS);
  const { message } = await bench.mate.expectTicket(GIVEN_UP);
  await client.gets.expectExactly({ kind: "end", code: "resource_exhausted", message });
  assertEquals(await client.gets.rest(), []);
});

test("P9.21 serviceLink() gives up a pair and a WebSocket whose message stops", async () => {
  const head = MESSAGES[0]![1].slice(0, 10_000);
  {
    await using bench = new ServiceBench(PATIENT);
    const client = await openPair(bench.fetch, PATH);
    await client.send(1, { operation: 1, ...KICK_OFF });
    await bench.mate.expectTicket({ group: "g" });
    await client.raw(2, head);
    await bench.clock.advance(PROGRESS_MS);
    await bench.mate.expectTicket(GIVEN_UP);
    await client.gets.expect({ kind: "end", code: "resource_exhausted" });
    await client.gets.rest();
  }
  await using bench = new SocketBench(PATIENT);
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF });
  await bench.mate.expectTicket({ group: "g" });
  socket.message(head.slice().buffer);
  await bench.clock.advance(2 * PROGRESS_MS);
  await bench.mate.expectTicket(GIVEN_UP);
  await socket.gets.expect({ kind: "end", code: "resource_exhausted" });
});

test("P9.21 invocationLink() gives up an exchange on which a message of the server stops", async () => {
  await using bench = new InvocationBench({ timeouts: { heartbeatMs: 1_000_000 } });
  bench.mate.open({ timeout: 1_000_000 });
  const server = await bench.server.accept();
  server.sends.raw(MESSAGES[0]![1].slice(0, 10_000));
  await server.gets.expect({ operation: 1 });
  await server.gets.expectNothing();
  await bench.clock.advance(PROGRESS_MS);
  await bench.mate.expectTicket(GIVEN_UP);
  await server.gets.expect({ kind: "end", code: "resource_exhausted" });
});
