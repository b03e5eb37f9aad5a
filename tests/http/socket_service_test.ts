import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Context } from "npm:hono@^4";
import type { Ticket } from "../../src/links/mod.ts";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import { clientHello } from "./scripted_client.ts";
import type { ScriptedSocket } from "./scripted_sockets.ts";
import { SocketBench } from "./socket_bench.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;
const HELLO = clientHello({ exchange: "socket" });
const MIB = 1_048_576;

/** Ends an exchange as a client that has nothing left to say. */
async function finish(socket: ScriptedSocket): Promise<void> {
  socket.say({ kind: "end" });
  await socket.gets.expectExactly({ kind: "end" });
  assertEquals(socket.closedWith, { code: 1000, reason: "" });
  socket.closeByPeer(1000);
}

for (const tellsOpen of [true, false]) {
  test(`P7.27 serviceLink() carries operations in messages where opening is ${tellsOpen ? "" : "not "}told`, async () => {
    await using bench = new SocketBench({}, { tellsOpen });
    const socket = await bench.greet();
    socket.say({ operation: 1, ...KICK_OFF, payload: "up" });
    const { protocol } = await bench.mate.expectTicket({ sequenceNumber: 0, group: "g", payload: "up" });
    assertEquals((protocol?.value as Context).req.path, PATH);
    assertEquals((protocol?.value as Context).req, socket.context.req);
    bench.mate.send({ payload: "down", termination: "completion" });
    await socket.gets.expect({ operation: 1, payload: "down" });
    socket.say({ operation: 1, termination: "completion" });
    await bench.mate.expectTicket({ termination: "completion" });
    await finish(socket);
  });
}

test("P7.27 serviceLink() reads the same however the bytes are cut into messages, empty ones included", async () => {
  await using bench = new SocketBench();
  const socket = await bench.open();
  const bytes = encode(HELLO, { operation: 1, ...KICK_OFF, payload: "one" }, {
    operation: 1,
    termination: "completion",
  });
  for (const byte of bytes) {
    socket.message(Uint8Array.of(byte).buffer);
    socket.message(new ArrayBuffer());
  }
  await bench.mate.expectTicket({ payload: "one" });
  await bench.mate.expectTicket({ termination: "completion" });
  bench.mate.send({ termination: "completion" });
  await socket.gets.expect({ kind: "hello" });
  await socket.gets.expect({ operation: 1 });
  await finish(socket);
});

test("P7.27 serviceLink() keeps the order of messages of all kinds of bytes, blobs among them", async () => {
  await using bench = new SocketBench();
  const socket = await bench.open();
  const pieces: ((bytes: Uint8Array<ArrayBuffer>) => unknown)[] = [
    (bytes) => new Blob([bytes]),
    (bytes) => bytes.slice().buffer,
    (bytes) => new Blob([bytes]),
    // A view of more than it shows, as of a pool.
    (bytes) => new Uint8Array([0, ...bytes, 0]).subarray(1, bytes.length + 1),
  ];
  socket.message(new Blob([encode(HELLO)]));
  for (let i = 0; i < 8; i++) {
    const kickOff = i === 0 ? KICK_OFF : {};
    socket.message(pieces[i % 4]!(encode({ operation: 1, ...kickOff, payload: `payload ${i}` })));
  }
  socket.message(encode({ operation: 1, termination: "completion" }));
  await bench.clock.runMicrotasks();
  for (let i = 0; i < 8; i++) await bench.mate.expectTicket({ payload: `payload ${i}` });
  await bench.mate.expectTicket({ termination: "completion" });
  bench.mate.send({ termination: "completion" });
  await socket.gets.expect({ kind: "hello" });
  await socket.gets.expect({ operation: 1 });
  await finish(socket);
});

