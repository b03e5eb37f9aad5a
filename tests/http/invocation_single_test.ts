import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type HttpCallOptions,
  type HttpInvocationContext,
  type InvocationLinkOptions,
  MEDIA_TYPE,
} from "../../src/transport/mod.ts";
import { MAX_FRAME_BYTES } from "../../src/limits.ts";
import type { Protocol } from "../../src/links/mod.ts";
import { type Clock, virtualClock } from "../../src/testing/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import type { ScriptedExchange } from "./scripted_server.ts";

const KICK_OFF = { group: "group", method: "method", subscription: "full", timeout: 10_000 } as const;

function singleBench(options: InvocationLinkOptions = {}): InvocationBench {
  return new InvocationBench({ exchange: "single", ...options });
}

function callOption(value: HttpCallOptions): Protocol {
  return { kind: "call option", value };
}

/** Opens an operation whose request is complete, and accepts it. */
async function openComplete(bench: InvocationBench, allowance?: number): Promise<ScriptedExchange> {
  bench.mate.open({ allowance, termination: "completion" });
  const exchange = await bench.server.next();
  exchange.accept();
  return exchange;
}

test("P7.12 invocationLink() posts a whole body for each operation: hello, tickets, end", async () => {
  await using bench = singleBench({ limits: { maxFrameBytes: 9_000 } });
  assertEquals(bench.link.exchange, "single");
  const operationId = bench.mate.open({ payload: "Ada", allowance: 3, termination: "completion" });
  const exchange = await bench.server.next();
  await exchange.gets.expect({
    kind: "hello",
    versions: [1],
    exchange: "single",
    maxFrameBytes: 9_000,
    heartbeatMs: 7_000,
  });
  assertEquals(await exchange.gets.rest(), [
    { operation: 1, ...KICK_OFF, payload: "Ada", allowance: 3, termination: "completion" },
    { kind: "end" },
  ]);
  exchange.accept({}, { headers: { "content-type": "application/vnd.ticketlink+cbor-seq", "x-region": "north" } });
  exchange.sends.send({ operation: 1, payload: "Hello", termination: "completion" });
  exchange.finish();
  const { protocol } = await bench.mate.expectTicket({ operationId, sequenceNumber: 0, payload: "Hello" });
  const { status, headers } = protocol?.value as HttpInvocationContext;
  assertEquals(status, 200);
  assertEquals(headers?.get("x-region"), "north");
  await nextTurn();
  assertEquals(bench.link.exchangeCount, 0);
});

test("invocationLink() opens a single exchange for each operation, with its own headers", async () => {
  await using bench = singleBench({ headers: { "x-all": "1" } });
  for (const own of ["a", "b"]) {
    bench.mate.open({ protocol: callOption({ headers: { "x-own": own } }), termination: "completion" });
  }
  for (const own of ["a", "b"]) {
    const { headers } = await bench.server.next();
    assertEquals([headers.get("x-all"), headers.get("x-own")], ["1", own]);
  }
  bench.mate.send({ termination: "cancellation" });
  assertEquals(bench.link.exchangeCount, 1);
});

test("S46 invocationLink() collects an upload, and grants on the server's behalf as it goes", async () => {
  await using bench = singleBench();
  const operationId = bench.mate.open({ payload: 1 });
  const { protocol } = await bench.mate.expectTicket({ operationId, sequenceNumber: 0, allowance: 65 });
  assertEquals(protocol?.kind, "invocation context");
  bench.mate.send({ payload: 2 });
  bench.mate.send({ payload: 3 });
  bench.mate.send({ timeout: 500 });
  await bench.mate.expectExactly({ sequenceNumber: 1, allowance: 2 });
  await bench.server.expectNothing();
  bench.mate.send({ payload: 4, termination: "completion" });
  const exchange = await bench.server.next();
  const [, ...frames] = await exchange.gets.rest();
  assertEquals(frames, [
    { operation: 1, ...KICK_OFF, payload: 1 },
    { operation: 1, payload: 2 },
    { operation: 1, payload: 3 },
    { operation: 1, timeout: 500 },
    { operation: 1, payload: 4, termination: "completion" },
    { kind: "end" },
  ]);
  await bench.mate.expectNothing();

  // What the context says is there once the response is.
  assertEquals((protocol?.value as HttpInvocationContext).status, undefined);
  exchange.accept();
  exchange.sends.send({ operation: 1, payload: "sum", termination: "completion" });
  exchange.finish();
  await bench.mate.expectTicket({ sequenceNumber: 2, payload: "sum" });
  assertEquals((protocol?.value as HttpInvocationContext).status, 200);
});

