import { assert, assertEquals } from "@std/assert";
import {
  clientStreaming,
  createClient,
  defineService,
  implement,
  RpcError,
  serverStreaming,
  unary,
} from "../../../mod.ts";
import { invocationEnd, invocationLink, joinLinks, serviceEnd, servicer } from "../../../src/links/mod.ts";
import { memoryLinkPair, recordingLink, scriptedPeer } from "../../../src/testing/mod.ts";
import { fragment, join, message, NOTHING, opening, ping } from "./frames.ts";
import { RawExchange } from "./raw_exchange.ts";
import { type Carrier, CARRIERS, eventually, LATE, outcomeOf, Site, untilStill, within } from "./site.ts";

const Stream = defineService("core.Stream", {
  count: serverStreaming<number, number>(),
  countAndFail: serverStreaming<number, number>(),
  blobs: serverStreaming<number, Uint8Array>(),
  collect: clientStreaming<number, number>(),
  hello: unary<string, string>(),
  hang: unary<void, void>(),
});

/** Says which method has begun, or goes on. */
function stream(begun: (method: string) => void = () => {}) {
  return implement(Stream, {
    async *count(limit) {
      for (let i = 0; i < limit; i++) yield i;
    },
    async *countAndFail(limit) {
      for (let i = 0; i < limit; i++) yield i;
      throw new RpcError("not_found", "No more of them");
    },
    async *blobs(length, { signal }) {
      while (!signal.aborted) {
        begun("blobs");
        yield new Uint8Array(length);
      }
    },
    async collect(messages) {
      let count = 0;
      for await (const _ of messages) count += 1;
      return count;
    },
    hello(name) {
      begun("hello");
      return `Hello, ${name}`;
    },
    hang: (_nothing, { signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  });
}

/** The message of a small number. */
function number(value: number): Uint8Array {
  return Uint8Array.of(value);
}

const COMPLETION = 0;
const RECEPTION_FAILURE = 4;

/** As long as an answer that is known may take on a busy machine. */
const AT_ONCE_MS = 1_000;

for (const kind of ["duplex", "single"] as const) {
  Deno.test(`S13 a stream of which only the termination is wanted completes without grants, on ${kind}`, async () => {
    await using site = new Site(stream());
    await using exchange = await RawExchange.open(site.url, { kind });
    await exchange.send(opening(1, Stream.name, "count", { subscription: 1, message: number(20) }));
    await exchange.send(opening(2, Stream.name, "countAndFail", { subscription: 1, message: number(20) }));
    if (kind === "single") await exchange.finish();
    await exchange.until(() => exchange.endingOf(1) !== undefined, "the end of the first", AT_ONCE_MS);
    await exchange.until(() => exchange.endingOf(2) !== undefined, "the end of the second", AT_ONCE_MS);
    assertEquals([1, 2].map((operation) => exchange.endingOf(operation)), [
      { termination: COMPLETION, code: undefined },
      { termination: COMPLETION, code: "not_found" },
    ]);
    assertEquals([1, 2].flatMap((operation) => exchange.ticketsOf(operation)).map(({ payload }) => payload), [
      undefined,
      undefined,
    ]);
  });
}

Deno.test(
  "S13 a stream of which only the termination is wanted completes without grants, between two ends",
  async () => {
    const pair = memoryLinkPair({ delivery: "microtask" });
    const invocation = invocationEnd();
    const service = serviceEnd(servicer(stream()));
    joinLinks(invocation, pair.invocation);
    joinLinks(service, pair.service);
    invocation.start();
    service.start();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const subscription = { kind: "termination", terminationCallback: resolve } as const;
    const begin = { timeout: 10_000, payload: number(20), completion: {} };
    invocation.operate(Stream.name, "count", subscription, begin);
    const outcome = await outcomeOf(promise, AT_ONCE_MS);
    await Promise.all([invocation.stop(0), service.stop(0)]);
    assertEquals(outcome, '{"kind":"completed"}');
  },
);

for (
  const [what, method, code] of [["completion", "count", undefined], ["error", "countAndFail", "not_found"]] as const
) {
  Deno.test(`S15 the ${what} after the last message of a stream needs no grant that is left`, async () => {
    await using site = new Site(stream());
    await using exchange = await RawExchange.open(site.url);
    // One message is allowed for from the beginning (S14).
    await exchange.send(opening(1, Stream.name, method, { message: number(1) }));
    await exchange.send(opening(2, Stream.name, method, { allowance: 2, message: number(3) }));
    for (const [operation, count] of [[1, 1], [2, 3]] as const) {
      await exchange.until(
        () => exchange.endingOf(operation) !== undefined,
        `the ${what} of ${operation}`,
        AT_ONCE_MS,
      );
      assertEquals(exchange.endingOf(operation), { termination: COMPLETION, code });
      assertEquals(exchange.ticketsOf(operation).filter(({ payload }) => payload !== undefined).length, count);
    }
  });
}

Deno.test("S15 a stream of no message completes without a grant", async () => {
  await using site = new Site(stream());
  await using exchange = await RawExchange.open(site.url);
  await exchange.send(opening(1, Stream.name, "count", { message: number(0) }));
  await exchange.until(() => exchange.endingOf(1) !== undefined, "the completion", AT_ONCE_MS);
  assertEquals(exchange.endingOf(1), { termination: COMPLETION, code: undefined });
});

Deno.test("S15 a client's completion after its last message needs no grant that is left", async () => {
  const invocation = invocationEnd();
  const peer = scriptedPeer();
  joinLinks(invocation, peer);
  invocation.start();
  const client = createClient(Stream, invocation);
  // What becomes of the call itself does not matter here.
  client.collect([7]).catch(() => {});
  await peer.expectTicket({ method: "collect" });
  const closed = await eventually(() => peer.received.some(({ termination }) => termination === "completion"), 500);
  await invocation.stop(0);
  assert(closed, "There was no completion");
});

/** One paused reader of a stream of large messages, on one carrier. */
async function stopsBesidePausedReader(exchange: Carrier): Promise<void> {
  let made = 0;
  await using site = new Site(stream(() => made += 1));
  await using client = createClient(Stream, site.url, { exchange });
  const blobs = client.blobs(1_000_000);
  const reader = blobs[Symbol.asyncIterator]();
  assertEquals((await reader.next()).value?.length, 1_000_000);
  // All buffers on the way are full when the handler has to wait.
  await untilStill(() => made);
  const stopped = await within(AT_ONCE_MS, site.stop());
  await reader.return?.().catch(() => {});
  assert(stopped !== LATE, `stop(0) took more than ${AT_ONCE_MS} ms`);
}

for (const carrier of CARRIERS) {
  Deno.test(`S40 stop(0) beside a paused reader ends within a second, on ${carrier}`, () => {
    return stopsBesidePausedReader(carrier);
  });
}

/** A link alone, without an end that watches the time, and a server that never says a word. */
async function lonelyLinkAnswers(exchange: Carrier): Promise<void> {
  const silent = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: silent.signal, onListen: () => {} },
    () => new Promise<Response>((resolve) => silent.signal.addEventListener("abort", () => resolve(new Response()))),
  );
  const link = invocationLink(`http://127.0.0.1:${server.addr.port}/rpc`, { exchange });
  const mate = recordingLink();
  joinLinks(link, mate);
  link.acceptTicket({
    operationId: 1,
    sequenceNumber: 0,
    group: Stream.name,
    method: "hello",
    subscription: "full",
    timeout: 300,
    payload: NOTHING,
    termination: "completion",
  });
  const ended = await eventually(() => mate.accepted.some(({ termination }) => termination !== undefined), 300 + 700);
  silent.abort();
  await link.close();
  await server.finished;
  assert(ended, "There was no answer within the timeout");
  assertEquals(mate.accepted.filter(({ termination }) => termination === "completion"), []);
}

