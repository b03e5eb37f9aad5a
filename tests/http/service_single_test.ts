import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import { FrameFeed } from "./frame_feed.ts";
import { FrameLog } from "./frame_log.ts";
import { clientHello, openSingle, postStream } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;

test("P7.12 serviceLink() answers operations of a complete request, and ends the response after the last", async () => {
  await using bench = new ServiceBench();
  const client = await openSingle(bench.fetch, PATH, [
    { operation: 1, ...KICK_OFF, payload: "a", termination: "completion" },
    { operation: 2, ...KICK_OFF, payload: "b", termination: "completion" },
  ]);
  const first = await bench.mate.expectTicket({ payload: "a" });
  await bench.mate.expectTicket({ payload: "b" });
  bench.mate.send({ payload: "B", termination: "completion" });
  await client.gets.expectExactly({ operation: 2, payload: "B", termination: "completion" });
  bench.mate.send({ operationId: first.operationId, payload: "A", termination: "completion" });
  assertEquals(await client.gets.rest(), [
    { operation: 1, payload: "A", termination: "completion" },
    { kind: "end" },
  ]);
  assertEquals(bench.link.exchangeCount, 0);
});

test("P9.7 serviceLink() ends a response that has nothing to say at once", async () => {
  await using bench = new ServiceBench();
  const oneWay = { operation: 1, ...KICK_OFF, subscription: "none", termination: "completion" } as const;
  for (const frames of [[], [oneWay]]) {
    const client = await openSingle(bench.fetch, PATH, frames);
    assertEquals(await client.gets.rest(), [{ kind: "end" }]);
  }
  await bench.mate.expectTicket({ subscription: "none" });
});

test("P7.13 S46 serviceLink() grants on the client's behalf when written payloads are taken, not before", async () => {
  await using bench = new ServiceBench();
  const client = await openSingle(bench.fetch, PATH, [
    { operation: 1, ...KICK_OFF, allowance: 2, termination: "completion" },
  ]);
  const { operationId } = await bench.mate.expectTicket({ sequenceNumber: 0, allowance: 2 });
  bench.mate.send({ payload: 1 });
  bench.mate.send({ payload: 2 });
  bench.mate.send({ payload: 3 });
  await bench.mate.expectNothing();

  // Reading takes the chunk; only the next read shows that it has been taken.
  for (const payload of [1, 2, 3]) await client.gets.expectExactly({ operation: 1, payload });
  await bench.mate.expectNothing();
  await client.gets.expectNothing();
  await bench.mate.expectExactly({ operationId, sequenceNumber: 1, allowance: 3 });

  bench.mate.send({ operationId, payload: 4 });
  await client.gets.expectExactly({ operation: 1, payload: 4 });
  bench.mate.send({ operationId, payload: 5, termination: "completion" });
  await bench.mate.expectNothing();
  await client.gets.expectExactly({ operation: 1, payload: 5, termination: "completion" });
  // The operation is over: nobody needs a grant any more.
  assertEquals(await client.gets.rest(), [{ kind: "end" }]);
});

test("S46 serviceLink() grants each operation what it has written", async () => {
  await using bench = new ServiceBench();
  const client = await openSingle(bench.fetch, PATH, [
    { operation: 1, ...KICK_OFF, termination: "completion" },
    { operation: 2, ...KICK_OFF, termination: "completion" },
  ]);
  const one = await bench.mate.expectTicket();
  const two = await bench.mate.expectTicket();
  bench.mate.send({ operationId: two.operationId, payload: "x" });
  bench.mate.send({ operationId: one.operationId, payload: "y" });
  bench.mate.send({ operationId: two.operationId, payload: "z" });
  for (let i = 0; i < 3; i++) await client.gets.next();
  await client.gets.expectNothing();
  await bench.mate.expectExactly({ operationId: two.operationId, allowance: 2 });
  await bench.mate.expectExactly({ operationId: one.operationId, allowance: 1 });
  bench.mate.send({ operationId: one.operationId, termination: "completion" });
  bench.mate.send({ operationId: two.operationId, termination: "completion" });
  await client.gets.rest();
});

test("P7.14 S46 serviceLink() lets an upload through as far as its mate grants, in order", async () => {
  await using bench = new ServiceBench();
  const client = await openSingle(bench.fetch, PATH, [
    { operation: 1, ...KICK_OFF, payload: 1 },
    { operation: 1, payload: 2 },
    { operation: 1, timeout: 7 },
    { operation: 1, payload: 3 },
    { operation: 1, payload: 4, termination: "completion" },
  ]);
  const { operationId } = await bench.mate.expectTicket({ payload: 1 });
  await bench.mate.expectNothing();
  bench.mate.send({ operationId, allowance: 1 });
  await bench.mate.expectExactly({ payload: 2 });
  await bench.mate.expectExactly({ timeout: 7 });
  await bench.mate.expectNothing();
  bench.mate.send({ operationId, allowance: 5 });
  await bench.mate.expectExactly({ payload: 3 });
  await bench.mate.expectExactly({ payload: 4, termination: "completion" });
  bench.mate.send({ operationId, payload: "sum", termination: "completion" });
  await client.gets.expectExactly({ operation: 1, allowance: 1 });
  await client.gets.expectExactly({ operation: 1, allowance: 5 });
  await client.gets.expectExactly({ operation: 1, payload: "sum", termination: "completion" });
  assertEquals(await client.gets.rest(), [{ kind: "end" }]);
});