test("P7.29 serviceLink() fails an exchange for a message of text, and closes with 1003", async () => {
  await using bench = new SocketBench();
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF });
  await bench.mate.expectTicket({ group: "g" });
  socket.message("text");
  const message = "Cannot go on with the exchange: expected messages of bytes, got one of text";
  await bench.mate.expectExactly({ termination: "transmission failure", code: "internal", message });
  await socket.gets.expectExactly({ kind: "end", code: "internal", message });
  assertEquals(socket.closedWith, { code: 1003, reason: message });
  socket.message(encode({ operation: 2, ...KICK_OFF }));
  socket.closeByPeer(1003);
});

test("P7.29 serviceLink() refuses a client whose first message is text", async () => {
  await using bench = new SocketBench();
  const socket = await bench.open();
  socket.message("hello");
  await bench.clock.runMicrotasks();
  assertEquals(socket.closedWith?.code, 1003);
  assertEquals(bench.link.exchangeCount, 0);
});

test("P7.31 serviceLink() fails an exchange for a message above maxBufferedBytes, and closes with 1009", async () => {
  await using bench = new SocketBench({ limits: { maxBufferedBytes: 5_000, maxFrameBytes: 5_000 } });
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF, payload: new Uint8Array(4_900) });
  await bench.mate.expectTicket({ group: "g" });
  socket.message(new ArrayBuffer(10_001));
  const message = "Cannot go on with the exchange: messages of 10001 bytes wait to be read, 10000 are allowed " +
    "(maxBufferedBytes)";
  await bench.mate.expectExactly({ termination: "transmission failure", code: "resource_exhausted", message });
  await socket.gets.expectExactly({ kind: "end", code: "resource_exhausted", message });
  assertEquals(socket.closedWith, { code: 1009, reason: message });
});

test("P7.31 serviceLink() counts blobs that it has not read yet", async () => {
  await using bench = new SocketBench({ limits: { maxBufferedBytes: 5_000, maxFrameBytes: 1_024 } });
  const socket = await bench.greet();
  for (let i = 0; i < 5; i++) socket.message(new Blob([new Uint8Array(1_000)]));
  assertEquals(socket.closedWith, undefined);
  // Each counts as 128 bytes more than it has.
  socket.message(new ArrayBuffer(400));
  await bench.clock.runMicrotasks();
  assertEquals(socket.closedWith?.code, 1009);
});

test("P7.30 serviceLink() sends no message above 262,144 bytes", async () => {
  await using bench = new SocketBench();
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF, termination: "completion" });
  await bench.mate.expectTicket({ group: "g" });
  const payload = new Uint8Array(1_000_000).map((_, i) => i);
  bench.mate.send({ payload, termination: "completion" });
  await socket.gets.expect({ payload });
  assertEquals(socket.lengths.slice(-4).map((length) => length <= 262_144), [true, true, true, true]);
  await finish(socket);
});

test("P7.31 serviceLink() bounds the messages that come while it does not read", async () => {
  await using bench = new SocketBench({ limits: { maxBufferedBytes: 20_000, maxFrameBytes: 1_024 } });
  const socket = await bench.greet();
  const tickets: Ticket[] = [];
  bench.link.joinLink({ acceptTicket: (ticket) => void tickets.push(ticket), joinLink: () => {} });
  // More operations than one time slice takes, so that others go on before the next message is read.
  socket.say(...Array.from({ length: 400 }, (_, i) => ({ operation: i + 1, ...KICK_OFF })));
  await bench.clock.runMicrotasks();
  const { length } = encode({ kind: "ping", value: 1 });
  for (let i = 0; i * (length + 128) < 16_000; i++) socket.say({ kind: "ping", value: 1 });
  assertEquals(socket.closedWith, undefined);
  for (let i = 0; i < 40; i++) socket.say({ kind: "ping", value: 1 });
  assertEquals(socket.closedWith?.code, 1009);
  await bench.clock.advance(100);
  const { termination, code } = tickets.at(-1)!;
  assertEquals([termination, code], ["transmission failure", "resource_exhausted"]);
});

