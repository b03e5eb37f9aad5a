/** P9.11, S48: a place that an operation takes comes back, however the operation ends, and whatever it never became. */
import { assertEquals } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { joinLinks, type Ticket } from "../../src/links/mod.ts";
import { serviceEnd } from "../../src/ends/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { invocationLink, serviceLink } from "../../src/transport/mod.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench, PATH, ServiceBench } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import { type Fetch, openDuplex, type ScriptedClient } from "./scripted_client.ts";
import { ScriptedServer } from "./scripted_server.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;
const CANCEL = { termination: "cancellation" } as const;

/** Opens a duplex exchange with a server whose link is joined to `mate`, and which has places for two operations. */
async function open(mate: Parameters<typeof joinLinks>[1]): Promise<[ScriptedClient, () => Promise<void>]> {
  const clock = virtualClock();
  const link = serviceLink({ clock, limits: { maxOperations: 2, maxTotalBufferedBytes: 3 * 8_192 } });
  joinLinks(link, mate);
  const app = new Hono().all(PATH, link.handler);
  const fetch: Fetch = (url, init) => app.request(url, init);
  return [await openDuplex(fetch, PATH), () => link.stop(0)];
}

test("S6, S48 operations that begin with an abort give back their places and their memory", async () => {
  const begun: string[] = [];
  const end = serviceEnd({
    service: (_group, method, _context, output) => {
      begun.push(method);
      output.advance({ allowance: 1 });
      return { kind: "full", operator: { advance: () => {} } };
    },
  });
  const [client, stop] = await open(end);
  end.start();
  for (let operation = 1; operation <= 10; operation++) client.sends.send({ operation, ...KICK_OFF, ...CANCEL });
  client.sends.send({ operation: 11, ...KICK_OFF, method: "other" });
  await client.gets.expect({ operation: 11, subscription: "full" });
  assertEquals(begun, ["other"]);
  client.sends.send({ operation: 11, ...CANCEL });
  await nextTurn();
  await client.finish();
  await Promise.all([stop(), end.stop(0)]);
});

test("S40, S48 operations that a stopping end refuses give back their places", async () => {
  const end = serviceEnd({
    service: (_group, _method, _context, output) => {
      output.advance({ allowance: 1 });
      return { kind: "full", operator: { advance: () => {} } };
    },
  });
  const [client, stop] = await open(end);
  end.start();
  client.sends.send({ operation: 1, ...KICK_OFF });
  await client.gets.expect({ operation: 1 });
  const stopped = end.stop(1_000);
  for (let operation = 2; operation <= 10; operation++) {
    client.sends.send({ operation, ...KICK_OFF });
    await client.gets.expect({ operation, termination: "shutdown", code: "unavailable", neverStarted: true });
  }
  client.sends.send({ operation: 1, ...CANCEL });
  await stopped;
  await client.finish();
  await stop();
});

test("S48 operations that a relay's link refuses give back their places", async () => {
  const onward = invocationLink("http://service.test/", { fetch: new ScriptedServer().fetch });
  await onward.close();
  const [client, stop] = await open(onward);
  for (let operation = 1; operation <= 10; operation++) {
    client.sends.send({ operation, ...KICK_OFF, ...(operation % 2 === 0 ? CANCEL : {}) });
    if (operation % 2 === 0) continue;
    await client.gets.expect({ operation, termination: "transmission failure", code: "unavailable" });
  }
  await client.finish();
  await stop();
});

test("P9.11 serviceLink() gives back the places of operations whose first tickets cannot be read", async () => {
  await using bench = new ServiceBench({ limits: { maxOperations: 4, maxMetadataBytes: 100 } });
  const client = await openDuplex(bench.fetch, PATH);
  const initialMetadata: Ticket["initialMetadata"] = [["name", "x".repeat(200)]];
  for (let operation = 1; operation <= 4; operation++) {
    client.sends.send({ operation, ...KICK_OFF, initialMetadata });
    await client.gets.expect({ operation, termination: "reception failure" });
  }
  await client.gets.expectNothing();
  assertEquals(client.gets.credits.at(-1)?.operations, 8);
  await client.finish();
});

test("P9.11 an operation takes no place whose first ticket is above what the server takes", async () => {
  await using bench = new InvocationBench({ timeouts: { heartbeatMs: 1_000_000 } });
  const first = bench.mate.open();
  const server = await bench.server.accept({ maxFrameBytes: 2_000, maxOperations: 2, windowBytes: 10_000 });
  await server.gets.expect({ operation: 1 });
  await nextTurn();
  for (let i = 0; i < 4; i++) {
    const operationId = bench.mate.open({ payload: new Uint8Array(3_000) });
    await bench.mate.expectTicket({ operationId, termination: "transmission failure", code: "resource_exhausted" });
  }
  const last = bench.mate.open({ method: "last" });
  const frame = await server.gets.expect({ method: "last" });
  for (const operationId of [first, last]) bench.mate.send({ operationId, ...CANCEL });
  await server.gets.expect({ operation: 1, ...CANCEL });
  await server.gets.expect({ operation: "operation" in frame ? frame.operation : 0, ...CANCEL });
  server.sends.send({ kind: "end" });
  server.sends.close();
});

test("P9.6 an exchange takes one operation at the least, although its first ticket alone is above maxExchangeBytes", async () => {
  await using bench = new ServiceBench({ limits: { maxExchangeBytes: 10_000 } });
  const client = await openDuplex(bench.fetch, PATH);
  const payload = new Uint8Array(30_000);
  const frame = encode({ operation: 1, ...KICK_OFF, payload });
  client.sends.raw(frame.slice(0, 20_000));
  await client.gets.expectNothing();
  client.sends.raw(frame.slice(20_000));
  await bench.mate.expectTicket({ method: "m", payload });
  await client.gets.expect({ kind: "goaway", lastOperation: 1 });
  client.sends.send({ operation: 1, ...CANCEL });
  await bench.mate.expectTicket(CANCEL);
  await client.finish();
});

test("P9.20 what the first ticket of a service grants does not wait with its payload", async () => {
  let answered = 0;
  const end = serviceEnd({
    service: (_group, _method, _context, output) => {
      answered += 1;
      output.advance(answered === 1 ? { payload: new Uint8Array(1_000) } : { payload: "later", allowance: 3 });
      return { kind: "full", operator: { advance: () => {} } };
    },
  });
  const clock = virtualClock();
  const link = serviceLink({ clock });
  joinLinks(link, end);
  end.start();
  const app = new Hono().all(PATH, link.handler);
  const client = await openDuplex((url, init) => app.request(url, init), PATH, { hello: { windowBytes: 100 } });
  client.sends.send({ operation: 1, ...KICK_OFF }, { operation: 2, ...KICK_OFF });
  await client.gets.expect({ operation: 1, subscription: "full", payload: new Uint8Array(1_000) });
  await client.gets.expectExactly({ operation: 2, subscription: "full", allowance: 3 });
  client.sends.send({ kind: "credit", consumedBytes: 2_000 });
  await client.gets.expect({ operation: 2, payload: "later" });
  client.sends.send({ operation: 1, ...CANCEL }, { operation: 2, ...CANCEL });
  await nextTurn();
  await client.finish();
  await Promise.all([link.stop(0), end.stop(0)]);
});
