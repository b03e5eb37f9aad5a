import { assertEquals } from "@std/assert";
import type { Ticket } from "../../src/links/mod.ts";
import { MEDIA_TYPE } from "../../src/wire/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench, PATH, ServiceBench } from "./bench.ts";
import { encode, FrameFeed } from "./frame_feed.ts";
import { type Frame, FrameLog } from "./frame_log.ts";
import { clientHello, post, postStream } from "./scripted_client.ts";
import { serverHello } from "./scripted_server.ts";

const CALL = {
  operation: 1,
  group: "g",
  method: "m",
  methodKind: "unary",
  subscription: "full",
  timeout: 1_000,
  payload: "Ada",
  termination: "completion",
} as const;

const REQUEST = encode(clientHello({ exchange: "single" }), CALL, { kind: "end" });

/** The frames of a response after the hello. */
async function framesOf(response: Response): Promise<readonly Frame[]> {
  const log = new FrameLog(response.body!);
  await log.expect({ kind: "hello", versions: [1] });
  return await log.rest();
}

/** Makes a plain call that the end answers as soon as it is called. Returns what the end has been told as well. */
async function call(
  bench: ServiceBench,
  answers: readonly Partial<Ticket>[],
  request: Uint8Array<ArrayBuffer> = REQUEST,
): Promise<{ readonly response: Response; readonly told: readonly Ticket[] }> {
  const told: Ticket[] = [];
  bench.link.joinLink({
    joinLink() {},
    acceptTicket(ticket) {
      told.push(ticket);
      if (told.length > 1) return;
      const { operationId } = ticket;
      answers.forEach((answer, sequenceNumber) => {
        queueMicrotask(() =>
          bench.link.acceptTicket({ operationId, sequenceNumber, ...sequenceNumber === 0 ? FULL : {}, ...answer })
        );
      });
    },
  });
  return { response: await post(bench.fetch, PATH, request), told };
}

const FULL = { subscription: "full" } as const;

test("P7.41 serviceLink() answers a plain call at once, as a whole", async () => {
  await using bench = new ServiceBench();
  const { response, told } = await call(bench, [{ payload: "Hello", termination: "completion" }]);
  const { status, headers, body } = response;
  assertEquals([status, headers.get("content-type"), headers.get("x-accel-buffering")], [200, MEDIA_TYPE, "no"]);
  // Nothing waits for the client to read it.
  assertEquals([bench.link.exchangeCount, bench.link.operationCount, bench.clock.pendingTimers], [0, 0, 0]);
  assertEquals(told.map(({ payload, termination, protocol }) => [payload, termination, protocol?.kind]), [
    ["Ada", "completion", "servicer context"],
  ]);
  const log = new FrameLog(body!);
  await log.expectExactly({
    ...serverHello(),
    maxFrameBytes: 4_194_304,
    maxOperations: 10_000,
    heartbeatMs: 7_000,
    offers: ["duplex", "single", "pair"],
  });
  assertEquals(await log.rest(), [
    { operation: 1, ...FULL, payload: "Hello", termination: "completion" },
    { kind: "end" },
  ]);
});

test("P7.41 serviceLink() answers a plain call with more than one ticket", async () => {
  await using bench = new ServiceBench();
  const answers = [{ initialMetadata: [["a", "b"]] }, { payload: 1 }, { termination: "completion" }] as const;
  const { response } = await call(bench, answers);
  assertEquals(bench.link.exchangeCount, 0);
  assertEquals(await framesOf(response), [
    { operation: 1, ...FULL, initialMetadata: [["a", "b"]] },
    { operation: 1, payload: 1 },
    { operation: 1, termination: "completion" },
    { kind: "end" },
  ]);
});

test("P7.41 serviceLink() answers a plain call that fails", async () => {
  await using bench = new ServiceBench();
  const { response } = await call(bench, [{ termination: "local failure" }]);
  assertEquals(bench.link.exchangeCount, 0);
  assertEquals(await framesOf(response), [{ operation: 1, ...FULL, termination: "local failure" }, { kind: "end" }]);
});