test("invocationLink() grants a long upload without end, and lets others have their turn", async () => {
  const clock = virtualClock();
  let timers = 0;
  const counting: Clock = {
    now: () => clock.now(),
    setTimer: (callback, delayMs) => {
      timers += 1;
      return clock.setTimer(callback, delayMs);
    },
    clearTimer: (timer) => clock.clearTimer(timer),
  };
  await using bench = singleBench({ clock: counting });
  const operationId = bench.mate.open();
  let sent = 0;
  bench.link.joinLink({
    acceptTicket: ({ allowance }) => {
      for (let i = 0; i < allowance! && sent < 5_000; i++) {
        sent += 1;
        bench.mate.send({ operationId, payload: new Uint8Array(1_000) });
      }
    },
    joinLink: () => {},
  });
  await nextTurn();
  assert(sent > 1_000 && sent < 1_200, `${sent} payloads were sent before anybody else had a turn`);
  for (let i = 0; i < 5; i++) await clock.advance(0);
  assertEquals(sent, 5_000);
  assertEquals(timers, 5);
  bench.link.joinLink(bench.mate);
  bench.mate.send({ operationId, termination: "completion" });
  const exchange = await bench.server.next();
  assertEquals((await exchange.gets.rest()).length, 5_004);
  bench.mate.send({ operationId, termination: "cancellation" });
});

test("invocationLink() refuses a request above maxRequestBytes, and names the limit and the way out", async () => {
  await using bench = singleBench({ limits: { maxRequestBytes: 10_000 } });
  const operationId = bench.mate.open();
  await bench.mate.expectTicket({ sequenceNumber: 0 });
  for (let i = 0; i < 20; i++) bench.mate.send({ payload: new Uint8Array(1_000) });
  await bench.mate.expectExactly({
    operationId,
    termination: "transmission failure",
    code: "resource_exhausted",
    message: "Cannot collect the request: it is above 10000 bytes (maxRequestBytes); " +
      "the other kinds of exchange have no such limit",
  });
  await bench.server.expectNothing();
  assertEquals(bench.link.operationCount, 0);
});

test("invocationLink() refuses a payload that cannot be encoded, or that is above a frame", async () => {
  await using bench = singleBench();
  bench.mate.open({ payload: Symbol("no"), termination: "completion" });
  await bench.mate.expectTicket({ sequenceNumber: 0, termination: "transmission failure", code: "internal" });
  bench.mate.open({ payload: new Uint8Array(MAX_FRAME_BYTES), termination: "completion" });
  await bench.mate.expectTicket({ termination: "transmission failure", code: "resource_exhausted" });
  await bench.server.expectNothing();
});

for (
  const [accepts, sends] of [[2_000, MAX_FRAME_BYTES - 100], [MAX_FRAME_BYTES + 200, MAX_FRAME_BYTES + 100]] as const
) {
  test(`P6.5 invocationLink() that accepts frames of ${accepts} bytes sends one of ${sends} on a single exchange`, async () => {
    await using bench = singleBench({ limits: { maxFrameBytes: accepts } });
    bench.mate.open({ payload: new Uint8Array(sends), termination: "completion" });
    const { body } = await bench.server.next();
    assert((await new Response(body).bytes()).byteLength > sends);
    bench.mate.send({ termination: "cancellation" });
  });
}

