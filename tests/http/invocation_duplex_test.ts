import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { HttpCallOptions, HttpInvocationContext } from "../../src/transport/mod.ts";
import { newOperationId, type Protocol, type Ticket } from "../../src/links/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench } from "./bench.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 10_000 } as const;

function callOption(value: HttpCallOptions): Protocol {
  return { kind: "call option", value };
}

test("invocationLink() asks for nothing before the first operation", async () => {
  await using bench = new InvocationBench();
  await bench.server.expectNothing();
  bench.mate.send({ operationId: newOperationId(), payload: "of no operation" });
  bench.mate.send({ operationId: newOperationId(), group: "g", termination: "cancellation" });
  await bench.server.expectNothing();
  assertEquals(bench.link.exchangeCount, 0);
  assertEquals(bench.link.exchange, "duplex");
});

test("P8.10 invocationLink() posts with the headers of an exchange", async () => {
  await using bench = new InvocationBench({ headers: { authorization: "Bearer x", accept: "text/html" } });
  bench.mate.open();
  const exchange = await bench.server.accept();
  assertEquals(exchange.url, "http://service.test/tickets");
  assertEquals([...exchange.headers], [
    ["accept", "application/vnd.ticketlink+cbor-seq"],
    ["authorization", "Bearer x"],
    ["content-type", "application/vnd.ticketlink+cbor-seq"],
    ["incremental", "?1"],
  ]);
  await exchange.gets.expect({ operation: 1 });
  bench.mate.send({ termination: "cancellation" });
  await exchange.gets.expect({ operation: 1 });
});

test("P7.2 invocationLink() sends its hello and its first tickets in one chunk, before it is answered", async () => {
  await using bench = new InvocationBench({ limits: { maxFrameBytes: 9_000 }, timeouts: { heartbeatMs: 800 } });
  const one = bench.mate.open({ payload: "a" });
  bench.mate.send({ payload: "b" });
  bench.mate.open({ method: "second" });
  const exchange = await bench.server.next();
  await exchange.gets.expect({
    kind: "hello",
    versions: [1],
    exchange: "duplex",
    maxFrameBytes: 9_000,
    heartbeatMs: 800,
  });
  await exchange.gets.expectExactly({ operation: 1, ...KICK_OFF, group: "group", method: "method", payload: "a" });
  await exchange.gets.expectExactly({ operation: 1, payload: "b" });
  await exchange.gets.expect({ operation: 2, method: "second" });
  assertEquals(exchange.gets.chunks, 1);
  exchange.accept();
  exchange.sends.send({ operation: 1, payload: "A", termination: "completion" });
  await bench.mate.expectTicket({ operationId: one, payload: "A" });
});

test("invocationLink() tells its mate status and headers of the response with ticket 0", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.next();
  exchange.accept({}, { headers: { "content-type": "application/vnd.ticketlink+cbor-seq", "x-region": "north" } });
  exchange.sends.send({ operation: 1, payload: 1 }, { operation: 1, payload: 2 });
  const { protocol } = await bench.mate.expectTicket({ sequenceNumber: 0, payload: 1 });
  assertEquals(protocol?.kind, "invocation context");
  const { status, headers } = protocol?.value as HttpInvocationContext;
  assertEquals(status, 200);
  assertEquals(headers?.get("x-region"), "north");
  await bench.mate.expectExactly({ payload: 2 });
});

test("P5.9 invocationLink() sends no protocol value and no id of its own", async () => {
  await using bench = new InvocationBench();
  bench.mate.open({ operationId: Symbol("mine"), protocol: callOption({ headers: { "x-own": "1" } }) });
  const exchange = await bench.server.accept();
  await exchange.gets.expectExactly({ operation: 1, ...KICK_OFF, group: "group", method: "method" });
});

test("P7.7 invocationLink() numbers what comes, and names a number where one is left out", async () => {
  await using bench = new InvocationBench();
  const operationId = bench.mate.open();
  bench.mate.send({ sequenceNumber: 2, payload: "late" });
  bench.mate.send({ sequenceNumber: 1, payload: "early" });
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1 });
  await exchange.gets.expectExactly({ operation: 1, sequence: 2, payload: "late" });
  await exchange.gets.expectExactly({ operation: 1, sequence: 1, payload: "early" });
  exchange.sends.send({ operation: 1, sequence: 1, payload: "b" }, { operation: 1, payload: "c" });
  exchange.sends.send({ operation: 1, sequence: 0, payload: "a" });
  for (const sequenceNumber of [1, 2, 0]) await bench.mate.expectTicket({ operationId, sequenceNumber });
});