test("P6.9 serviceLink() fails an exchange for a message after the end item", async () => {
  await using bench = new SocketBench();
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF, termination: "completion" }, { kind: "end" });
  await bench.mate.expectTicket({ group: "g" });
  socket.say({ kind: "ping", value: 1 });
  await bench.mate.expectTicket({ termination: "transmission failure", code: "internal" });
  await socket.gets.expect({ kind: "end", code: "internal" });
  assertEquals(socket.closedWith?.code, 4000);
});

for (const tellsBuffered of ["property", "method"] as const) {
  test(`P7.32 serviceLink() waits while a mebibyte waits in the WebSocket, told as a ${tellsBuffered}`, async () => {
    await using bench = new SocketBench({}, { tellsBuffered });
    const socket = await bench.greet();
    socket.say({ operation: 1, ...KICK_OFF, termination: "completion" });
    await bench.mate.expectTicket({ group: "g" });
    socket.bufferedAmount = MIB + 1;
    // One chunk was asked for before.
    bench.mate.send({ payload: "first" });
    await bench.clock.advance(1_000);
    bench.mate.send({ payload: "second" });
    await bench.clock.advance(1_000);
    const sent = socket.lengths.length;
    socket.bufferedAmount = MIB;
    await bench.clock.advance(160);
    await socket.gets.expect({ payload: "first" });
    await socket.gets.expect({ payload: "second" });
    assert(socket.lengths.length > sent);
    bench.mate.send({ termination: "completion" });
    await socket.gets.expect({ termination: "completion" });
    await finish(socket);
  });
}

test("P7.32 serviceLink() lets what a client does not read wait, and sends it when it reads again", async () => {
  await using bench = new SocketBench({ flow: { highWaterBytes: 100_000 } });
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF, termination: "completion" });
  await bench.mate.expectTicket({ group: "g" });
  socket.bufferedAmount = 2 * MIB;
  const payloads = Array.from({ length: 40 }, (_, i) => new Uint8Array(10_000).fill(i));
  for (const payload of payloads) {
    bench.mate.send({ payload });
    await bench.clock.runMicrotasks();
  }
  await bench.clock.advance(5_000);
  await bench.mate.expectNothing();
  await socket.gets.expectNothing();
  socket.bufferedAmount = 0;
  await bench.clock.advance(160);
  for (const payload of payloads) await socket.gets.expect({ payload });
  bench.mate.send({ termination: "completion" });
  await socket.gets.expect({ termination: "completion" });
  await finish(socket);
});

test("P7.32 serviceLink() sends what waits before it closes", async () => {
  await using bench = new SocketBench();
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF, termination: "completion" });
  await bench.mate.expectTicket({ group: "g" });
  socket.bufferedAmount = 2 * MIB;
  bench.mate.send({ payload: "last", termination: "completion" });
  socket.say({ kind: "end" });
  await bench.clock.runMicrotasks();
  assertEquals(socket.closedWith, { code: 1000, reason: "" });
  await socket.gets.expect({ payload: "last", termination: "completion" });
  await socket.gets.expectExactly({ kind: "end" });
});

test("P7.34 serviceLink() ends at once what a client leaves that has not taken the last of it", async () => {
  await using bench = new SocketBench();
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF, termination: "completion" });
  await bench.mate.expectTicket({ group: "g" });
  socket.bufferedAmount = 2 * MIB;
  bench.mate.send({ payload: "not last" });
  await bench.clock.runMicrotasks();
  bench.mate.send({ payload: "last", termination: "completion" });
  socket.say({ kind: "end" });
  await bench.clock.runMicrotasks();
  assertEquals(bench.link.exchangeCount, 1);
  socket.closeByPeer(1006);
  await bench.clock.runMicrotasks();
  assertEquals(bench.link.exchangeCount, 0);
});