test("invocationLink() refuses a bidirectional stream on a single exchange, and names the way out", async () => {
  await using bench = singleBench();
  const operationId = bench.mate.open({ methodKind: "bidi_streaming" });
  bench.mate.send({ payload: "dropped" });
  const { message } = await bench.mate.expectTicket({
    operationId,
    termination: "transmission failure",
    code: "unimplemented",
  });
  assertStringIncludes(String(message), 'exchange: "auto"');
  await bench.server.expectNothing();
});

for (const kind of ["unary", "server_streaming", "client_streaming"] as const) {
  test(`invocationLink() carries ${kind} on a single exchange`, async () => {
    await using bench = singleBench();
    bench.mate.open({ methodKind: kind, termination: "completion" });
    await bench.server.next();
    bench.mate.send({ termination: "cancellation" });
  });
}

test("invocationLink() sends nothing of an operation that is cancelled while its request is collected", async () => {
  await using bench = singleBench();
  bench.mate.open({ payload: 1 });
  await bench.mate.expectTicket({ allowance: 65 });
  bench.mate.send({ termination: "cancellation" });
  await bench.server.expectNothing();
  assertEquals(bench.link.exchangeCount, 0);
});

for (const termination of ["cancellation", "expiration", "local failure"] as const) {
  test(`P7.15 invocationLink() closes the response on ${termination}`, async () => {
    await using bench = singleBench();
    const exchange = await openComplete(bench, 10);
    exchange.sends.send({ operation: 1, payload: 1 });
    await bench.mate.expectTicket({ payload: 1 });
    bench.mate.send({ termination });
    await exchange.sends.cancelled;
    assert(exchange.signal?.aborted);
    assertEquals(bench.link.exchangeCount, 0);
  });
}

test("P7.15 invocationLink() gives up a request that has not been answered yet", async () => {
  await using bench = singleBench();
  bench.mate.open({ termination: "completion" });
  const exchange = await bench.server.next();
  bench.mate.send({ termination: "cancellation" });
  assert(exchange.signal?.aborted);
});

test("S46 invocationLink() delivers no more payloads than granted, and stops reading until there are more", async () => {
  await using bench = singleBench();
  bench.mate.open({ allowance: 2, termination: "completion" });
  const exchange = await bench.server.next();
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(
        pulls === 0 ? encode({ kind: "hello", versions: [1] }) : encode({ operation: 1, payload: pulls }),
      );
      pulls += 1;
      if (pulls <= 20) return;
      controller.enqueue(encode({ operation: 1, termination: "completion" }, { kind: "end" }));
      controller.close();
    },
  }, { highWaterMark: 0 });
  exchange.respond(body, { headers: { "content-type": "application/vnd.ticketlink+cbor-seq" } });
  for (const payload of [1, 2, 3]) await bench.mate.expectTicket({ payload });
  await bench.mate.expectNothing();
  assertEquals(pulls, 5);

  bench.mate.send({ allowance: 2 });
  await bench.mate.expectExactly({ payload: 4 });
  await bench.mate.expectExactly({ payload: 5 });
  await bench.mate.expectNothing();
  assertEquals(pulls, 7);

  bench.mate.send({ allowance: 15 });
  for (let payload = 6; payload <= 20; payload++) await bench.mate.expectExactly({ payload });
  await bench.mate.expectExactly({ termination: "completion" });
  await nextTurn();
  assertEquals(bench.link.exchangeCount, 0);
});

test("S46 invocationLink() ends when what is held after the end of the response has been delivered", async () => {
  await using bench = singleBench();
  const exchange = await openComplete(bench);
  exchange.sends.send(
    { operation: 1, payload: 1 },
    { operation: 1, payload: 2 },
    { operation: 1, payload: 3, termination: "completion" },
    { kind: "end" },
  );
  exchange.sends.close();
  await bench.mate.expectTicket({ payload: 1 });
  bench.mate.send({ allowance: 1 });
  await bench.mate.expectExactly({ payload: 2 });
  await bench.mate.expectNothing();
  bench.mate.send({ allowance: 1 });
  await bench.mate.expectExactly({ payload: 3, termination: "completion" });
  await nextTurn();
  assertEquals(bench.link.exchangeCount, 0);
});