test("P7.10 invocationLink() drops tickets of operations that are not its own, or have ended", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.accept();
  exchange.sends.send({ operation: 2, ...KICK_OFF }, { operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ sequenceNumber: 0, termination: "cancellation" });
  exchange.sends.send({ operation: 1, payload: "late" }, { operation: 1, sequence: 0, ...KICK_OFF });
  exchange.sends.raw(Uint8Array.of(0x46, 0x83, 0x02, 0xa1, 0x03, 0x09, 0xf7));
  bench.mate.send({ payload: "late" });
  await bench.mate.expectNothing();
  assertEquals(bench.link.operationCount, 0);
});

test("invocationLink() carries all operations on one exchange, in both directions at once", async () => {
  await using bench = new InvocationBench();
  const ids = Array.from({ length: 200 }, () => bench.mate.open());
  const exchange = await bench.server.accept();
  for (const index of ids.keys()) await exchange.gets.expect({ operation: index + 1, group: "group" });
  for (const operationId of ids) bench.mate.send({ operationId, payload: "up" });
  for (const index of ids.keys()) exchange.sends.send({ operation: index + 1, payload: "down" });
  for (const operationId of ids) await bench.mate.expectTicket({ operationId, payload: "down" });
  for (const index of ids.keys()) await exchange.gets.expectExactly({ operation: index + 1, payload: "up" });
  await bench.server.expectNothing();
  assertEquals(bench.link.exchangeCount, 1);
  for (const operationId of ids) bench.mate.send({ operationId, termination: "cancellation" });
  assertEquals(bench.link.operationCount, 0);
});

test("P9.7 invocationLink() ends an exchange that has been idle, and opens another for the next operation", async () => {
  await using bench = new InvocationBench({ timeouts: { idleMs: 500, heartbeatMs: 15_000 } });
  bench.mate.open();
  const first = await bench.server.accept();
  await bench.clock.advance(5_000);
  bench.mate.send({ termination: "cancellation" });
  await bench.clock.advance(300);
  bench.mate.open({ method: "in between", termination: "completion" });
  await bench.clock.advance(5_000);
  first.sends.send({ operation: 2, termination: "completion" });
  await bench.mate.expectTicket({ termination: "completion" });
  await bench.clock.advance(499);
  await first.gets.expect({ operation: 1, group: "group" });
  await first.gets.expect({ operation: 1, termination: "cancellation" });
  await first.gets.expect({ operation: 2 });
  await first.gets.expectNothing();
  await bench.clock.advance(1);
  await first.gets.expectExactly({ kind: "end" });
  assertEquals(await first.gets.rest(), []);
  assertEquals(bench.link.exchangeCount, 1);
  first.finish();
  await nextTurn();
  assertEquals(bench.link.exchangeCount, 0);
  assertEquals(bench.clock.pendingTimers, 0);

  bench.mate.open({ method: "again" });
  const second = await bench.server.accept();
  await second.gets.expect({ operation: 1, method: "again" });
});

test("invocationLink() opens an exchange while another one ends", async () => {
  await using bench = new InvocationBench({ timeouts: { idleMs: 500 } });
  bench.mate.open();
  const first = await bench.server.accept();
  bench.mate.send({ termination: "cancellation" });
  await bench.clock.advance(500);
  bench.mate.open({ method: "next" });
  await (await bench.server.accept()).gets.expect({ operation: 1, method: "next" });
  first.finish();
});