test("P7.33 serviceLink() goes on after the client's end item until it has said its own, then closes with 1000", async () => {
  await using bench = new SocketBench();
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF, termination: "completion" }, { kind: "end" });
  await bench.mate.expectTicket({ group: "g" });
  for (let i = 0; i < 3; i++) {
    bench.mate.send({ payload: i });
    await socket.gets.expect({ payload: i });
    // S46: the client cannot grant any more.
    await bench.mate.expectTicket({ allowance: 1 });
    assertEquals(socket.closedWith, undefined);
  }
  bench.mate.send({ termination: "completion" });
  await socket.gets.expect({ termination: "completion" });
  await socket.gets.expectExactly({ kind: "end" });
  assertEquals(socket.closedWith, { code: 1000, reason: "" });
});

for (const code of [1000, 1001, 1005, 1006, 4000]) {
  test(`P7.34 serviceLink() takes a close with ${code} before the end item for a lost connection`, async () => {
    await using bench = new SocketBench();
    const socket = await bench.greet();
    socket.say({ operation: 1, ...KICK_OFF });
    await bench.mate.expectTicket({ group: "g" });
    socket.closeByPeer(code, code === 1001 ? "Tab closed" : "");
    const { message } = await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable" });
    assertStringIncludes(String(message), `Lost the connection: the WebSocket was closed with code ${code}`);
    assertEquals(String(message).endsWith(', "Tab closed"'), code === 1001);
    assertEquals(bench.link.exchangeCount, 0);
  });
}

test("P7.34 serviceLink() cancels what a client leaves that has ended the exchange", async () => {
  await using bench = new SocketBench();
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF, termination: "completion" }, { kind: "end" });
  await bench.mate.expectTicket({ group: "g" });
  socket.closeByPeer(1001);
  await bench.mate.expectTicket({ termination: "cancellation", code: "cancelled" });
});

test("P7.34 serviceLink() reads blobs that came before a close", async () => {
  await using bench = new SocketBench();
  const socket = await bench.greet();
  socket.message(new Blob([encode({ operation: 1, ...KICK_OFF })]));
  socket.message(new Blob([encode({ operation: 1, termination: "completion" }, { kind: "end" })]));
  socket.closeByPeer(1000);
  await bench.mate.expectTicket({ group: "g" });
  await bench.mate.expectTicket({ termination: "completion" });
  await bench.mate.expectTicket({ termination: "cancellation" });
});

test("serviceLink() takes an error of the WebSocket, or of sending, for a lost connection", async () => {
  await using bench = new SocketBench();
  const broken = await bench.greet();
  broken.say({ operation: 1, ...KICK_OFF });
  await bench.mate.expectTicket({ group: "g" });
  broken.error();
  await bench.mate.expectTicket({ message: "Lost the connection: the WebSocket has failed", code: "unavailable" });
  const deaf = await bench.greet();
  deaf.say({ operation: 1, ...KICK_OFF });
  await bench.mate.expectTicket({ group: "g" });
  deaf.broken = new Error("not open");
  bench.mate.send({ payload: "one" });
  await bench.mate.expectTicket({ message: "Lost the connection: the WebSocket takes nothing more" });
});

const HELLOS = [
  [4400, clientHello({ exchange: "socket", versions: [9] }), "expected a hello that offers version 1, got one with 9"],
  [4400, clientHello({ exchange: "duplex" }), "expected a socket one, got duplex"],
  [4400, clientHello({ exchange: "single" }), "expected a socket one, got single"],
  [4400, { operation: 1, ...KICK_OFF }, "got a ticket of operation 1 before the hello"],
] as const;