test("S46 invocationLink() fails an operation that the response leaves open, after what is held", async () => {
  await using bench = singleBench();
  const exchange = await openComplete(bench);
  exchange.sends.send({ operation: 1, payload: 1 }, { operation: 1, payload: 2 }, { kind: "end" });
  exchange.sends.close();
  await bench.mate.expectTicket({ payload: 1 });
  bench.mate.send({ allowance: 1 });
  await bench.mate.expectExactly({ payload: 2 });
  const message = "The server ended the exchange";
  await bench.mate.expectExactly({ termination: "transmission failure", code: "unavailable", message });
});

test("S7 invocationLink() lets an abort pass payloads that are held", async () => {
  await using bench = singleBench();
  const exchange = await openComplete(bench);
  exchange.sends.send(
    { operation: 1, payload: 1 },
    { operation: 1, payload: 2 },
    { operation: 1, termination: "remote failure", code: "unimplemented" },
  );
  await bench.mate.expectTicket({ payload: 1 });
  await bench.mate.expectExactly({ sequenceNumber: 2, termination: "remote failure", code: "unimplemented" });
  exchange.finish();
  await nextTurn();
  assertEquals(bench.link.exchangeCount, 0);
});

test("invocationLink() closes the response of a server that does not end an exchange whose operation is over", async () => {
  await using bench = singleBench({ timeouts: { helloTimeoutMs: 2_000 } });
  const exchange = await openComplete(bench);
  exchange.sends.send({ operation: 1, termination: "completion" });
  await bench.mate.expectTicket({ termination: "completion" });
  await bench.clock.advance(1_999);
  assertEquals(bench.link.exchangeCount, 1);
  await bench.clock.advance(1);
  assertEquals(bench.link.exchangeCount, 0);
  assert(exchange.signal?.aborted);
});

for (const methodKind of ["unary", "client_streaming"] as const) {
  test(`P7.16, S10 invocationLink() hands on a second response of a ${methodKind} method, for its mate to refuse`, async () => {
    await using bench = singleBench();
    bench.mate.open({ methodKind, termination: "completion" });
    const exchange = await bench.server.next();
    exchange.accept();
    exchange.sends.send({ operation: 1, payload: 1 }, { operation: 1, payload: 2, termination: "completion" });
    exchange.finish();
    await bench.mate.expectTicket({ payload: 1 });
    await bench.mate.expectExactly({ payload: 2, termination: "completion" });
  });
}

test("P7.16 invocationLink() ignores the server's own grants", async () => {
  await using bench = singleBench();
  const exchange = await openComplete(bench);
  exchange.sends.send({ operation: 1, allowance: 5, payload: 1 }, { operation: 1, allowance: 1 });
  exchange.sends.send({ operation: 1, termination: "completion" });
  exchange.finish();
  const { allowance } = await bench.mate.expectTicket({ payload: 1 });
  assertEquals(allowance, undefined);
  await bench.mate.expectExactly({});
  await bench.mate.expectExactly({ termination: "completion" });
});

test("P9.2 invocationLink() says nothing after its request, and drops what its mate still says", async () => {
  await using bench = singleBench({ timeouts: { heartbeatMs: 1_000 } });
  const exchange = await openComplete(bench, 9);
  exchange.sends.send({ kind: "ping", value: 1 }, { kind: "pong", value: 3 });
  bench.mate.send({ timeout: 20_000 });
  exchange.sends.send({ operation: 1, payload: 1 });
  await bench.mate.expectTicket({ payload: 1 });
  bench.mate.send({ termination: "cancellation" });
});