test("S36 serviceLink() ends a plain call that its end does not take", async () => {
  await using bench = new ServiceBench();
  const told: Ticket[] = [];
  bench.link.joinLink({
    joinLink() {},
    acceptTicket(ticket) {
      told.push(ticket);
      if (told.length === 1) throw new Error("not taken");
    },
  });
  const frames = await framesOf(await post(bench.fetch, PATH, REQUEST));
  assertEquals(frames.map((frame) => "termination" in frame && frame.termination), ["transmission failure", false]);
  assertEquals(told.length, 1);
  assertEquals(bench.takeErrors(), ["Error: not taken"]);
});

test("P7.41 serviceLink() answers a plain call as a whole within half a heartbeat", async () => {
  await using bench = new ServiceBench();
  const response = post(bench.fetch, PATH, REQUEST);
  const { operationId } = await bench.mate.expectTicket({ sequenceNumber: 0 });
  await bench.clock.advance(3_499);
  bench.mate.send({ operationId, payload: "Hello", termination: "completion" });
  const answer = await response;
  assertEquals([bench.link.exchangeCount, bench.clock.pendingTimers], [0, 0]);
  assertEquals(await framesOf(answer), [{ operation: 1, payload: "Hello", termination: "completion" }, {
    kind: "end",
  }]);
});

test("P7.41 serviceLink() begins the response of a plain call that is not answered in time", async () => {
  await using bench = new ServiceBench();
  const response = post(bench.fetch, PATH, REQUEST);
  const { operationId } = await bench.mate.expectTicket({ sequenceNumber: 0, payload: "Ada" });
  assertEquals([bench.link.exchangeCount, bench.link.operationCount], [1, 1]);
  await bench.clock.advance(3_500);
  const log = new FrameLog((await response).body!);
  await log.expect({ kind: "hello", versions: [1] });
  await bench.clock.advance(7_000);
  await log.expect({ kind: "ping" });
  bench.mate.send({ operationId, payload: "Hello", termination: "completion" });
  assertEquals(await log.rest(), [{ operation: 1, payload: "Hello", termination: "completion" }, { kind: "end" }]);
});

test("P7.41 serviceLink() goes on with what has been said when it begins the response of a plain call", async () => {
  await using bench = new ServiceBench();
  const response = post(bench.fetch, PATH, REQUEST);
  const { operationId } = await bench.mate.expectTicket({ sequenceNumber: 0 });
  bench.mate.send({ operationId, initialMetadata: [["a", "b"]] });
  await bench.clock.advance(3_500);
  const log = new FrameLog((await response).body!);
  await log.expect({ kind: "hello" });
  await log.expectExactly({ operation: 1, initialMetadata: [["a", "b"]] });
  bench.mate.send({ operationId, payload: 2, termination: "completion" });
  assertEquals(await log.rest(), [{ operation: 1, payload: 2, termination: "completion" }, { kind: "end" }]);
});

test("S45 serviceLink() cancels a plain call whose client leaves", async () => {
  await using bench = new ServiceBench();
  const response = post(bench.fetch, PATH, REQUEST);
  await bench.mate.expectTicket({ sequenceNumber: 0 });
  await bench.clock.advance(3_500);
  await (await response).body!.cancel();
  await bench.mate.expectExactly({
    sequenceNumber: 1,
    termination: "cancellation",
    code: "cancelled",
    message: "The client has left",
  });
});

test("P9.12 serviceLink() gives a large answer to a plain call as it is taken, whatever its buffers are", async () => {
  await using bench = new ServiceBench({ limits: { maxBufferedBytes: 1_000 } });
  const payload = new Uint8Array(1_000_000);
  const { response } = await call(bench, [{ payload, termination: "completion" }]);
  assertEquals(bench.link.exchangeCount, 1);
  assertEquals(await framesOf(response), [
    { operation: 1, ...FULL, payload, termination: "completion" },
    { kind: "end" },
  ]);
});

test("S45 serviceLink() drops a large answer that the client does not take", async () => {
  await using bench = new ServiceBench();
  const answer = { payload: new Uint8Array(1_000_000), termination: "completion" } as const;
  const left = await call(bench, [answer]);
  await left.response.body!.cancel();
  assertEquals([bench.link.exchangeCount, bench.clock.pendingTimers], [0, 0]);
  const { response } = await call(bench, [answer]);
  const reader = response.body!.getReader();
  await reader.read();
  await bench.clock.advance(55_999);
  assertEquals(bench.link.exchangeCount, 1);
  await bench.clock.advance(1);
  assertEquals(bench.link.exchangeCount, 0);
});