test("P9.11 invocationLink() lets operations above the server's number wait for a place, and begins them in order", async () => {
  await using bench = new InvocationBench();
  const [a, b] = [bench.mate.open(), bench.mate.open()];
  const server = await bench.server.accept({ maxOperations: 2 });
  await server.gets.expect({ operation: 1 });
  await server.gets.expect({ operation: 2 });
  await nextTurn();
  const c = bench.mate.open({ method: "third" });
  const d = bench.mate.open({ method: "never begun" });
  const e = bench.mate.open({ method: "fifth" });
  await server.gets.expectNothing();
  await bench.server.expectNothing();
  bench.mate.send({ operationId: d, termination: "cancellation" });
  bench.mate.send({ operationId: b!, termination: "cancellation" });
  await server.gets.expect({ operation: 2, termination: "cancellation" });
  await server.gets.expect({ operation: 3, method: "third" });
  await server.gets.expectNothing();
  for (const operationId of [a!, c]) bench.mate.send({ operationId, termination: "cancellation" });
  await server.gets.expect({ operation: 1, termination: "cancellation" });
  // The one that was cancelled while it waited is none that the server knows.
  await server.gets.expect({ operation: 4, method: "fifth" });
  await server.gets.expect({ operation: 3, termination: "cancellation" });
  bench.mate.send({ operationId: e, termination: "cancellation" });
  await server.gets.expect({ operation: 4, termination: "cancellation" });
});

test("P9.6 invocationLink() opens no operation after a goaway, and goes on with those that are accepted", async () => {
  await using bench = new InvocationBench();
  const one = bench.mate.open();
  const first = await bench.server.accept();
  await first.gets.expect({ operation: 1 });
  first.sends.send({ operation: 1, payload: "before" });
  first.sends.send({ kind: "goaway", lastOperation: 1, message: "It is late" });
  await bench.mate.expectTicket({ operationId: one, payload: "before" });

  bench.mate.open({ method: "elsewhere" });
  const second = await bench.server.accept();
  await second.gets.expect({ operation: 1, method: "elsewhere" });

  bench.mate.send({ operationId: one, payload: "after" });
  await first.gets.expectExactly({ operation: 1, payload: "after" });
  first.sends.send({ operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ operationId: one, termination: "cancellation" });
  await first.gets.expectExactly({ kind: "end" });
  assertEquals(await first.gets.rest(), []);
  first.finish();
  await nextTurn();
  assertEquals(bench.link.exchangeCount, 1);
});

test("P9.6 invocationLink() ends an exchange at once if nothing runs when the server goes away", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.accept();
  bench.mate.send({ termination: "cancellation" });
  exchange.sends.send({ kind: "goaway", lastOperation: 1 }, { kind: "end" });
  exchange.sends.close();
  await nextTurn();
  assertEquals((await exchange.gets.rest()).at(-1), { kind: "end" });
  await nextTurn();
  assertEquals(bench.link.exchangeCount, 0);
});