for (const carrier of CARRIERS) {
  Deno.test(`S43 a link without an end answers within the timeout, on ${carrier}`, () => lonelyLinkAnswers(carrier));
}

Deno.test("P7.6 a kick-off of a lower number that comes late is answered with a reception failure", async () => {
  const begun: string[] = [];
  await using site = new Site(stream((method) => begun.push(method)));
  await using exchange = await RawExchange.open(site.url);
  await exchange.send(opening(2, Stream.name, "hang", { message: NOTHING }));
  await exchange.send(opening(1, Stream.name, "hello", { message: Uint8Array.of(0x61, 0x41) }));
  await exchange.until(() => exchange.endingOf(1) !== undefined, "the answer to the late kick-off", AT_ONCE_MS);
  assertEquals(exchange.endingOf(1)?.termination, RECEPTION_FAILURE);
  assertEquals(begun, []);
});

Deno.test("P7.6, S11 other late tickets are dropped without an answer", async () => {
  await using site = new Site(stream());
  await using exchange = await RawExchange.open(site.url);
  await exchange.send(opening(1, Stream.name, "count", { message: number(0) }));
  await exchange.until(() => exchange.endingOf(1) !== undefined, "the completion");
  const before = exchange.ticketsOf(1).length;
  await exchange.send(join([message(1, number(1)), message(1, number(2)), ping(7)]));
  await exchange.until(() => exchange.seen.some(({ type }) => type === -3), "the pong");
  assertEquals([exchange.ticketsOf(1).length, exchange.isOver], [before, false]);
});

Deno.test("P9.4 uploads that are given up in the middle do not count as control items", async () => {
  await using site = new Site(stream(), { limits: { maxControlItemsPerSecond: 10 } });
  await using exchange = await RawExchange.open(site.url);
  await exchange.send(opening(1, Stream.name, "collect"));
  const givenUp = join([fragment(1, 200_000, 100), fragment(1, 0, 0)]);
  await exchange.send(join(Array.from({ length: 30 }, () => givenUp)));
  await exchange.send(ping(7));
  await exchange.until(() => exchange.isOver || exchange.seen.some(({ type }) => type === -3), "the pong");
  assertEquals(exchange.isOver, false);
});
