import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import type { Hello } from "../../src/wire/mod.ts";
import { encode, FrameFeed } from "./frame_feed.ts";
import { clientHello, openDuplex, postStream, ScriptedClient } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;

/** Opens an exchange with one operation that runs. */
async function openWithOperation(bench: ServiceBench): Promise<ScriptedClient> {
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, termination: "completion" });
  await bench.mate.expectTicket({ group: "g" });
  return client;
}

test("P7.2 serviceLink() says its version and its limits in its hello", async () => {
  await using bench = new ServiceBench({
    limits: { maxFrameBytes: 5_000, maxOperations: 7 },
    timeouts: { heartbeatMs: 900 },
  });
  const client = await openDuplex(bench.fetch, PATH);
  await client.finish();
  const again = await bench.fetch(PATH, {
    method: "POST",
    headers: { "content-type": "application/vnd.ticketlink+cbor-seq" },
    body: encode({ kind: "hello", versions: [9, 1], exchange: "duplex" }, { kind: "end" }),
  });
  const hello: Hello = {
    kind: "hello",
    versions: [1],
    maxFrameBytes: 5_000,
    maxOperations: 7,
    heartbeatMs: 900,
    offers: ["duplex", "single", "pair"],
    windowBytes: 16_777_216,
  };
  assertEquals(await again.bytes(), encode(hello, { kind: "end" }));
});

test("P7.2 serviceLink() offers no pair where it is told not to", async () => {
  await using bench = new ServiceBench({ pair: false });
  const feed = new FrameFeed();
  feed.send(clientHello());
  const { gets } = new ScriptedClient(await postStream(bench.fetch, PATH, feed.stream), feed);
  await gets.expect({ kind: "hello", offers: ["duplex", "single"] });
  await gets.cancel();
});

test("P9.2 serviceLink() answers a ping at once, and takes a pong and what it does not know for a sign of life", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ kind: "ping", value: 0 }, { kind: "ping", value: 4_000_000_000 });
  await client.gets.expectExactly({ kind: "pong", value: 0 });
  await client.gets.expectExactly({ kind: "pong", value: 4_000_000_000 });
  client.sends.send({ kind: "pong", value: 3 }, { kind: "goaway", lastOperation: 0 });
  client.sends.raw(Uint8Array.of(0x43, 0x82, 0x2a, 0xa0)); // [-11, {}]
  await client.gets.expectNothing();
  await client.finish();
});

test("P9.3 serviceLink() asks a silent client, and gives it up after as much silence again", async () => {
  await using bench = new ServiceBench({ timeouts: { heartbeatMs: 1_000 } });
  const client = await openWithOperation(bench);
  await bench.clock.advance(999);
  await client.gets.expectNothing();
  await bench.clock.advance(1);
  await client.gets.expectExactly({ kind: "ping", value: 1 });
  await bench.clock.advance(999);
  await bench.mate.expectNothing();
  await bench.clock.advance(1);
  await bench.mate.expectExactly({
    termination: "transmission failure",
    code: "unavailable",
    message: "Lost the connection: the peer was silent for 2000 ms",
  });
  await client.gets.expectCut();
});

test("P9.3 serviceLink() keeps an exchange whose client answers, for as long as it does", async () => {
  await using bench = new ServiceBench({ timeouts: { heartbeatMs: 1_000, maxExchangeAgeMs: 1_000_000 } });
  const client = await openWithOperation(bench);
  for (let value = 1; value <= 10; value++) {
    await bench.clock.advance(1_000);
    await client.gets.expectExactly({ kind: "ping", value });
    client.sends.send({ kind: "pong", value });
    await bench.clock.runMicrotasks();
  }
  bench.mate.send({ termination: "completion" });
  await client.gets.expect({ operation: 1 });
  await client.finish();
});

test("P9.1 serviceLink() pings a client that speaks while it has nothing to say itself", async () => {
  await using bench = new ServiceBench({ timeouts: { heartbeatMs: 1_000 } });
  const client = await openWithOperation(bench);
  for (let i = 0; i < 3; i++) {
    await bench.clock.advance(400);
    client.sends.send({ operation: 1, allowance: 1 });
    await bench.mate.expectTicket({ allowance: 1 });
  }
  await client.gets.expect({ kind: "ping" });
  bench.mate.send({ termination: "completion" });
  await client.gets.expect({ operation: 1 });
  await client.finish();
});

