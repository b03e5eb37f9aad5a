import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TransportError } from "../../src/exchange/transport_failure.ts";
import { invocationSettings } from "../../src/transport/invocation_options.ts";
import { pairCarrier } from "../../src/transport/pair/client.ts";
import type { Ticket } from "../../src/links/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import { clientHello } from "./scripted_client.ts";
import { type ScriptedExchange, ScriptedServer } from "./scripted_server.ts";

const ID = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
const PAIR = { exchange: "pair" } as const;
const GONE = { termination: "transmission failure", code: "unavailable" } as const;

/** Opens an exchange as a server: takes the client's hello, and nothing else with it. */
async function open({ server }: InvocationBench): Promise<ScriptedExchange> {
  const opening = await server.next();
  await opening.gets.expect({ kind: "part", exchangeId: undefined, number: 0 });
  await opening.gets.expect({ kind: "hello", exchange: "pair" });
  assertEquals(await opening.gets.rest(), []);
  opening.accept({ exchangeId: ID });
  return opening;
}

/** Takes the next part, and answers it. */
async function take({ server }: InvocationBench, number: number, status = 204): Promise<ScriptedExchange> {
  const request = await server.next();
  await request.gets.expect({ kind: "part", exchangeId: ID, number });
  answer(request, status);
  return request;
}

function answer(request: ScriptedExchange, status: number): void {
  request.respond(status === 204 ? null : `says ${status}`, { status });
}