test("P9.3 invocationLink() misses a server on a single exchange by the larger heartbeat", async () => {
  for (const [own, servers, lost] of [[1_000, 3_000, 6_000], [2_000, 500, 4_000]] as const) {
    await using bench = singleBench({ timeouts: { heartbeatMs: own } });
    bench.mate.open({ timeout: 300_000, termination: "completion" });
    const exchange = await bench.server.next();
    await bench.clock.advance(100_000);
    exchange.accept({ heartbeatMs: servers });
    await bench.clock.advance(lost - 1);
    exchange.sends.send({ kind: "ping", value: 1 });
    await bench.clock.advance(lost - 1);
    await bench.mate.expectNothing();
    await bench.clock.advance(1);
    const message = `Lost the connection: the server was silent for ${lost} ms`;
    await bench.mate.expectExactly({ termination: "transmission failure", code: "unavailable", message });
  }
});

test("P9.3 invocationLink() does not miss a server that it does not listen to", async () => {
  await using bench = singleBench({ timeouts: { heartbeatMs: 1_000 } });
  bench.mate.open({ timeout: 300_000, termination: "completion" });
  const exchange = await bench.server.next();
  exchange.accept({ heartbeatMs: 1_000 });
  exchange.sends.send({ operation: 1, payload: 1 }, { operation: 1, payload: 2 });
  await bench.mate.expectTicket({ payload: 1 });
  await bench.clock.advance(60_000);
  await bench.mate.expectNothing();
  bench.mate.send({ allowance: 1 });
  await bench.mate.expectExactly({ payload: 2 });
  bench.mate.send({ termination: "cancellation" });
});

test("P8.11 invocationLink() fails a single exchange with the code of the status", async () => {
  await using bench = singleBench();
  bench.mate.open({ termination: "completion" });
  (await bench.server.next()).respond("Too large", { status: 413 });
  await bench.mate.expectTicket({
    sequenceNumber: 0,
    code: "resource_exhausted",
    message: 'The server answered with status 413: "Too large"; the request has 71 bytes',
  });
});

/** How a response can go wrong, and what its operation is told. */
const WRONGS: readonly (readonly [string, (exchange: ScriptedExchange) => void, string, string])[] = [
  ["breaks off", ({ sends }) => sends.error(new Error("reset")), "unavailable", "Lost the connection: reset"],
  ["has no end item", ({ sends }) => sends.close(), "unavailable", "the body ended without an end frame"],
  ["is garbage", ({ sends }) => sends.raw(new Uint8Array(9)), "internal", "Cannot read a frame"],
  [
    "declares 4 GiB",
    ({ sends }) => sends.raw(Uint8Array.of(0x5a, 255, 255, 255, 255)),
    "resource_exhausted",
    "maxFrameBytes",
  ],
  ["gives up", ({ sends }) => sends.send({ kind: "end", code: "aborted", message: "No" }), "aborted", "No"],
];

for (const [name, go, code, says] of WRONGS) {
  test(`S45 invocationLink() fails the operation of a response that ${name}`, async () => {
    await using bench = singleBench();
    const exchange = await openComplete(bench);
    await nextTurn();
    go(exchange);
    const { message } = await bench.mate.expectTicket({ termination: "transmission failure", code });
    assertStringIncludes(String(message), says);
    assertEquals(bench.link.exchangeCount, 0);
  });
}

test("P3.7 invocationLink() fails the operation of a malformed ticket on a single exchange", async () => {
  await using bench = singleBench();
  const exchange = await openComplete(bench);
  exchange.sends.raw(Uint8Array.of(0x46, 0x83, 0x01, 0xa1, 0x03, 0x09, 0xf7));
  await bench.mate.expectTicket({ termination: "reception failure", code: "internal" });
});

test("P3.14 invocationLink() fails a single exchange for a fragment", async () => {
  await using bench = singleBench();
  const exchange = await openComplete(bench);
  // A byte of a ticket of operation 1, with another to follow.
  exchange.sends.raw(Uint8Array.of(0x46, 0x84, 0x2f, 0x01, 0x01, 0x41, 0x83));
  const { message } = await bench.mate.expectTicket({ termination: "transmission failure", code: "internal" });
  assertEquals(message, "Cannot join fragments: there are none on an exchange of one operation");
});