for (const [code, first, says] of HELLOS) {
  test(`P7.35 serviceLink() states a refusal and closes with ${code}: ${says}`, async () => {
    await using bench = new SocketBench();
    const socket = await bench.open();
    socket.say(first);
    await bench.clock.runMicrotasks();
    assertEquals(socket.closedWith?.code, code);
    assertStringIncludes(socket.closedWith?.reason ?? "", says);
    assertEquals(bench.link.exchangeCount, 0);
    const refusal = await socket.gets.expect({ kind: "refusal", status: code - 4_000 });
    assertStringIncludes("message" in refusal ? String(refusal.message) : "", says);
    assertEquals(await socket.gets.rest(), []);
  });
}

test("P7.35 serviceLink() closes with 4413 for a first frame above maxFrameBytes", async () => {
  await using bench = new SocketBench({ limits: { maxFrameBytes: 1_024 } });
  const socket = await bench.open();
  socket.message(Uint8Array.of(0x59, 0x04, 0x01).buffer);
  await bench.clock.runMicrotasks();
  assertEquals(socket.closedWith?.code, 4413);
  assertStringIncludes(socket.closedWith?.reason ?? "", "maxFrameBytes");
});

for (const tellsOpen of [true, false]) {
  test(`P7.35 serviceLink() closes with 4408 without a hello in time, opening ${tellsOpen ? "" : "not "}told`, async () => {
    await using bench = new SocketBench({ timeouts: { helloTimeoutMs: 700 } }, { tellsOpen });
    const socket = await bench.open();
    if (tellsOpen) socket.message(encode(HELLO).slice(0, 3));
    await bench.clock.advance(699);
    assertEquals(bench.link.exchangeCount, 1);
    await bench.clock.advance(1);
    assertEquals(bench.link.exchangeCount, 0);
    // Without any event there is no WebSocket to close yet.
    if (!tellsOpen) socket.message(encode(HELLO));
    assertEquals(socket.closedWith?.code, 4408);
    assertEquals(socket.closedWith?.reason, "Cannot open an exchange: no complete hello in 700 ms (helloTimeoutMs)");
    await socket.gets.rest();
  });
}

test("P7.35 serviceLink() closes with 4503 when it stops before the hello", async () => {
  await using bench = new SocketBench();
  const socket = await bench.open();
  await bench.link.stop(0);
  assertEquals(socket.closedWith?.code, 4503);
});

test("P7.35 serviceLink() cuts the reason of a close down to 123 bytes of whole characters", async () => {
  await using bench = new SocketBench();
  const socket = await bench.open();
  socket.say({ ...clientHello({ exchange: "socket" }), versions: Array.from({ length: 100 }, (_, i) => i + 2) });
  await bench.clock.runMicrotasks();
  const { reason = "" } = socket.closedWith ?? {};
  assertEquals(new TextEncoder().encode(reason).length, 123);
});

test("P7.28, P9.3 serviceLink() gives a silent client up, and closes with 4000", async () => {
  await using bench = new SocketBench({ timeouts: { heartbeatMs: 1_000 } });
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF });
  await bench.mate.expectTicket({ group: "g" });
  await bench.clock.advance(1_000);
  await socket.gets.expectExactly({ kind: "ping", value: 1 });
  // What has no bytes is no sign of life.
  socket.message(new ArrayBuffer());
  await bench.clock.advance(1_000);
  await bench.mate.expectTicket({ message: "Lost the connection: the peer was silent for 2000 ms" });
  assertEquals(socket.closedWith, { code: 4000, reason: "" });
});

test("P9.5 serviceLink() drains a socket as any exchange, when it is old and when it stops", async () => {
  await using bench = new SocketBench({ timeouts: { maxExchangeAgeMs: 5_000 } });
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF, termination: "completion" });
  await bench.mate.expectTicket({ group: "g" });
  await bench.clock.advance(5_000);
  await socket.gets.expect({ kind: "goaway", lastOperation: 1 });
  bench.mate.send({ termination: "completion" });
  await socket.gets.expect({ operation: 1 });
  await finish(socket);
});