/** Ends the operation and the exchange, from the server's side. */
async function finish(bench: InvocationBench, opening: ScriptedExchange, number: number): Promise<void> {
  opening.sends.send({ operation: 1, termination: "cancellation" }, { kind: "end" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await take(bench, number);
  opening.sends.close();
}

/** What became of the one operation. */
async function outcome({ mate }: InvocationBench): Promise<Ticket> {
  return await mate.expectTicket({ termination: "transmission failure" });
}

test("P7.19, P7.20 invocationLink() opens a pair with its hello alone, and goes on when it is answered", async () => {
  await using bench = new InvocationBench(PAIR);
  assertEquals(bench.link.exchange, "pair");
  bench.mate.open({ payload: "a" });
  bench.mate.send({ payload: "b" });
  const opening = await open(bench);
  const part = await take(bench, 1);
  await part.gets.expect({ operation: 1, payload: "a" });
  await part.gets.expectExactly({ operation: 1, payload: "b" });
  assertEquals(await part.gets.rest(), []);
  opening.sends.send({ operation: 1, payload: "A" });
  await bench.mate.expectTicket({ payload: "A" });
  bench.mate.send({ payload: "c" });
  await (await take(bench, 2)).gets.expectExactly({ operation: 1, payload: "c" });
  await finish(bench, opening, 3);
});

test("P8.10 invocationLink() posts each part as it posts what opens an exchange", async () => {
  let count = 0;
  await using bench = new InvocationBench({ ...PAIR, headers: () => ({ count: String(++count) }) });
  bench.mate.open({ protocol: { kind: "call option", value: { headers: { call: "x" } } } });
  const opening = await open(bench);
  const part = await take(bench, 1);
  for (const [request, number] of [[opening, 1], [part, 2]] as const) {
    assertEquals(request.url, "http://service.test/tickets");
    assertEquals([...request.headers], [
      ["accept", "application/vnd.ticketlink+cbor-seq"],
      ["call", "x"],
      ["content-type", "application/vnd.ticketlink+cbor-seq"],
      ["count", String(number)],
      ["incremental", "?1"],
    ]);
  }
  await finish(bench, opening, 2);
});

test("P7.20 invocationLink() fails a pair whose server names no exchange", async () => {
  await using bench = new InvocationBench(PAIR);
  bench.mate.open();
  const opening = await bench.server.next();
  opening.accept();
  const { code, message } = await outcome(bench);
  assertEquals([code, message], ["internal", "Cannot begin the exchange: the server's hello names no exchange id"]);
  await bench.server.expectNothing();
  assertEquals(opening.signal?.aborted, true);
});

/** Bytes that a part brings, as it says itself. */
async function bytesOf(request: ScriptedExchange): Promise<number> {
  const part = await request.gets.expect({ kind: "part" });
  return "byteLength" in part ? part.byteLength : 0;
}

test("P7.17 invocationLink() cuts what it says into parts, and has two under way at most", async () => {
  await using bench = new InvocationBench(PAIR);
  bench.mate.open();
  const opening = await open(bench);
  const kickOff = await take(bench, 1);
  await kickOff.gets.expect({ operation: 1 });
  bench.mate.send({ payload: new Uint8Array(100_000) });
  const first = await bench.server.next();
  const second = await bench.server.next();
  await bench.server.expectNothing();
  bench.mate.send({ payload: "said meanwhile" });
  bench.mate.send({ payload: "and this" });
  answer(second, 204);
  const third = await bench.server.next();
  await bench.server.expectNothing();
  answer(third, 204);
  const fourth = await take(bench, 5);
  await fourth.gets.expectExactly({ operation: 1, payload: "said meanwhile" });
  await fourth.gets.expectExactly({ operation: 1, payload: "and this" });
  answer(first, 204);
  assertEquals([await bytesOf(first), await bytesOf(second)], [32_768, 32_768]);
  assertEquals(Math.floor(await bytesOf(third) / 1_000), 34);
  await finish(bench, opening, 6);
});

/** Sends parts one after the other, each answered after so many milliseconds, and returns how long they are. */
async function sizes(...answeredAfterMs: readonly number[]): Promise<number[]> {
  await using bench = new InvocationBench({ ...PAIR, timeouts: { heartbeatMs: 1_000_000, helloTimeoutMs: 1_000_000 } });
  bench.mate.open({ timeout: 300_000, payload: new Uint8Array(4_000_000) });
  await open(bench);
  // Never answered: so there is one at a time of all others.
  await bench.server.next();
  const lengths: number[] = [];
  for (const ms of answeredAfterMs) {
    const request = await bench.server.next();
    lengths.push(await bytesOf(request));
    await bench.clock.advance(ms);
    answer(request, 204);
  }
  bench.mate.send({ termination: "cancellation" });
  return lengths;
}

test("P7.17 invocationLink() makes parts as long as they are through in good time", async () => {
  assertEquals(await sizes(0, 499, 10, 10, 10), [32_768, 65_536, 131_072, 262_144, 262_144]);
  assertEquals(await sizes(600, 1_999, 2_001, 2_001, 9_000), [32_768, 32_768, 32_768, 16_384, 16_384]);
});

const PASSING: readonly (readonly [name: string, answer: (request: ScriptedExchange) => void])[] = [
  ["a connection that breaks", (request) => request.reject(new TypeError("broken"))],
  ...[408, 429, 502, 503, 504].map((status) =>
    [`status ${status}`, (request: ScriptedExchange) => answer(request, status)] as const
  ),
];
for (const [name, refuse] of PASSING) {
  test(`P7.25 invocationLink() sends a part again after ${name}, later each time`, async () => {
    await using bench = new InvocationBench(PAIR);
    bench.mate.open({ payload: "a" });
    const opening = await open(bench);
    const bodies: unknown[] = [];
    for (const pauseMs of [100, 200, 400, 800]) {
      const request = await bench.server.next();
      bodies.push(request.body);
      refuse(request);
      await bench.clock.advance(pauseMs - 1);
      await bench.server.expectNothing();
      await bench.clock.advance(1);
    }
    const last = await take(bench, 1);
    await last.gets.expect({ operation: 1, payload: "a" });
    // Only the first time that part 1 is sent has to be the only one.
    assert(bodies.shift() instanceof ReadableStream);
    for (const body of bodies) assertEquals(body, last.body);
    await finish(bench, opening, 2);
  });

  test(`P7.25 invocationLink() fails a pair after five times ${name}`, async () => {
    await using bench = new InvocationBench(PAIR);
    bench.mate.open();
    const opening = await open(bench);
    for (const pauseMs of [100, 200, 400, 800, 0]) {
      refuse(await bench.server.next());
      await bench.clock.advance(pauseMs);
    }
    const { code, message } = await outcome(bench);
    assertEquals(code, "unavailable");
    assertStringIncludes(
      String(message),
      "Lost the connection: part 1 could not be delivered in 5 attempts, the last: ",
    );
    await bench.clock.advance(10_000);
    await bench.server.expectNothing();
    assertEquals(opening.signal?.aborted, true);
  });
}

const FINAL: readonly (readonly [status: number, code: string])[] = [
  [200, "unknown"],
  [202, "unknown"],
  [400, "internal"],
  [401, "unauthenticated"],
  [403, "permission_denied"],
  [404, "unavailable"],
  [409, "unknown"],
  [413, "resource_exhausted"],
  [500, "internal"],
];
for (const [status, expected] of FINAL) {
  test(`P7.25 invocationLink() fails a pair at once when a part is answered with ${status}`, async () => {
    await using bench = new InvocationBench(PAIR);
    bench.mate.open();
    await open(bench);
    await take(bench, 1, status);
    const { code, message } = await outcome(bench);
    assertEquals([code, message], [expected, `The server answered with status ${status}: "says ${status}"`]);
    await bench.clock.advance(10_000);
    await bench.server.expectNothing();
  });
}

test("P7.25 invocationLink() does not repeat a part whose headers cannot be made", async () => {
  let broken = false;
  const headers = () => {
    if (broken) throw new Error("no token");
    return {};
  };
  await using bench = new InvocationBench({ ...PAIR, headers });
  bench.mate.open();
  const opening = await bench.server.next();
  broken = true;
  opening.accept({ exchangeId: ID });
  assertStringIncludes(String((await outcome(bench)).message), "Cannot make the request's headers: no token");
});

test("P7.25 invocationLink() sends parts again on their own, others may overtake them", async () => {
  await using bench = new InvocationBench(PAIR);
  bench.mate.open();
  const opening = await open(bench);
  const first = await bench.server.next();
  bench.mate.send({ payload: "b" });
  await take(bench, 2);
  first.reject(new TypeError("broken"));
  bench.mate.send({ payload: "c" });
  await take(bench, 3);
  await bench.clock.advance(100);
  await take(bench, 1);
  await finish(bench, opening, 4);
});

test("P7.25 invocationLink() gives up what is under way when its exchange is over", async () => {
  await using bench = new InvocationBench(PAIR);
  bench.mate.open();
  const opening = await open(bench);
  const first = await bench.server.next();
  bench.mate.send({ payload: "b" });
  const second = await bench.server.next();
  second.reject(new TypeError("broken"));
  await nextTurn();
  opening.sends.error(new Error("gone"));
  await bench.mate.expectTicket({ ...GONE, message: "Lost the connection: gone" });
  assertEquals([opening, first, second].map(({ signal }) => signal?.aborted), [true, true, true]);
  await bench.clock.advance(10_000);
  await bench.server.expectNothing();
});

test("P9.3 invocationLink() speaks at least every heartbeat on a pair, and misses a server", async () => {
  await using bench = new InvocationBench({ ...PAIR, timeouts: { heartbeatMs: 1_000 } });
  bench.mate.open();
  await open(bench);
  await take(bench, 1);
  await bench.clock.advance(1_000);
  await (await take(bench, 2)).gets.expect({ kind: "ping" });
  await bench.clock.advance(1_000);
  await bench.mate.expectTicket({ ...GONE, message: "Lost the connection: the peer was silent for 2000 ms" });
});

test("P9.7 invocationLink() ends a pair that is idle in good order", async () => {
  await using bench = new InvocationBench({ ...PAIR, timeouts: { idleMs: 500 } });
  bench.mate.open();
  const opening = await open(bench);
  await take(bench, 1);
  opening.sends.send({ operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await bench.clock.advance(500);
  const last = await take(bench, 2);
  await last.gets.expectExactly({ kind: "end" });
  assertEquals(bench.link.exchangeCount, 1);
  opening.finish();
  await nextTurn();
  assertEquals(bench.link.exchangeCount, 0);
});

test("close() of a link with a pair says what it can, and waits no longer than a second", async () => {
  await using bench = new InvocationBench(PAIR);
  bench.mate.open();
  const opening = await open(bench);
  await take(bench, 1);
  const closed = bench.link.close();
  await bench.mate.expectTicket(GONE);
  const last = await take(bench, 2);
  await last.gets.expect({ operation: 1, termination: "cancellation" });
  await last.gets.expectExactly({ kind: "end" });
  await bench.clock.advance(1_000);
  await closed;
  assertEquals(opening.signal?.aborted, true);
});

test("close() of a link whose pair is not open yet ends it", async () => {
  await using bench = new InvocationBench(PAIR);
  bench.mate.open();
  const opening = await bench.server.next();
  const closed = bench.link.close();
  await bench.mate.expectTicket(GONE);
  await bench.clock.advance(1_000);
  await closed;
  assertEquals(opening.signal?.aborted, true);
});

/** A transport of a pair by itself, with tickets to send. */
function connect() {
  const server = new ScriptedServer();
  const clock = {
    now: () => 0,
    setTimer: (callback: () => void) => void queueMicrotask(callback),
    clearTimer: () => {},
  };
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  const carrier = pairCarrier(invocationSettings("/", { ...PAIR, fetch: server.fetch, clock }));
  const transport = carrier.open({
    headers: undefined,
    opened: () => resolve(),
    lastOperation: () => 0,
    refusedAbove: () => {},
  });
  const failures: Error[] = [];
  void transport.lost?.then((failure) => void failures.push(failure));
  void transport.send(encode(clientHello({ exchange: "pair" }), { operation: 1, payload: "a" }));
  return { server, transport, failures, opened };
}

test("P7.25 invocationLink() begins again what a part has not brought that is refused, and goes on with the rest", async () => {
  await using bench = new InvocationBench(PAIR);
  const one = bench.mate.open({ payload: "one", termination: "completion" });
  const first = await open(bench);
  await (await take(bench, 1)).gets.expect({ operation: 1, payload: "one" });
  const two = bench.mate.open({ payload: "two", termination: "completion" });
  const refused = await bench.server.next();
  await refused.gets.expect({ kind: "part", exchangeId: ID, number: 2 });
  refused.refuse(404);
  await nextTurn();
  await bench.mate.expectNothing();
  await bench.clock.advance(50);

  const second = await open(bench);
  await (await take(bench, 1)).gets.expect({ operation: 1, payload: "two" });
  first.sends.send({ operation: 1, payload: "ONE", termination: "completion" });
  await bench.mate.expectTicket({ operationId: one, payload: "ONE", termination: "completion" });
  second.sends.send({ operation: 1, payload: "TWO", termination: "completion" });
  await bench.mate.expectTicket({ operationId: two, payload: "TWO", termination: "completion" });
  // Nothing more is sent on the first one, nor is its server waited for.
  await bench.clock.advance(1_000);
  assertEquals(first.signal?.aborted, true);
  await take(bench, 2);
  second.sends.send({ kind: "end" });
  second.sends.close();
});

test("P7.25 invocationLink() does not wait for the server of a pair that a part has not reached, also after its goaway", async () => {
  await using bench = new InvocationBench({ ...PAIR, timeouts: { heartbeatMs: 1_000_000 } });
  const one = bench.mate.open({ payload: "one", termination: "completion", timeout: 100_000 });
  const opening = await open(bench);
  await take(bench, 1);
  const two = bench.mate.open({ payload: "two", termination: "completion", timeout: 100_000 });
  (await bench.server.next()).refuse(404);
  await nextTurn();
  bench.mate.send({ operationId: two, termination: "cancellation" });
  opening.sends.send({ kind: "goaway", lastOperation: 1 });
  opening.sends.send({ operation: 1, payload: "ONE", termination: "completion" });
  await bench.mate.expectTicket({ operationId: one, payload: "ONE" });
  await bench.clock.advance(1_000);
  assertEquals(opening.signal?.aborted, true);
});

test("P7.25 invocationLink() does not begin again what began with another part than the one that is refused", async () => {
  await using bench = new InvocationBench({ ...PAIR, timeouts: { heartbeatMs: 1_000_000 } });
  const one = bench.mate.open({ timeout: 100_000 });
  const opening = await open(bench);
  await take(bench, 1);
  const two = bench.mate.open({ payload: new Uint8Array(100_000), termination: "completion", timeout: 100_000 });
  await take(bench, 2);
  const refused = await bench.server.next();
  await refused.gets.expect({ kind: "part", exchangeId: ID, number: 3 });
  refused.refuse(404);
  await bench.clock.advance(10_000);
  await bench.mate.expectNothing();
  opening.sends.error(new Error("gone"));
  for (const operationId of [one, two]) {
    await bench.mate.expectTicket({ ...GONE, operationId, message: "Lost the connection: gone" });
  }
});

/** How parts are answered, and whether the link may begin their operations again. */
const ANSWERS: readonly (readonly [name: string, answers: readonly (number | "refusal")[], unbegun: boolean])[] = [
  ["by a server that does not know the exchange", ["refusal"], true],
  ["by anybody with 404", [404], false],
  ["the second time by a server that does not know the exchange", [503, "refusal"], false],
  ["with 400", [400], false],
  ["and the next ones by a server that does not know the exchange", [204, "refusal"], false],
];

for (const [name, answers, unbegun] of ANSWERS) {
  test(`P7.25 a pair ${unbegun ? "is" : "is not"} unbegun when part 1 is answered ${name}`, async () => {
    const { server, transport, failures, opened } = connect();
    assertEquals(transport.isUnsent, true);
    (await server.next()).accept({ exchangeId: ID });
    await opened;
    assertEquals(transport.isUnsent, true);
    transport.greeted?.({ kind: "hello", versions: [1], exchangeId: ID });
    for (const status of answers) {
      const request = await server.next().catch(() => undefined);
      if (request === undefined) break;
      assertEquals(transport.isUnsent, false);
      if (status === "refusal") request.refuse(404);
      else answer(request, status);
      await nextTurn();
    }
    assertEquals(
      failures.map((failure) => failure instanceof TransportError && failure.neverStarted),
      answers[0] === 204 ? [] : [unbegun],
    );
  });
}