test("invocationLink() gives an operation with headers of its own an exchange of its own", async () => {
  await using bench = new InvocationBench({ headers: { authorization: "all", "x-tenant": "all" } });
  bench.mate.open({ method: "shared" });
  const shared = await bench.server.accept();
  bench.mate.open({ method: "own", protocol: callOption({ headers: { authorization: "own" } }) });
  const own = await bench.server.accept();
  assertEquals(own.headers.get("authorization"), "own");
  assertEquals(own.headers.get("x-tenant"), "all");
  assertEquals(shared.headers.get("authorization"), "all");
  await own.gets.expect({ operation: 1, method: "own" });

  bench.mate.open({ method: "shared again" });
  await bench.server.expectNothing();
  await shared.gets.expect({ operation: 1, method: "shared" });
  await shared.gets.expect({ operation: 2, method: "shared again" });
  own.sends.send({ operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await own.gets.expectExactly({ kind: "end" });
  own.finish();
});

test("invocationLink() shares no exchange that has the headers of one operation", async () => {
  await using bench = new InvocationBench();
  bench.mate.open({ method: "own", protocol: callOption({ headers: { "x-own": "1" } }) });
  const own = await bench.server.accept();
  bench.mate.open({ method: "other" });
  const other = await bench.server.accept();
  assertEquals(other.headers.get("x-own"), null);
  await own.gets.expect({ operation: 1, method: "own" });
  await other.gets.expect({ operation: 1, method: "other" });
});

test("invocationLink() makes the headers anew for each request, also in its own time", async () => {
  let tokens = 0;
  await using bench = new InvocationBench({
    headers: async () => {
      await nextTurn();
      tokens += 1;
      return new Headers({ authorization: `token ${tokens}` });
    },
  });
  for (const token of ["token 1", "token 2"]) {
    bench.mate.open({ protocol: callOption({ headers: [["x-own", "1"]] }) });
    await nextTurn();
    const exchange = await bench.server.accept();
    assertEquals(exchange.headers.get("authorization"), token);
    bench.mate.send({ termination: "cancellation" });
    exchange.finish();
  }
});

for (const failing of [() => Promise.reject(new Error("no token")), () => ({ "bad name": "x" }) as HeadersInit]) {
  test(`invocationLink() fails operations if the headers cannot be made by ${failing}`, async () => {
    await using bench = new InvocationBench({ headers: failing });
    bench.mate.open();
    await bench.server.expectNothing();
    const told = await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable" });
    assertStringIncludes(String(told.message), "Cannot make the request's headers: ");
  });
}

/** P8.11: what an answer that is no exchange means. */
const STATUSES: readonly (readonly [status: number, code: string])[] = [
  [206, "unknown"],
  [400, "internal"],
  [401, "unauthenticated"],
  [403, "permission_denied"],
  [404, "unimplemented"],
  [405, "unimplemented"],
  [408, "unavailable"],
  [413, "resource_exhausted"],
  [415, "unimplemented"],
  [418, "unknown"],
  [429, "unavailable"],
  [500, "internal"],
  [501, "unimplemented"],
  [502, "unavailable"],
  [503, "unavailable"],
  [504, "unavailable"],
  [599, "unknown"],
];

for (const [status, code] of STATUSES) {
  test(`P8.11 invocationLink() takes status ${status} for ${code}, and the next operation tries again`, async () => {
    await using bench = new InvocationBench();
    const one = bench.mate.open();
    const two = bench.mate.open();
    const headers = { "content-type": "application/vnd.ticketlink+cbor-seq" };
    (await bench.server.next()).respond(` No: ${"x".repeat(1_000)} `, { status, headers });
    const message = `The server answered with status ${status}: "No: ${"x".repeat(196)}"…`;
    for (const operationId of [one, two]) {
      await bench.mate.expectExactly({ operationId, termination: "transmission failure", code, message });
    }
    assertEquals(bench.link.exchangeCount, 0);
    bench.mate.open();
    await (await bench.server.accept()).gets.expect({ operation: 1 });
  });
}

test("P8.11 invocationLink() takes a page for no exchange", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  (await bench.server.next()).respond("<html>", { headers: { "content-type": "text/html" } });
  const message = 'The server answered with content type "text/html", which is no exchange';
  await bench.mate.expectExactly({ termination: "transmission failure", code: "unknown", message });
  bench.mate.open();
  (await bench.server.next()).respond(null);
  await bench.mate.expectTicket({ message: "The server answered with content type none, which is no exchange" });
});

const PAGES: readonly (readonly [what: string, body: string, shown: string])[] = [
  ["the title of a page", "<html>\r\n<head><title> 502 Bad Gateway\n</title></head><h1>Sorry</h1>", "502 Bad Gateway"],
  ["no comment of a page", "<!DOCTYPE html>\n<!--[if IE]> <![endif]-->\n<title>Down</title>", "Down"],
  ["all of another text", '{\n  "error": "busy"\n}\n', '{\\n  \\"error\\": \\"busy\\"\\n}'],
];

for (const [what, body, shown] of PAGES) {
  test(`P8.11 the error of an answer shows ${what}`, async () => {
    await using bench = new InvocationBench();
    bench.mate.open();
    (await bench.server.next()).respond(body, { status: 502 });
    await bench.mate.expectTicket({ message: `The server answered with status 502: "${shown}"` });
  });
}

test("P8.11 the error of a page without text shows the status alone", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  (await bench.server.next()).respond("<html><body></body></html>", { status: 502 });
  await bench.mate.expectTicket({ message: "The server answered with status 502" });
});

for (const encoding of ["identity", "gzip", "br, GZIP", "zstd"]) {
  test(`P8.3 invocationLink() takes a response that says ${encoding}: fetch has decoded it`, async () => {
    await using bench = new InvocationBench();
    const operationId = bench.mate.open();
    const headers = { "content-type": "application/vnd.ticketlink+cbor-seq", "content-encoding": encoding };
    const exchange = await bench.server.next();
    exchange.accept({}, { headers });
    exchange.sends.send({ operation: 1, termination: "cancellation" });
    await bench.mate.expectTicket({ operationId, termination: "cancellation" });
  });
}