test("P9.7 serviceLink() closes with 4000 when the client never says its end item", async () => {
  await using bench = new SocketBench();
  const socket = await bench.greet();
  const stopped = bench.link.stop(0);
  await socket.gets.expect({ kind: "goaway" });
  await bench.clock.advance(500);
  await socket.gets.expectExactly({ kind: "end" });
  await bench.clock.advance(500);
  await stopped;
  assertEquals(socket.closedWith, { code: 4000, reason: "" });
});

test("P8.14 handler() answers with 405 what asks for a WebSocket where there is none", async () => {
  await using bench = new ServiceBench();
  const response = await bench.app.request(PATH, { headers: { upgrade: "websocket", connection: "Upgrade" } });
  assertEquals([response.status, response.headers.get("allow")], [405, "POST"]);
  assertEquals(bench.takeErrors(), ["Error: Cannot open a WebSocket: the handler has no option upgradeWebSocket"]);
});

test("P8.15 handler() reports ten refused WebSockets in a second at most, as any page can ask for one", async () => {
  await using bench = new SocketBench();
  const ask = () => bench.ask({ origin: "https://evil.example", host: "app.example" });
  for (let i = 0; i < 100; i++) assertEquals((await ask()).status, 403);
  assertEquals(bench.takeErrors().length, 10);
  await bench.clock.advance(1_000);
  await ask();
  assertEquals(bench.takeErrors().length, 1);
});

test("P8.14 handler() takes requests that ask for no WebSocket as ever", async () => {
  await using bench = new SocketBench();
  assertEquals((await bench.app.request(PATH)).status, 405);
  assertEquals((await bench.app.request(PATH, { headers: { upgrade: "h2c" } })).status, 405);
  assertEquals((await bench.app.request(PATH, { method: "POST", headers: { upgrade: "websocket" } })).status, 415);
});

test("P8.14 handler() reads the Upgrade header without case, and as a list", async () => {
  await using bench = new SocketBench();
  const response = await bench.ask({ upgrade: "foo, WebSocket" });
  assertEquals(response.status, 200);
  assertEquals(bench.link.exchangeCount, 1);
});

const ORIGINS: readonly (readonly [string, Record<string, string>, ServiceLinkOptions, number])[] = [
  ["its own", { origin: "http://localhost" }, {}, 200],
  ["its own by the Host header", { origin: "https://app.example", host: "app.example" }, {}, 200],
  ["its own with the default port", { origin: "https://app.example", host: "app.example:443" }, {}, 200],
  ["another one", { origin: "https://evil.example", host: "app.example" }, {}, 403],
  ["another port", { origin: "https://app.example:8443", host: "app.example" }, {}, 403],
  ["a part of its own", { origin: "https://app.example.evil.example", host: "app.example" }, {}, 403],
  ["none that can be told", { origin: "null", host: "app.example" }, {}, 403],
  ["none at all, and hostile", { origin: "", host: "app.example" }, {}, 403],
  ["one that is allowed", { origin: "https://other.example" }, { socketOrigins: ["https://other.example"] }, 200],
  ["one that is not", { origin: "https://other.example" }, { socketOrigins: ["https://another.example"] }, 403],
  ["any", { origin: "null" }, { socketOrigins: "any" }, 200],
  ["no browser's", {}, {}, 200],
];

for (const [name, headers, options, status] of ORIGINS) {
  test(`P8.15 handler() answers a page of ${name} origin with ${status}: ${JSON.stringify(headers)}`, async () => {
    await using bench = new SocketBench(options);
    const response = await bench.ask(headers);
    assertEquals(response.status, status);
    assertEquals(bench.link.exchangeCount, status === 200 ? 1 : 0);
    if (status === 200) return;
    assertEquals(response.headers.get("content-type"), "text/plain; charset=utf-8");
    const why = await response.text();
    assertStringIncludes(why, `pages of origin "${headers["origin"]}" may not open a WebSocket here`);
    // No client sees it.
    assertEquals(bench.takeErrors(), [`Error: ${why}`]);
  });
}