test("P10.2 serviceLink() lets large answers wait where all of them hold too much, and drops none", async () => {
  await using bench = new ServiceBench({ limits: { maxTotalBufferedBytes: 1_500_000 } });
  const answer = (length: number) => ({ payload: new Uint8Array(length), termination: "completion" }) as const;
  const small = await call(bench, [answer(700_000)]);
  const large = await call(bench, [answer(1_000_000)]);
  assertEquals(bench.link.exchangeCount, 2);
  assertEquals((await framesOf(large.response)).length, 2);
  assertEquals((await framesOf(small.response)).length, 2);
});

test("S40 stop() without grace waits half a second for a client that does not take a large answer", async () => {
  await using bench = new ServiceBench();
  await call(bench, [{ payload: new Uint8Array(1_000_000), termination: "completion" }]);
  const stopped = bench.link.stop(0);
  await bench.clock.advance(500);
  await stopped;
});

test("P3.4 serviceLink() ends a plain call whose answer the client does not accept", async () => {
  await using bench = new ServiceBench();
  const hello = clientHello({ exchange: "single", maxFrameBytes: 1_024 });
  const answer = { payload: new Uint8Array(2_000), termination: "completion" } as const;
  const { response, told } = await call(bench, [answer], encode(hello, CALL, { kind: "end" }));
  const [ticket] = await framesOf(response);
  assertEquals((ticket as Partial<Ticket>).termination, "transmission failure");
  assertEquals(told.map(({ termination, code }) => [termination, code]), [
    ["completion", undefined],
    ["transmission failure", "resource_exhausted"],
  ]);
});

test("S40 stop() without grace ends a plain call that has just begun", async () => {
  await using bench = new ServiceBench();
  const response = post(bench.fetch, PATH, REQUEST);
  await bench.mate.expectTicket({ sequenceNumber: 0 });
  const stopped = bench.link.stop(0);
  const frames = await framesOf(await response);
  assertEquals(frames.at(-1), { kind: "end" });
  assertEquals(frames.some((frame) => "termination" in frame && frame.termination === "shutdown"), true);
  await bench.mate.expectTicket({ sequenceNumber: 1, termination: "transmission failure" });
  await stopped;
});

test("S40 stop() with grace lets a plain call that has just begun go on", async () => {
  await using bench = new ServiceBench();
  const response = post(bench.fetch, PATH, REQUEST);
  const { operationId } = await bench.mate.expectTicket({ sequenceNumber: 0 });
  const stopped = bench.link.stop(1_000);
  bench.mate.send({ operationId, payload: "Hello", termination: "completion" });
  const frames = await framesOf(await response);
  assertEquals(frames.some((frame) => "payload" in frame && frame.payload === "Hello"), true);
  await stopped;
});

test("serviceLink() waits for the end of a request that looks like a plain call", async () => {
  await using bench = new ServiceBench();
  const feed = new FrameFeed();
  feed.raw(REQUEST);
  const response = postStream(bench.fetch, PATH, feed.stream);
  await bench.mate.expectNothing();
  feed.raw(Uint8Array.of(0x40));
  feed.close();
  // P6.9: it is none, since something follows the end item.
  await bench.mate.expectTicket({ sequenceNumber: 0 });
  await bench.mate.expectTicket({ sequenceNumber: 1, termination: "transmission failure" });
  const frames = await framesOf(await response);
  assertEquals((frames[0] as { code?: unknown }).code, "internal");
});

test("serviceLink() answers what looks like a plain call and never ends", async () => {
  await using bench = new ServiceBench();
  const feed = new FrameFeed();
  feed.raw(REQUEST);
  const response = postStream(bench.fetch, PATH, feed.stream);
  await bench.mate.expectNothing();
  await bench.clock.advance(10_000);
  await bench.mate.expectTicket({ sequenceNumber: 0 });
  bench.mate.send({ payload: "Hello", termination: "completion" });
  const log = new FrameLog((await response).body!);
  await log.expect({ kind: "hello" });
  await log.expectExactly({ operation: 1, payload: "Hello", termination: "completion" });
  await bench.clock.advance(1_000);
  assertEquals(await log.rest(), [{ kind: "end" }]);
});