test("P9.1 serviceLink() goes on with a client that has ended, speaks alone and grants on its behalf", async () => {
  await using bench = new ServiceBench({ timeouts: { heartbeatMs: 1_000 } });
  const client = await openWithOperation(bench);
  client.sends.send({ kind: "end" });
  client.sends.close();
  for (let value = 1; value <= 5; value++) {
    await bench.clock.advance(1_000);
    await client.gets.expectExactly({ kind: "ping", value });
  }
  bench.mate.send({ payload: 1 });
  await client.gets.expect({ payload: 1 });
  await client.gets.expectNothing();
  await bench.mate.expectExactly({ allowance: 1 });
  bench.mate.send({ payload: 2, termination: "completion" });
  await client.gets.expect({ payload: 2 });
  assertEquals(await client.gets.rest(), [{ kind: "end" }]);
});

test("P9.4 serviceLink() gives up an exchange with too many control items in a second, and no other", async () => {
  await using bench = new ServiceBench({ limits: { maxControlItemsPerSecond: 10 } });
  const neighbour = await openDuplex(bench.fetch, PATH);
  const client = await openWithOperation(bench);
  // The hello was one.
  for (let i = 0; i < 9; i++) client.sends.send({ kind: "pong", value: i });
  await bench.clock.advance(1_000);
  for (let i = 0; i < 10; i++) client.sends.send({ kind: "pong", value: i });
  await bench.mate.expectNothing();
  client.sends.send({ kind: "pong", value: 10 });
  const { message } = await bench.mate.expectTicket({
    termination: "transmission failure",
    code: "resource_exhausted",
  });
  assertStringIncludes(String(message), "more than 10 control items in a second (maxControlItemsPerSecond)");
  await client.gets.expectExactly({ kind: "end", code: "resource_exhausted", message });
  assertEquals(await client.gets.rest(), []);
  await neighbour.finish();
});

/** Bodies that go wrong after the hello, beyond one operation. */
const VIOLATIONS: readonly (readonly [name: string, bytes: Uint8Array, code: string, says: string])[] = [
  ["garbage", new TextEncoder().encode("HTTP/1.1 200 OK\r\n"), "internal", "Cannot read a frame"],
  ["a frame that declares 4 GiB", Uint8Array.of(0x5a, 0xff, 0xff, 0xff, 0xff), "resource_exhausted", "maxFrameBytes"],
  [
    "a frame that declares 2^63 bytes",
    Uint8Array.of(0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0),
    "resource_exhausted",
    "maxFrameBytes",
  ],
  ["a second hello", encode({ kind: "hello", versions: [1], exchange: "duplex" }), "internal", "got a second hello"],
  ["a frame after the end", encode({ kind: "end" }).slice(), "internal", "it follows the end item"],
  ["a frame that is not an item", Uint8Array.of(0x41, 0x01), "internal", "Cannot read a frame"],
  ["operation 0", Uint8Array.of(0x43, 0x82, 0x00, 0x01), "internal", "0 is neither"],
];

for (const [name, bytes, code, says] of VIOLATIONS) {
  test(`P9.9 serviceLink() gives up an exchange for ${name}, tells the client why, and no other suffers`, async () => {
    await using bench = new ServiceBench();
    const neighbour = await openDuplex(bench.fetch, PATH);
    neighbour.sends.send({ operation: 1, ...KICK_OFF, method: "neighbour" });
    const { operationId } = await bench.mate.expectTicket({ method: "neighbour" });
    const client = await openWithOperation(bench);

    client.sends.raw(bytes);
    if (name === "a frame after the end") client.sends.send({ kind: "ping", value: 1 });
    const { message } = await bench.mate.expectTicket({ termination: "transmission failure", code });
    assertStringIncludes(String(message), says);
    await client.gets.expectExactly({ kind: "end", code, message });
    const rest = client.gets.rest();
    await bench.clock.advance(1_000);
    assertEquals(await rest, []);
    await client.sends.cancelled;

    bench.mate.send({ operationId, payload: "unharmed", termination: "cancellation" });
    await neighbour.gets.expect({ payload: "unharmed" });
    await neighbour.finish();
  });
}

test("P3.5 serviceLink() reads an exchange that comes one byte at a time", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  const payload = Uint8Array.from({ length: 300 }, (_, i) => i);
  for (const byte of encode({ operation: 1, ...KICK_OFF, payload }, { operation: 1, termination: "cancellation" })) {
    client.sends.raw(Uint8Array.of(byte));
  }
  await bench.mate.expectTicket({ payload });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await client.finish();
});