for (const encoding of ["x-unheard-of", "gzip, aes128gcm"]) {
  test(`P8.3 invocationLink() refuses a response that says ${encoding}`, async () => {
    await using bench = new InvocationBench();
    bench.mate.open();
    const headers = { "content-type": "application/vnd.ticketlink+cbor-seq", "content-encoding": encoding };
    (await bench.server.next()).respond("anything", { headers });
    const message = `Cannot use the response of fetch: its content-encoding is "${encoding}"`;
    await bench.mate.expectExactly({ termination: "transmission failure", code: "internal", message });
  });
}

test("P8.11 invocationLink() waits no longer than a second for the text of an error", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.next();
  exchange.respond(exchange.sends.stream, { status: 503 });
  exchange.sends.raw(new TextEncoder().encode("busy"));
  await bench.clock.advance(999);
  await bench.mate.expectNothing();
  await bench.clock.advance(1);
  await bench.mate.expectTicket({ code: "unavailable", message: 'The server answered with status 503: "busy"' });
  await exchange.sends.cancelled;
});

test("P8.11 invocationLink() reads no more of the text of an error than it shows", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  let pulls = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls += 1;
      controller.enqueue(new TextEncoder().encode("0123456789".repeat(10)));
    },
  }, { highWaterMark: 0 });
  (await bench.server.next()).respond(endless, { status: 500 });
  const { message } = await bench.mate.expectTicket({ code: "internal" });
  assertEquals(String(message).length, 'The server answered with status 500: ""…'.length + 200);
  // As many bytes as a refusal may have.
  assertEquals(pulls, 11);
});

test("P8.11 invocationLink() takes the status for what it is although the text breaks off", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.next();
  exchange.respond(exchange.sends.stream, { status: 401 });
  exchange.sends.error(new Error("reset"));
  await bench.mate.expectTicket({ code: "unauthenticated", message: "The server answered with status 401" });
});

test("S45 invocationLink() fails operations if the server cannot be reached", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  (await bench.server.next()).reject(new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") }));
  const message = "Cannot reach the server: fetch failed (ECONNREFUSED)";
  await bench.mate.expectExactly({ termination: "transmission failure", code: "unavailable", message });
  bench.link.joinLink(bench.mate);
});

test("S45 invocationLink() fails operations if fetch throws", async () => {
  const fetch = () => {
    throw new Error("no network here");
  };
  await using bench = new InvocationBench({ fetch });
  bench.mate.open();
  await bench.mate.expectTicket({ message: "Cannot reach the server: no network here" });
});

test("invocationLink() gives up a server that does not say hello", async () => {
  await using bench = new InvocationBench({ timeouts: { helloTimeoutMs: 3_000 } });
  bench.mate.open();
  const silent = await bench.server.next();
  await silent.gets.expect({ kind: "hello" });
  await bench.clock.advance(3_000);
  const message = "No hello of the server in 3000 ms; a proxy that buffers, or a middleware that reads the body " +
    "(bodyLimit), waits for the request's end";
  await bench.mate.expectExactly({ termination: "transmission failure", code: "unavailable", message });
  assert(silent.signal?.aborted);
  assert(await silent.gets.failure() instanceof Error);
});

/** What a server may do after its hello, and what its operations are told. */
type Misdeed = readonly [name: string, bytes: Uint8Array, code: string, says: string];
const MISDEEDS: readonly Misdeed[] = [
  ["garbage", new TextEncoder().encode("<html>"), "internal", "Cannot read a frame"],
  ["a frame that declares 4 GiB", Uint8Array.of(0x5a, 0xff, 0xff, 0xff, 0xff), "resource_exhausted", "maxFrameBytes"],
  ["a frame that is no item", Uint8Array.of(0x41, 0x01), "internal", "Cannot read a frame"],
];

for (const [name, bytes, code, says] of MISDEEDS) {
  test(`P9.9 invocationLink() fails an exchange for ${name}, tells the server why, and the next works`, async () => {
    await using bench = new InvocationBench();
    const one = bench.mate.open();
    const exchange = await bench.server.accept();
    await exchange.gets.expect({ operation: 1 });
    exchange.sends.raw(bytes);
    const { message } = await bench.mate.expectTicket({ operationId: one, termination: "transmission failure", code });
    assertStringIncludes(String(message), says);
    await exchange.gets.expectExactly({ kind: "end", code, message });
    bench.mate.open({ method: "next" });
    await (await bench.server.accept()).gets.expect({ operation: 1, method: "next" });
  });
}