const ANSWER = encode(
  serverHello({ heartbeatMs: 7_000 }),
  { operation: 1, payload: "Hello", termination: "completion" },
  { kind: "end" },
);

for (const isKnownLength of [true, false]) {
  const how = isKnownLength ? "with a length" : "without a length";
  test(`P7.12 invocationLink() takes a whole answer ${how}, and aborts nothing`, async () => {
    await using bench = new InvocationBench({ exchange: "single" });
    const operationId = bench.mate.open({ payload: "Ada", methodKind: "unary", termination: "completion" });
    const exchange = await bench.server.next();
    const length: HeadersInit = isKnownLength ? { "content-length": String(ANSWER.length) } : {};
    exchange.respond(ANSWER, { headers: { "content-type": MEDIA_TYPE, ...length } });
    await bench.mate.expectTicket({ operationId, sequenceNumber: 0, payload: "Hello", termination: "completion" });
    await nextTurn();
    assertEquals([bench.link.exchangeCount, bench.clock.pendingTimers], [0, 0]);
    assertEquals(exchange.signal?.aborted, false);
  });
}

test("S19 invocationLink() lets long requests wait in order until those before are answered, and short ones not", async () => {
  await using bench = new InvocationBench({ exchange: "single" });
  const open = (payload: Uint8Array) => bench.mate.open({ payload, methodKind: "unary", termination: "completion" });
  const long = new Uint8Array(4_000_000);
  const first = open(long);
  const second = open(long);
  const third = open(long);
  const fourth = open(long);
  const short = open(new Uint8Array(10));
  const [one, two, small] = [await bench.server.next(), await bench.server.next(), await bench.server.next()];
  await bench.server.expectNothing();
  small.respond(ANSWER, { headers: { "content-type": MEDIA_TYPE } });
  await bench.mate.expectTicket({ operationId: short, payload: "Hello" });
  await bench.server.expectNothing();
  // One that is given up in the meantime never leaves.
  bench.mate.send({ operationId: third, termination: "cancellation" });
  one.respond(ANSWER, { headers: { "content-type": MEDIA_TYPE } });
  await bench.mate.expectTicket({ operationId: first, payload: "Hello" });
  const four = await bench.server.next();
  await bench.server.expectNothing();
  two.reject(new Error("gone"));
  four.respond(ANSWER, { headers: { "content-type": MEDIA_TYPE } });
  await bench.mate.expectTicket({ operationId: second, termination: "transmission failure" });
  await bench.mate.expectTicket({ operationId: fourth, payload: "Hello" });
});

test("S19 invocationLink() lets a request leave that is longer than all that may be under way", async () => {
  await using bench = new InvocationBench({ exchange: "single", limits: { maxFrameBytes: 16_000_000 } });
  const operationId = bench.mate.open({ payload: new Uint8Array(9_000_000), termination: "completion" });
  const exchange = await bench.server.next();
  exchange.respond(ANSWER, { headers: { "content-type": MEDIA_TYPE } });
  await bench.mate.expectTicket({ operationId, payload: "Hello" });
});

test("P7.3 invocationLink() refuses a whole answer whose hello is none that it has offered", async () => {
  await using bench = new InvocationBench({ exchange: "single" });
  bench.mate.open({ payload: "Ada", methodKind: "unary", termination: "completion" });
  const exchange = await bench.server.next();
  const answer = encode(serverHello({ versions: [2] }), { operation: 1, termination: "completion" }, { kind: "end" });
  exchange.respond(answer, { headers: { "content-type": MEDIA_TYPE, "content-length": String(answer.length) } });
  await bench.mate.expectTicket({ termination: "transmission failure" });
});

test("P7.10 invocationLink() takes no whole answer to another operation", async () => {
  await using bench = new InvocationBench({ exchange: "single" });
  bench.mate.open({ payload: "Ada", methodKind: "unary", termination: "completion" });
  const exchange = await bench.server.next();
  const answer = encode(serverHello(), { operation: 2, payload: "no", termination: "completion" }, { kind: "end" });
  exchange.respond(answer, { headers: { "content-type": MEDIA_TYPE, "content-length": String(answer.length) } });
  await bench.mate.expectTicket({ termination: "transmission failure", payload: undefined });
});