test("P9.3, P9.20 serviceLink() lets what a client does not read wait until it is missed, and hears it meanwhile", async () => {
  await using bench = new ServiceBench({ flow: { highWaterBytes: 100_000 }, timeouts: { heartbeatMs: 1_000 } });
  const neighbour = await openDuplex(bench.fetch, PATH);
  const client = await openWithOperation(bench);
  for (let sent = 0; sent < 1_000; sent++) {
    bench.mate.send({ payload: new Uint8Array(1_000) });
    await bench.clock.runMicrotasks();
  }
  assertEquals(bench.link.operationCount, 1);
  await neighbour.finish();
  // It is silent, as far as anybody can tell.
  await bench.clock.advance(2_000);
  await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable" });
  await client.gets.expectCut();
});

test("P9.20 serviceLink() encodes no more than its mark of what one stretch of code says", async () => {
  await using bench = new ServiceBench({ flow: { highWaterBytes: 10_000 } });
  const client = await openWithOperation(bench);
  // The client has asked for nothing: a chunk that it does not take is under way already.
  for (let i = 0; i < 1_000; i++) bench.mate.send({ payload: new Uint8Array(1_000).fill(i) });
  bench.mate.send({ termination: "cancellation" });
  // An abort overtakes what waits, and drops it.
  const told = [];
  for (;;) {
    const frame = await client.gets.next();
    if ("termination" in frame) break;
    told.push(frame);
  }
  assert(told.length > 8 && told.length < 24, `${told.length} payloads were sent`);
  await client.finish();
});

test("P9.5 serviceLink() goes away from an exchange that has been idle, and begins no operation that comes too late", async () => {
  await using bench = new ServiceBench({ timeouts: { idleMs: 5_000, heartbeatMs: 100_000 } });
  const client = await openDuplex(bench.fetch, PATH);
  await bench.clock.advance(4_000);
  client.sends.send({ operation: 1, ...KICK_OFF, termination: "completion" });
  await bench.mate.expectTicket();
  await bench.clock.advance(10_000);
  bench.mate.send({ termination: "completion" });
  await client.gets.expect({ operation: 1 });
  await bench.clock.advance(4_999);
  await client.gets.expectNothing();
  await bench.clock.advance(1);
  await client.gets.expectExactly({
    kind: "goaway",
    lastOperation: 1,
    code: "unavailable",
    message: "The server takes no more operations on this exchange: it has been idle (idleMs)",
  });
  client.sends.send({ operation: 2, ...KICK_OFF });
  await client.gets.expect({ operation: 2, termination: "shutdown", code: "unavailable" });
  await client.finish();
});

test("P9.5 serviceLink() goes away from an exchange of some age, and lets what runs go on", async () => {
  await using bench = new ServiceBench({ timeouts: { maxExchangeAgeMs: 5_000 } });
  const client = await openWithOperation(bench);
  await bench.clock.advance(4_999);
  await client.gets.expectNothing();
  await bench.clock.advance(1);
  await client.gets.expect({ kind: "goaway", lastOperation: 1 });
  client.sends.send({ operation: 2, ...KICK_OFF });
  await client.gets.expectExactly({
    operation: 2,
    termination: "shutdown",
    code: "unavailable",
    message: "Cannot begin the operation: this exchange takes no more",
    neverStarted: true,
  });
  bench.mate.send({ payload: "last", termination: "completion" });
  await client.gets.expectExactly({ operation: 1, payload: "last", termination: "completion" });
  await client.finish();
});

test("P9.7 serviceLink() ends an exchange itself if the client does not when it is told to", async () => {
  await using bench = new ServiceBench({ timeouts: { idleMs: 5_000 } });
  const client = await openDuplex(bench.fetch, PATH);
  await bench.clock.advance(5_000);
  await client.gets.expect({ kind: "goaway" });
  await bench.clock.advance(499);
  await client.gets.expectNothing();
  await bench.clock.advance(1);
  await client.gets.expectExactly({ kind: "end" });
  client.sends.send({ operation: 1, ...KICK_OFF });
  assertEquals(await client.gets.rest(), []);
  assertEquals(bench.link.exchangeCount, 1);
  await bench.clock.advance(500);
  assertEquals(bench.link.exchangeCount, 0);
  await client.sends.cancelled;
});

