/** When the head of a single response leaves, and what becomes of a response that middleware drops. */
import { EventEmitter } from "node:events";
import { assertEquals } from "@std/assert";
import { Hono } from "npm:hono@^4";
import type { MethodKind } from "../../src/links/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import { FrameLog } from "./frame_log.ts";
import { clientHello, post } from "./scripted_client.ts";

/** A request that is complete. */
function request(methodKind: MethodKind, heartbeatMs?: number): Uint8Array<ArrayBuffer> {
  return encode(
    clientHello({ exchange: "single", heartbeatMs }),
    // In two tickets, so that it is no plain call.
    { operation: 1, group: "g", method: "m", methodKind, subscription: "full", timeout: 60_000 },
    { operation: 1, payload: "Ada", termination: "completion" },
    { kind: "end" },
  );
}

/** In one ticket. */
const PLAIN_CALL = {
  operation: 1,
  group: "g",
  method: "m",
  methodKind: "unary",
  subscription: "full",
  timeout: 60_000,
  payload: "Ada",
  termination: "completion",
} as const;

/** A request whose response has or has not begun. */
class Waiting {
  readonly response: Promise<Response>;
  hasBegun = false;

  constructor(response: Promise<Response>) {
    this.response = response;
    void response.then(() => this.hasBegun = true);
  }
}

for (
  const { methodKind, heartbeatMs, waitMs } of [
    { methodKind: "server_streaming", waitMs: 25 },
    { methodKind: "bidi_streaming", waitMs: 25 },
    { methodKind: "client_streaming", waitMs: 3_500 },
    { methodKind: "client_streaming", heartbeatMs: 1_000, waitMs: 500 },
    { methodKind: "unary", heartbeatMs: 60_000, waitMs: 3_500 },
  ] as const
) {
  const client = heartbeatMs === undefined ? "" : `, with a heartbeat of the client of ${heartbeatMs} ms`;
  test(`P7.41 serviceLink() lets the head of a ${methodKind} call wait for ${waitMs} ms${client}`, async () => {
    await using bench = new ServiceBench();
    const waiting = new Waiting(post(bench.fetch, PATH, request(methodKind, heartbeatMs)));
    const { operationId } = await bench.mate.expectTicket({ sequenceNumber: 0 });
    await bench.mate.expectTicket({ payload: "Ada" });
    await bench.clock.advance(waitMs - 1);
    assertEquals(waiting.hasBegun, false);
    await bench.clock.advance(1);
    assertEquals(waiting.hasBegun, true);
    const log = new FrameLog((await waiting.response).body!);
    await log.expect({ kind: "hello" });
    bench.mate.send({ operationId, payload: "Hello", termination: "completion" });
    await log.expect({ operation: 1, payload: "Hello" });
    await log.rest();
  });
}

for (const [what, isPlain] of [["a plain call", true], ["any other call with one response", false]] as const) {
  test(`S45 serviceLink() hears on Node over HTTP/2 that the client of ${what} leaves before its response begins`, async () => {
    await using bench = new ServiceBench();
    const incoming = Object.assign(new EventEmitter(), { httpVersionMajor: 2, aborted: false });
    const fetch = (url: string, init: RequestInit) => bench.app.request(url, init, { incoming });
    const body = isPlain
      ? encode(clientHello({ exchange: "single" }), PLAIN_CALL, { kind: "end" })
      : request("client_streaming");
    const response = post(fetch, PATH, body);
    await bench.mate.expectTicket({ sequenceNumber: 0 });
    if (!isPlain) await bench.mate.expectTicket({ payload: "Ada" });
    await nextTurn();
    incoming.aborted = true;
    incoming.emit("aborted");
    await bench.mate.expectTicket({ termination: "cancellation" });
    await (await response).body?.cancel();
    assertEquals(incoming.listenerCount("aborted"), 0);
  });
}

test("P7.41 serviceLink() begins the response of a stream with its first message", async () => {
  await using bench = new ServiceBench();
  const response = post(bench.fetch, PATH, request("server_streaming"));
  const { operationId } = await bench.mate.expectTicket({ sequenceNumber: 0 });
  await bench.mate.expectTicket({ payload: "Ada" });
  bench.mate.send({ operationId, payload: 1 });
  const log = new FrameLog((await response).body!);
  await log.expect({ kind: "hello" });
  await log.expect({ operation: 1, payload: 1 });
  bench.mate.send({ operationId, termination: "completion" });
  await log.rest();
});

test("P7.41 serviceLink() does not let the head wait where the client does not say the kind of the method", async () => {
  await using bench = new ServiceBench();
  const kickOff = { operation: 1, group: "g", method: "m", subscription: "full", timeout: 60_000 } as const;
  const body = encode(clientHello({ exchange: "single" }), { ...kickOff, termination: "completion" }, { kind: "end" });
  const log = new FrameLog((await post(bench.fetch, PATH, body)).body!);
  await log.expect({ kind: "hello" });
  const { operationId } = await bench.mate.expectTicket({ sequenceNumber: 0 });
  bench.mate.send({ operationId, termination: "completion" });
  await log.rest();
});

/** Checks that the end is told that nobody gets the response. */
async function expectCancelled(bench: ServiceBench): Promise<void> {
  await bench.mate.expectTicket({
    termination: "cancellation",
    code: "cancelled",
    message: "Nobody gets the response: middleware has thrown after next(), or has set another one",
  });
}

test("serviceLink() ends a plain call in whose place middleware answers while its handler runs", async () => {
  await using bench = new ServiceBench();
  const timeout = Promise.withResolvers<void>();
  const app = new Hono().use(async (context, next) => {
    await Promise.race([next(), timeout.promise]);
    context.res = new Response("Too late", { status: 504 });
  }).all(PATH, bench.link.handler);
  const plain = encode(
    clientHello({ exchange: "single" }),
    {
      ...{ operation: 1, group: "g", method: "m", methodKind: "unary", subscription: "full", timeout: 60_000 },
      ...{ payload: "Ada", termination: "completion" },
    },
    { kind: "end" },
  );
  const response = post(async (url, init) => await app.request(url, init), PATH, plain);
  await bench.mate.expectTicket({ sequenceNumber: 0, payload: "Ada" });
  timeout.resolve();
  assertEquals((await response).status, 504);
  await bench.clock.advance(1_000);
  await expectCancelled(bench);
});

test("serviceLink() waits for middleware that answers later, and for one that reads the response itself", async () => {
  await using bench = new ServiceBench();
  const later = Promise.withResolvers<void>();
  const app = new Hono().use(async (context, next) => {
    await next();
    await later.promise;
    context.res = new Response(context.res.body?.pipeThrough(new TransformStream()), context.res);
    context.header("x-later", "yes");
  }).all(PATH, bench.link.handler);
  const response = post(async (url, init) => await app.request(url, init), PATH, request("server_streaming"));
  const { operationId } = await bench.mate.expectTicket({ sequenceNumber: 0 });
  await bench.mate.expectTicket({ payload: "Ada" });
  await bench.clock.advance(2_000);
  later.resolve();
  const { headers, body } = await response;
  assertEquals(headers.get("x-later"), "yes");
  await bench.clock.advance(2_000);
  const log = new FrameLog(body!);
  await log.expect({ kind: "hello" });
  bench.mate.send({ operationId, payload: 1, termination: "completion" });
  await log.expect({ operation: 1, payload: 1 });
  await log.rest();
});