test("P7.3 invocationLink() fails a single exchange whose server chooses another version", async () => {
  await using bench = singleBench();
  bench.mate.open({ termination: "completion" });
  (await bench.server.next()).accept({ versions: [2] });
  const { message } = await bench.mate.expectTicket({ termination: "transmission failure", code: "internal" });
  assertStringIncludes(String(message), "chose version 2, 1 was offered");
});

test("S13 invocationLink() posts a one-way operation, and asks no more of it than that", async () => {
  await using bench = singleBench();
  bench.mate.open({ subscription: "none", payload: 1, termination: "completion" });
  const exchange = await bench.server.next();
  assertEquals(bench.link.operationCount, 0);
  exchange.accept();
  exchange.finish();
  await nextTurn();
  assertEquals(bench.link.exchangeCount, 0);
});

test("invocationLink() ends an operation of a single exchange whose mate throws, and reports it", async () => {
  await using bench = singleBench();
  const exchange = await openComplete(bench);
  bench.link.joinLink({
    acceptTicket: () => {
      throw new Error("secret");
    },
    joinLink: () => {},
  });
  exchange.sends.send({ operation: 1, payload: 1 });
  await exchange.sends.cancelled;
  assertEquals(bench.takeErrors(), ["Error: secret"]);
});

test("close() gives up single exchanges in every state", async () => {
  await using bench = singleBench();
  bench.mate.open({ method: "collecting" });
  await bench.mate.expectTicket({ allowance: 64 });
  bench.mate.open({ method: "requested", termination: "completion" });
  const requested = await bench.server.next();
  bench.mate.open({ method: "responding", termination: "completion" });
  const responding = await bench.server.next();
  responding.accept();
  await nextTurn();
  await bench.link.close();
  for (let i = 0; i < 3; i++) await bench.mate.expectTicket({ code: "unavailable", message: "The link is closed" });
  assert(requested.signal?.aborted);
  await responding.sends.cancelled;
});

test("invocationLink() cancels a single response that comes too late", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using bench = singleBench({ fetch: () => promise });
  bench.mate.open({ termination: "completion" });
  await nextTurn();
  bench.mate.send({ termination: "cancellation" });
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() });
  resolve(new Response(body, { headers: { "content-type": "application/vnd.ticketlink+cbor-seq" } }));
  await cancelled.promise;
});

test("invocationLink() makes no request for a single exchange that is over before it leaves", async () => {
  await using bench = singleBench();
  bench.mate.open({ termination: "completion" });
  bench.mate.send({ termination: "cancellation" });
  await bench.server.expectNothing();
});

test("P9.3 invocationLink() misses the hello of a single exchange whose response has begun", async () => {
  await using bench = singleBench({ timeouts: { helloTimeoutMs: 2_000 } });
  bench.mate.open({ termination: "completion" });
  const exchange = await bench.server.next();
  exchange.respond(exchange.sends.stream, { status: 200, headers: { "content-type": MEDIA_TYPE } });
  await bench.clock.advance(1_999);
  await bench.mate.expectNothing();
  await bench.clock.advance(1);
  const message = "No hello of the server in 2000 ms";
  await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable", message });
  assert(exchange.signal?.aborted);
});