for (const methodKind of ["unary", "server_streaming"] as const) {
  test(`P7.14, S10 serviceLink() hands on a second request of a ${methodKind} method, for its mate to refuse`, async () => {
    await using bench = new ServiceBench();
    const opened = openSingle(bench.fetch, PATH, [
      { operation: 1, ...KICK_OFF, methodKind, payload: 1 },
      { operation: 1, payload: 2, termination: "completion" },
    ]);
    await bench.mate.expectTicket({ payload: 1 });
    await bench.mate.expectExactly({ payload: 2, termination: "completion" });
    bench.mate.send({ termination: "reception failure" });
    await (await opened).gets.rest();
  });
}

test("S46 serviceLink() numbers its own grants among the tickets of an upload", async () => {
  await using bench = new ServiceBench();
  const client = await openSingle(bench.fetch, PATH, [
    { operation: 1, ...KICK_OFF, payload: "up 1" },
    { operation: 1, payload: "up 2", termination: "completion" },
  ]);
  await bench.mate.expectTicket({ sequenceNumber: 0, payload: "up 1" });
  bench.mate.send({ payload: "down 1" });
  await client.gets.expect({ payload: "down 1" });
  await client.gets.expectNothing();
  await bench.mate.expectExactly({ sequenceNumber: 1, allowance: 1 });
  bench.mate.send({ allowance: 1 });
  await bench.mate.expectExactly({ sequenceNumber: 2, payload: "up 2", termination: "completion" });
  bench.mate.send({ termination: "completion" });
  await client.gets.rest();
});

test("P7.14 serviceLink() lets an abort pass payloads that wait for a grant", async () => {
  await using bench = new ServiceBench();
  const feed = new FrameFeed();
  feed.send(clientHello({ exchange: "single" }), { operation: 1, ...KICK_OFF, payload: 1 });
  const answer = postStream(bench.fetch, PATH, feed.stream);
  await bench.mate.expectTicket({ payload: 1 });
  feed.send({ operation: 1, payload: 2 }, { operation: 1, payload: 3 }, { operation: 1, termination: "expiration" });
  await bench.mate.expectExactly({ sequenceNumber: 3, termination: "expiration" });
  feed.send({ kind: "end" });
  feed.close();
  const gets = new FrameLog((await answer).body!);
  await gets.expect({ kind: "hello" });
  assertEquals(await gets.rest(), [{ kind: "end" }]);
});

test("P7.14 S33 serviceLink() drops what its mate has not granted when it completes, and ends the exchange", async () => {
  await using bench = new ServiceBench();
  const { gets } = await openSingle(bench.fetch, PATH, [
    { operation: 1, ...KICK_OFF, payload: 0 },
    { operation: 1, payload: 1 },
    { operation: 1, payload: 2 },
    { operation: 1, payload: 3, timeout: 500_000 },
    {
      operation: 1,
      payload: 4,
      code: "all",
      message: "is said",
      terminalMetadata: [["a", "b"]],
      termination: "completion",
    },
  ]);
  const { operationId } = await bench.mate.expectTicket({ sequenceNumber: 0, payload: 0 });
  await bench.mate.expectNothing();
  bench.mate.send({ allowance: 1, code: "not_found", termination: "completion" });
  await bench.mate.expectExactly({ operationId, sequenceNumber: 1, payload: 1 });
  await bench.mate.expectExactly({ operationId, sequenceNumber: 2 });
  await bench.mate.expectExactly({ operationId, sequenceNumber: 3, timeout: 500_000 });
  await bench.mate.expectExactly({ operationId, sequenceNumber: 4, termination: "completion" });
  assertEquals((await gets.rest()).at(-1), { kind: "end" });
  assertEquals([bench.link.operationCount, bench.link.exchangeCount], [0, 0]);
});

test("P7.14 S33 serviceLink() drops what arrives after its mate has completed, and reads on", async () => {
  await using bench = new ServiceBench({ limits: { maxBufferedBytes: 1_000 } });
  const feed = new FrameFeed();
  feed.send(clientHello({ exchange: "single" }), { operation: 1, ...KICK_OFF, payload: 0 });
  const answer = postStream(bench.fetch, PATH, feed.stream);
  const { operationId } = await bench.mate.expectTicket({ payload: 0 });
  bench.mate.send({ code: "not_found", termination: "completion" });
  await bench.clock.runMicrotasks();
  for (let sequenceNumber = 1; sequenceNumber <= 5; sequenceNumber++) {
    feed.send({ operation: 1, payload: new Uint8Array(900) });
    await bench.mate.expectExactly({ operationId, sequenceNumber });
    // What follows a payload that was dropped would be taken for it.
    bench.mate.send({ operationId, allowance: 1 });
  }
  feed.send({ operation: 1, termination: "completion" }, { kind: "end" });
  feed.close();
  await bench.mate.expectExactly({ operationId, sequenceNumber: 6, termination: "completion" });
  const gets = new FrameLog((await answer).body!);
  assertEquals((await gets.rest()).at(-1), { kind: "end" });
});