test("P7.1 invocationLink() fails an exchange whose server does not begin with a hello", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.next();
  exchange.sends.send({ operation: 1, payload: 1 });
  exchange.respond(exchange.sends.stream, { headers: { "content-type": "application/vnd.ticketlink+cbor-seq" } });
  const message = "Cannot begin the exchange: got a ticket of operation 1 before the hello";
  await bench.mate.expectExactly({ termination: "transmission failure", code: "internal", message });
});

for (const versions of [[], [2], [1, 1]]) {
  test(`P7.3 invocationLink() fails an exchange whose server chooses versions [${versions}]`, async () => {
    await using bench = new InvocationBench();
    bench.mate.open();
    await bench.server.accept({ versions });
    const { message } = await bench.mate.expectTicket({ termination: "transmission failure", code: "internal" });
    assertStringIncludes(String(message), `chose version ${versions.join(", ") || "none"}, 1 was offered`);
  });
}

test("P7.5 invocationLink() refuses a server that accepts tiny frames, and respects what another accepts", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  await bench.server.accept({ maxFrameBytes: 1_023 });
  const { message } = await bench.mate.expectTicket({ termination: "transmission failure", code: "internal" });
  assertStringIncludes(String(message), "the peer accepts frames of 1023 bytes, at least 1024 are needed");

  bench.mate.open();
  const exchange = await bench.server.accept({ maxFrameBytes: 1_024 });
  await nextTurn();
  bench.mate.send({ payload: new Uint8Array(1_024) });
  await bench.mate.expectTicket({ termination: "transmission failure", code: "resource_exhausted" });
  await exchange.gets.expect({ operation: 1 });
  await exchange.gets.expect({ operation: 1, termination: "transmission failure" });
});

test("invocationLink() says nothing of an operation whose first ticket cannot be encoded", async () => {
  await using bench = new InvocationBench();
  bench.mate.open({ payload: Symbol("no") });
  await bench.mate.expectTicket({ sequenceNumber: 0, termination: "transmission failure", code: "internal" });
  bench.mate.open({ payload: "yes" });
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 2, payload: "yes" });
});

test("P3.7 invocationLink() ends the operation of a malformed ticket, on both sides, and no other", async () => {
  await using bench = new InvocationBench();
  const one = bench.mate.open();
  const two = bench.mate.open();
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1 });
  await exchange.gets.expect({ operation: 2 });
  exchange.sends.raw(Uint8Array.of(0x46, 0x83, 0x01, 0xa1, 0x03, 0x09, 0xf7));
  exchange.sends.send({ operation: 2, payload: "well" });
  await bench.mate.expectTicket({ operationId: one, termination: "reception failure", code: "internal" });
  await bench.mate.expectTicket({ operationId: two, payload: "well" });
  await exchange.gets.expect({ operation: 1, termination: "reception failure", code: "internal" });
});

test("invocationLink() ends an operation whose mate throws, and reports it", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1 });
  bench.link.joinLink({
    acceptTicket: () => {
      throw new Error("secret");
    },
    joinLink: () => {},
  });
  exchange.sends.send({ operation: 1, payload: 1 }, { operation: 1, payload: 2 });
  const told = await exchange.gets.expect({ operation: 1, termination: "transmission failure", code: "internal" });
  assert(!JSON.stringify(told).includes("secret"));
  assertEquals(bench.takeErrors(), ["Error: secret"]);
  await exchange.gets.expectNothing();
  // What is told when the exchange goes down may throw as well.
  bench.mate.open({ method: "second" });
  exchange.sends.error(new Error("reset"));
  await nextTurn();
  assertEquals(bench.takeErrors(), ["Error: secret"]);
});

/** Ways in which a server can be gone, and what the operations are told. */
const LOSSES: readonly (readonly [name: string, message: string])[] = [
  ["breaks off", "Lost the connection: reset"],
  ["ends without an end item", "Lost the connection: the body ended without an end frame"],
  ["ends with an end item", "The server ended the exchange"],
];