for (
  const [what, methodKind, bytes, failsAtMs] of [
    ["a stream", "server_streaming", 10, 2_000],
    ["a stream with a long request", "server_streaming", 20_000, undefined],
    ["a unary call", "unary", 10, undefined],
    ["an upload", "client_streaming", 10, undefined],
  ] as const
) {
  const waits = failsAtMs === undefined ? "waits" : `waits ${failsAtMs} ms`;
  test(`P7.43 invocationLink() ${waits} for the response to ${what} to begin`, async () => {
    await using bench = singleBench({ timeouts: { probeTimeoutMs: 2_000, helloTimeoutMs: 1_000, heartbeatMs: 1_000 } });
    bench.mate.open({ methodKind, payload: new Uint8Array(bytes), termination: "completion", timeout: 100_000 });
    const exchange = await bench.server.next();
    await bench.clock.advance(1_999);
    await bench.mate.expectNothing();
    await bench.clock.advance(60_000);
    if (failsAtMs === undefined) {
      await bench.mate.expectNothing();
      bench.mate.send({ termination: "cancellation" });
      exchange.respond("late");
      return;
    }
    const message = "No hello of the server in 2000 ms (probeTimeoutMs): something on the way may buffer responses " +
      "until they are complete";
    await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable", message });
    assert(exchange.signal?.aborted);
  });
}

for (const isHeldBack of [false, true]) {
  const waits = isHeldBack ? "waits no longer" : "waits";
  test(`P7.43 invocationLink() ${waits} for a stream when another ${isHeldBack ? "was held back" : "has come"}`, async () => {
    await using bench = singleBench({ timeouts: { probeTimeoutMs: 2_000 } });
    const stream = { methodKind: "server_streaming", termination: "completion", timeout: 100_000 } as const;
    bench.mate.open(stream);
    const first = await bench.server.next();
    const headers = { "content-type": MEDIA_TYPE, ...isHeldBack && { "content-length": "1000" } };
    first.respond(first.sends.stream, { headers });
    await nextTurn();
    bench.mate.send({ termination: "cancellation" });
    bench.mate.open(stream);
    const second = await bench.server.next();
    await bench.clock.advance(2_000);
    if (isHeldBack) return void await bench.mate.expectTicket({ code: "unavailable" });
    await bench.mate.expectNothing();
    bench.mate.send({ termination: "cancellation" });
    second.respond("late");
  });
}

test("P7.43 invocationLink() gives each further stream twice the time to begin, up to helloTimeoutMs", async () => {
  await using bench = singleBench({ timeouts: { probeTimeoutMs: 2_000, helloTimeoutMs: 7_000 } });
  for (const timeoutMs of [2_000, 4_000, 7_000, 7_000]) {
    bench.mate.open({ methodKind: "server_streaming", termination: "completion", timeout: 100_000 });
    await bench.server.next();
    await bench.clock.advance(timeoutMs - 1);
    await bench.mate.expectNothing();
    await bench.clock.advance(1);
    await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable" });
  }
});

test("P7.43 invocationLink() does not count the time that headers take to the response to a stream", async () => {
  const { promise, resolve } = Promise.withResolvers<HeadersInit>();
  await using bench = singleBench({ headers: () => promise, timeouts: { probeTimeoutMs: 2_000 } });
  bench.mate.open({ methodKind: "server_streaming", termination: "completion", timeout: 100_000 });
  await bench.clock.advance(10_000);
  resolve({});
  const exchange = await bench.server.next();
  await bench.clock.advance(1_999);
  await bench.mate.expectNothing();
  exchange.respond(exchange.sends.stream, { status: 200, headers: { "content-type": MEDIA_TYPE } });
  await bench.clock.advance(2_000);
  await bench.mate.expectNothing();
  bench.mate.send({ termination: "cancellation" });
});

test("P9.4 invocationLink() fails a single exchange with too many tickets of other operations", async () => {
  await using bench = singleBench({ limits: { maxControlItemsPerSecond: 10 } });
  const exchange = await openComplete(bench);
  exchange.sends.send(...Array.from({ length: 11 }, (_, i) => ({ operation: 2 + i, payload: 1 })));
  await bench.mate.expectTicket({ termination: "transmission failure", code: "resource_exhausted" });
});

test("invocationLink() fails an operation at once whose single exchange is ended before it, however long the body stays open", async () => {
  await using bench = singleBench();
  const exchange = await openComplete(bench);
  exchange.sends.send({ kind: "end" });
  await bench.mate.expectTicket({ termination: "transmission failure", message: "The server ended the exchange" });
  assert(exchange.signal?.aborted);
});