test("P7.14 serviceLink() stops reading an upload that its mate does not grant, with bounded bytes", async () => {
  await using bench = new ServiceBench({ limits: { maxBufferedBytes: 50_000 } });
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const first = encode(clientHello({ exchange: "single" }), { operation: 1, ...KICK_OFF });
      controller.enqueue(pulls === 0 ? first : encode({ operation: 1, payload: new Uint8Array(1_000) }));
      pulls += 1;
      if (pulls <= 200) return;
      controller.enqueue(encode({ operation: 1, termination: "completion" }, { kind: "end" }));
      controller.close();
    },
  }, { highWaterMark: 0 });
  const answer = postStream(bench.fetch, PATH, body);
  await bench.mate.expectTicket({ group: "g" });
  await bench.mate.expectTicket({ sequenceNumber: 1 });
  await bench.clock.runMicrotasks();
  // A payload that waits counts for 128 bytes more than it has.
  assert(pulls >= 45 && pulls <= 48, `${pulls} chunks were read`);

  bench.mate.send({ allowance: 10 });
  for (let i = 2; i < 12; i++) await bench.mate.expectTicket({ sequenceNumber: i });
  await bench.clock.runMicrotasks();
  assert(pulls >= 55 && pulls <= 58, `${pulls} chunks were read`);
  bench.mate.send({ allowance: 1_000 });
  for (let i = 12; i < 201; i++) await bench.mate.expectTicket({ sequenceNumber: i });
  await bench.mate.expectTicket({ termination: "completion" });
  bench.mate.send({ termination: "completion" });
  await new FrameLog((await answer).body!).rest();
});

test("P7.15 S46 serviceLink() takes a closed response for a cancellation", async () => {
  await using bench = new ServiceBench();
  const client = await openSingle(bench.fetch, PATH, [
    { operation: 1, ...KICK_OFF, termination: "completion" },
    { operation: 2, ...KICK_OFF, termination: "completion" },
  ]);
  await bench.mate.expectTicket();
  await bench.mate.expectTicket();
  await client.gets.cancel();
  const cancelled = { termination: "cancellation", code: "cancelled", message: "The client has left" } as const;
  await bench.mate.expectExactly(cancelled);
  await bench.mate.expectExactly(cancelled);
  assertEquals(bench.link.exchangeCount, 0);
});

test("P9.8 serviceLink() fails an upload that breaks off, or ends without an end frame", async () => {
  await using bench = new ServiceBench();
  for (const breakOff of [(feed: FrameFeed) => feed.close(), (feed: FrameFeed) => feed.error(new Error("reset"))]) {
    const feed = new FrameFeed();
    feed.send(clientHello({ exchange: "single" }), { operation: 1, ...KICK_OFF });
    const answer = postStream(bench.fetch, PATH, feed.stream);
    await bench.mate.expectTicket({ group: "g" });
    breakOff(feed);
    await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable" });
    await new FrameLog((await answer).body!).rest();
  }
});

test("P7.11 serviceLink() ends what a complete request has not completed", async () => {
  await using bench = new ServiceBench();
  const client = await openSingle(bench.fetch, PATH, [{ operation: 1, ...KICK_OFF, payload: 1 }]);
  await bench.mate.expectTicket({ payload: 1 });
  const { message } = await bench.mate.expectTicket({ termination: "transmission failure", code: "internal" });
  assertStringIncludes(String(message), "the request has ended and the operation is not complete");
  await client.gets.expectExactly({ operation: 1, termination: "transmission failure", code: "internal", message });
  assertEquals(await client.gets.rest(), [{ kind: "end" }]);
});

test("P9.1 serviceLink() gives a client that cannot ask a sign of life, and never misses its own", async () => {
  await using bench = new ServiceBench({
    timeouts: { heartbeatMs: 1_000, maxExchangeAgeMs: 2_000 },
    limits: { maxExchangeBytes: 100 },
  });
  const client = await openSingle(bench.fetch, PATH, [{ operation: 1, ...KICK_OFF, termination: "completion" }]);
  await bench.mate.expectTicket();
  for (let value = 1; value <= 5; value++) {
    await bench.clock.advance(1_000);
    await client.gets.expectExactly({ kind: "ping", value });
  }
  bench.mate.send({ payload: new Uint8Array(200) });
  // No goaway by age or bytes: there is nothing to replace the exchange with.
  await client.gets.expect({ operation: 1 });
  await client.gets.expectNothing();
  await bench.mate.expectTicket({ allowance: 1 });
  bench.mate.send({ termination: "completion" });
  assertEquals(await client.gets.rest(), [{ operation: 1, termination: "completion" }, { kind: "end" }]);
});