for (const [name, message] of LOSSES) {
  test(`S45 invocationLink() ends all operations at once when the response ${name}, and the next works`, async () => {
    await using bench = new InvocationBench();
    const ids = [bench.mate.open(), bench.mate.open(), bench.mate.open({ termination: "completion" })];
    const exchange = await bench.server.accept();
    await nextTurn();
    if (name === "breaks off") exchange.sends.error(new Error("reset"));
    else {
      if (name === "ends with an end item") exchange.sends.send({ kind: "end" });
      exchange.sends.close();
    }
    for (const operationId of ids) {
      await bench.mate.expectExactly({
        operationId,
        termination: "transmission failure",
        code: "unavailable",
        message,
      });
    }
    assertEquals(bench.link.exchangeCount, 0);
    assert(exchange.signal?.aborted);
    bench.mate.open({ method: "next" });
    await (await bench.server.accept()).gets.expect({ operation: 1, method: "next" });
  });
}

test("P9.10 invocationLink() ends operations with the code that the server gave the exchange up with", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.accept();
  exchange.sends.send({ kind: "end", code: "resource_exhausted", message: "Too much" });
  await bench.mate.expectExactly({
    termination: "transmission failure",
    code: "resource_exhausted",
    message: 'The peer says: "Too much"',
  });
});

test("S45 invocationLink() ends operations when the HTTP layer gives the request up", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.accept();
  await nextTurn();
  await exchange.gets.cancel(new Error("broken pipe"));
  const message = "Lost the connection: the request was given up, broken pipe";
  await bench.mate.expectExactly({ termination: "transmission failure", code: "unavailable", message });
});

test("invocationLink() waits for the answer of a server that does not read the request", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.next();
  await exchange.gets.cancel(new Error("not read"));
  await bench.mate.expectNothing();
  exchange.respond("Who are you?", { status: 401 });
  await bench.mate.expectTicket({ code: "unauthenticated" });
});

test("P9.3 invocationLink() asks a silent server, and gives it up after as much silence again", async () => {
  await using bench = new InvocationBench({ timeouts: { heartbeatMs: 1_000 } });
  bench.mate.open();
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1 });
  await bench.clock.advance(1_000);
  await exchange.gets.expectExactly({ kind: "ping", value: 1 });
  exchange.sends.send({ kind: "pong", value: 1 });
  await bench.clock.advance(1_999);
  await bench.mate.expectNothing();
  await bench.clock.advance(1);
  const message = "Lost the connection: the peer was silent for 2000 ms";
  await bench.mate.expectExactly({ termination: "transmission failure", code: "unavailable", message });
});

test("P9.2 invocationLink() answers a ping at once", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1 });
  exchange.sends.send({ kind: "ping", value: 77 });
  await exchange.gets.expectExactly({ kind: "pong", value: 77 });
});

test("P9.4 invocationLink() fails an exchange with too many control items", async () => {
  await using bench = new InvocationBench({ limits: { maxControlItemsPerSecond: 5 } });
  bench.mate.open();
  const exchange = await bench.server.accept();
  for (let value = 0; value < 5; value++) exchange.sends.send({ kind: "ping", value });
  await bench.mate.expectTicket({ termination: "transmission failure", code: "resource_exhausted" });
});

test("P9.3, P9.20 invocationLink() lets what a server does not read wait, with bounded bytes, until it is missed", async () => {
  await using bench = new InvocationBench({ flow: { highWaterBytes: 100_000 }, timeouts: { heartbeatMs: 1_000 } });
  const operationId = bench.mate.open();
  const { signal, sends } = await bench.server.accept();
  const request = bench.link;
  for (let sent = 0; sent < 1_000; sent++) {
    bench.mate.send({ payload: new Uint8Array(1_000) });
    await nextTurn();
  }
  assertEquals([request.operationCount, signal?.aborted], [1, false]);
  // What has not left can be taken back.
  bench.mate.send({ operationId, termination: "cancellation" });
  assertEquals(bench.link.operationCount, 0);
  sends.error(new Error("gone"));
});