for (const direction of ["from", "to"] as const) {
  test(`P9.5 serviceLink() goes away from an exchange after many bytes ${direction} the client`, async () => {
    await using bench = new ServiceBench({ limits: { maxExchangeBytes: 10_000 } });
    const client = await openWithOperation(bench);
    for (let i = 0; i < 9; i++) {
      if (direction === "from") {
        client.sends.send({ kind: "pong", value: i }, { operation: 9, payload: new Uint8Array(1_000) });
      } else bench.mate.send({ payload: new Uint8Array(1_000) });
      if (direction === "from") {
        if (i === 0) await bench.mate.expectTicket({ sequenceNumber: 0 });
        else await bench.mate.expectTicket();
      } else await client.gets.expect({ operation: 1 });
    }
    await client.gets.expectNothing();
    if (direction === "from") {
      client.sends.send({ operation: 9, payload: new Uint8Array(1_000) });
      await bench.mate.expectTicket();
    } else bench.mate.send({ payload: new Uint8Array(1_000) });
    if (direction === "to") await client.gets.expect({ operation: 1 });
    await client.gets.expect({ kind: "goaway", lastOperation: direction === "from" ? 9 : 1 });
    client.sends.send({ operation: 1, termination: "cancellation" }, { operation: 9, termination: "cancellation" });
    await bench.mate.expectTicket({ termination: "cancellation" });
    if (direction === "from") await bench.mate.expectTicket({ termination: "cancellation" });
    await client.finish();
  });
}

test("P9.7 serviceLink() is done with a client that has said its end item, although its request goes on", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ kind: "end" });
  await client.gets.expect({ kind: "end" });
  // The end of the request gets a moment to come before that of the response, or its connection could not be used again.
  const rest = client.gets.rest();
  await bench.clock.advance(199);
  assertEquals(bench.link.exchangeCount, 1);
  await bench.clock.advance(1);
  assertEquals(bench.link.exchangeCount, 0);
  assertEquals(await rest, []);
  await client.sends.cancelled;
});

test("stop() goes away from all exchanges, waits for what runs, and resolves when all is over", async () => {
  await using bench = new ServiceBench();
  const idle = await openDuplex(bench.fetch, PATH);
  const client = await openWithOperation(bench);
  let stopped = false;
  const stop = bench.link.stop(5_000).then(() => stopped = true);
  await idle.gets.expect({ kind: "goaway", lastOperation: 0 });
  await client.gets.expect({ kind: "goaway", lastOperation: 1 });
  await idle.finish();

  await bench.clock.advance(4_999);
  assertEquals(bench.link.exchangeCount, 1);
  bench.mate.send({ payload: "in time", termination: "completion" });
  await client.gets.expectExactly({ operation: 1, payload: "in time", termination: "completion" });
  await client.gets.expectNothing();
  assert(!stopped);
  await client.finish();
  await stop;
  assertEquals(bench.clock.pendingTimers, 0);
});

test("stop() ends what still runs when the grace is over, on both sides", async () => {
  await using bench = new ServiceBench();
  const client = await openWithOperation(bench);
  const stop = bench.link.stop(5_000);
  await client.gets.expect({ kind: "goaway" });
  await bench.clock.advance(5_000);
  await bench.mate.expectExactly({
    termination: "transmission failure",
    code: "unavailable",
    message: "The link has stopped",
  });
  await client.gets.expectExactly({
    operation: 1,
    termination: "shutdown",
    code: "unavailable",
    message: "The service has stopped",
  });
  await client.finish();
  await stop;
});

test("stop() called again cuts the grace short and never makes it longer", async () => {
  await using bench = new ServiceBench();
  const client = await openWithOperation(bench);
  const stops = [bench.link.stop(5_000), bench.link.stop(100), bench.link.stop(50_000)];
  await bench.clock.advance(99);
  await bench.mate.expectNothing();
  await bench.clock.advance(1);
  await bench.mate.expectTicket({ termination: "transmission failure" });
  await client.gets.expect({ kind: "goaway" });
  await client.gets.expect({ termination: "shutdown" });
  await client.finish();
  await Promise.all(stops);
});

test("stop() waits no longer than a second for a client that takes no notice", async () => {
  await using bench = new ServiceBench();
  await openWithOperation(bench);
  const stop = bench.link.stop(0);
  await bench.mate.expectTicket({ termination: "transmission failure" });
  await bench.clock.advance(999);
  assertEquals(bench.link.exchangeCount, 1);
  await bench.clock.advance(1);
  await stop;
});

test("stop() refuses a grace that is not a finite number from 0", async () => {
  await using bench = new ServiceBench();
  for (const graceMs of [-1, NaN, Infinity]) {
    await assertRejects(() => bench.link.stop(graceMs), RangeError, `got ${graceMs}`);
  }
  await (await openDuplex(bench.fetch, PATH)).finish();
});