test("P8.15 handler() does not take a page without TLS for its own where it has TLS itself", async () => {
  await using bench = new SocketBench();
  const headers = { upgrade: "websocket", host: "app.example", origin: "http://app.example" };
  assertEquals((await bench.app.request(`https://app.example${PATH}`, { headers })).status, 403);
  assertEquals(bench.takeErrors().length, 1);
  // Behind a proxy that ends TLS the server does not know.
  assertEquals((await bench.app.request(`http://app.example${PATH}`, { headers })).status, 200);
});

test("P8.14 handler() says in a WebSocket that it is full, and that it stops", async () => {
  await using bench = new SocketBench({ limits: { maxExchanges: 1 } });
  const socket = await bench.greet();
  await expectRefusal(await bench.open(), "1 are open already (maxExchanges)");
  await finish(socket);
  await bench.link.stop(0);
  await expectRefusal(await bench.open(), "the service is stopping");
});

test("P8.14 handler() that stops closes a WebSocket whose opening the platform does not tell with the first message", async () => {
  await using bench = new SocketBench({}, { tellsOpen: false });
  await bench.link.stop(0);
  const socket = await bench.open();
  socket.say(HELLO);
  await expectRefusal(socket, "the service is stopping");
});

/** Checks that the only message of a server is a refusal with 503. */
async function expectRefusal(socket: ScriptedSocket, why: string): Promise<void> {
  const [refusal, ...more] = await socket.gets.rest();
  assertEquals(more, []);
  assert(refusal !== undefined && "kind" in refusal && refusal.kind === "refusal");
  assertEquals([refusal.status, socket.closedWith?.code], [503, 4503]);
  assertStringIncludes(String(refusal.message), why);
}

const HANDSHAKE = {
  connection: "keep-alive, Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

test("P8.16 handler() answers with 400 what the platform does not upgrade, and leaves nothing", async () => {
  await using bench = new SocketBench({}, { respond: () => undefined });
  const response = await bench.ask(HANDSHAKE);
  assertEquals(response.status, 400);
  const why = await response.text();
  assertStringIncludes(why, "cannot be made a WebSocket");
  assertEquals(bench.takeErrors(), [`Error: ${why}`]);
  assertEquals(bench.link.exchangeCount, 0);
});

test("P8.16 handler() reports what the platform throws, unless it is for what the request says, and that it has refused it", async () => {
  const respond = (): never => {
    throw new TypeError("env has to include the 2nd argument of fetch.");
  };
  await using bench = new SocketBench({}, { respond });
  assertEquals((await bench.ask(HANDSHAKE)).status, 400);
  assertEquals(bench.takeErrors(), ["TypeError: env has to include the 2nd argument of fetch."]);
  for (const name of Object.keys(HANDSHAKE)) {
    assertEquals((await bench.ask({ ...HANDSHAKE, [name]: "x" })).status, 400);
    assertEquals(bench.takeErrors(), ["Error: Cannot open an exchange: the request cannot be made a WebSocket"]);
  }
  assertEquals(bench.link.exchangeCount, 0);
});

test("serviceLink() tells WebSockets apart", async () => {
  await using bench = new SocketBench();
  const sockets = [await bench.greet(), await bench.greet()];
  for (const socket of sockets) socket.say({ operation: 1, ...KICK_OFF, termination: "completion" });
  const tickets = [await bench.mate.expectTicket(), await bench.mate.expectTicket()];
  bench.mate.send({ operationId: tickets[1]!.operationId, payload: "second", termination: "completion" });
  bench.mate.send({ operationId: tickets[0]!.operationId, payload: "first", termination: "completion" });
  await sockets[0]!.gets.expect({ payload: "first" });
  await sockets[1]!.gets.expect({ payload: "second" });
  for (const socket of sockets) await finish(socket);
});