test("close() cancels what runs, ends the exchanges in good order, and refuses what comes later", async () => {
  await using bench = new InvocationBench();
  const one = bench.mate.open();
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1 });
  let closed = false;
  const closing = bench.link.close().then(() => closed = true);
  const told = { termination: "transmission failure", code: "unavailable", message: "The link is closed" } as const;
  await bench.mate.expectExactly({ operationId: one, ...told });
  await exchange.gets.expectExactly({
    operation: 1,
    termination: "cancellation",
    code: "cancelled",
    message: "The client's link is closed",
  });
  await exchange.gets.expectExactly({ kind: "end" });
  assertEquals(await exchange.gets.rest(), []);
  assert(!closed);
  exchange.finish();
  await closing;

  const late = bench.mate.open();
  bench.mate.send({ payload: "more" });
  await bench.mate.expectExactly({ operationId: late, ...told });
  await bench.server.expectNothing();
  await bench.link.close();
});

test("close() waits no longer than a second for a server that takes no notice", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.accept();
  const closing = bench.link.close();
  await bench.mate.expectTicket({ message: "The link is closed" });
  await bench.clock.advance(999);
  assertEquals(bench.link.exchangeCount, 1);
  await bench.clock.advance(1);
  await closing;
  assert(exchange.signal?.aborted);
});

test("close() gives up a request that has not been answered", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  const exchange = await bench.server.next();
  const closing = bench.link.close();
  await bench.mate.expectTicket({ message: "The link is closed" });
  await bench.clock.advance(1_000);
  await closing;
  assert(exchange.signal?.aborted);
});

test("invocationLink() cancels a response that comes too late", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using bench = new InvocationBench({ fetch: () => promise, timeouts: { helloTimeoutMs: 1_000 } });
  bench.mate.open();
  await bench.clock.advance(1_000);
  await bench.mate.expectTicket({ termination: "transmission failure" });
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() });
  resolve(new Response(body, { headers: { "content-type": "application/vnd.ticketlink+cbor-seq" } }));
  await cancelled.promise;
});

test("invocationLink() lets a mate open an operation from within a failure", async () => {
  await using bench = new InvocationBench();
  const retried: Ticket[] = [];
  bench.mate.open();
  const exchange = await bench.server.accept();
  bench.link.joinLink({
    acceptTicket: (ticket) => {
      retried.push(ticket);
      bench.link.acceptTicket({ ...KICK_OFF, operationId: newOperationId(), sequenceNumber: 0, method: "retry" });
    },
    joinLink: () => {},
  });
  exchange.sends.error(new Error("reset"));
  const second = await bench.server.accept();
  await second.gets.expect({ operation: 1, method: "retry" });
  assertEquals(retried.length, 1);
  bench.link.joinLink(bench.mate);
  second.sends.send({ operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "cancellation" });
});

test("invocationLink() refuses an URL that is none, a kind that is none, and numbers out of range", () => {
  const wrong: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ["not a url", {}, "TypeError: Cannot make an invocation link: expected a URL with a host"],
    ["localhost:8000/rpc", {}, 'a path that begins with "/", got "localhost:8000/rpc"'],
    ["http://ada:secret@localhost:8000/rpc", {}, "and without credentials"],
    ["//ada:secret@localhost/rpc", {}, 'got "…@localhost/rpc"'],
    [
      "/",
      { exchange: "both" as "pair" },
      'TypeError: Cannot make an invocation link: expected exchange "auto" or one of',
    ],
    ["/", { exchange: "socket" }, 'TypeError: Cannot make an invocation link: exchange "socket" cannot be had here'],
    ["/", { timeouts: { idleMs: 0 } }, 'RangeError: Cannot use option "idleMs"'],
    ["/", { timeouts: { heartbeatMs: 0.5 } }, 'RangeError: Cannot use option "heartbeatMs"'], // P6.5: a hello has integers
    ["/", { timeouts: { heartbeatMs: NaN } }, 'RangeError: Cannot use option "heartbeatMs"'],
    ["/", { limits: { maxRequestBytes: 1.5 } }, 'RangeError: Cannot use option "maxRequestBytes"'],
    ["/", { limits: { maxFrameBytes: -1 } }, 'RangeError: Cannot use option "maxFrameBytes"'],
  ];
  for (const [url, options, says] of wrong) {
    let caught: unknown;
    try {
      new InvocationBench(options, url);
    } catch (error) {
      caught = error;
    }
    assertStringIncludes(String(caught), says);
  }
});
