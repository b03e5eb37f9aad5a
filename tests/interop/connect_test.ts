/**
 * The cases of Connect's conformance suites that say something of calls, in our own words. Those of its wire formats have
 * no counterpart. README.md says of each what comes of it.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Hono } from "hono";
import { upgradeWebSocket } from "hono/deno";
import {
  bidiStreaming,
  bytesSerializer,
  type CallOptions,
  cborSerializer,
  clientStreaming,
  Code,
  createClient,
  defineService,
  type HandlerContext,
  implement,
  type Metadata,
  RpcError,
  serverStreaming,
  unary,
} from "../../mod.ts";
import { invocationLink, joinLinks, MEDIA_TYPE, serviceLink, Subscription, Termination } from "../../src/links/mod.ts";
import { scriptedPeer, type ScriptedTicket } from "../../src/testing/mod.ts";
import type { ServedOptions } from "../blackbox/calls/served.ts";
import { sleep } from "../conformance/sleep.ts";
import {
  assertAborted,
  assertFails,
  BOTH_WAYS,
  type Carrier,
  CARRIERS,
  type Case,
  interopTests,
  never,
  openStage,
  REQUESTS,
  type Service,
  type Stage,
  until,
} from "./suite.ts";

type Pairs = Readonly<Record<string, readonly string[]>>;

/** How a handler is to answer a call. */
interface Answer {
  readonly header?: Pairs;
  readonly trailer?: Pairs;
  /** The text of each reply. */
  readonly texts?: readonly string[];
  /** How the call ends after them, if not well. */
  readonly error?: { readonly code: Code; readonly message: string; readonly details?: readonly unknown[] };
  /** How many replies come at once. After them the handler sleeps until its call ends. */
  readonly sleepsAfter?: number;
}

/** A request. The first of a call says how the handler is to answer. */
interface Ask {
  readonly answer?: Answer;
  /** Whether each request is to be answered as it comes, rather than all when the last has come. */
  readonly fullDuplex?: boolean;
  readonly text?: string;
}

/** A response, with what the handler has seen until then. */
interface Reply {
  readonly text: string;
  /** How many requests. */
  readonly asks: number;
  readonly metadata: Metadata;
  readonly timeRemainingMs: number;
}

const BYTES = { inputSerializer: bytesSerializer, outputSerializer: bytesSerializer };

const Conformance = defineService("connect.Conformance", {
  unary: unary<Ask, Reply>(),
  clientStream: clientStreaming<Ask, Reply>(),
  serverStream: serverStreaming<Ask, Reply>(),
  bidiStream: bidiStreaming<Ask, Reply>(),
  /** The same without CBOR, to give back each message as it came. */
  unaryBytes: unary<Uint8Array, Uint8Array>(BYTES),
  clientStreamBytes: clientStreaming<Uint8Array, Uint8Array>(BYTES),
  serverStreamBytes: serverStreaming<Uint8Array, Uint8Array>(BYTES),
  bidiStreamBytes: bidiStreaming<Uint8Array, Uint8Array>(BYTES),
});

type Methods = typeof Conformance.methods;
type TestClient = Stage<Methods>["client"];

/** Answers a call as its first request says. The requests may still be coming. */
async function* replies(asks: readonly Ask[], ctx: HandlerContext): AsyncGenerator<Reply, void> {
  const { header = {}, trailer = {}, texts = [], error, sleepsAfter } = asks[0]?.answer ?? {};
  for (const [key, values] of Object.entries(header)) ctx.setHeader(key, values);
  for (const [key, values] of Object.entries(trailer)) ctx.setTrailer(key, values);
  for (const text of texts.slice(0, sleepsAfter)) {
    yield { text, asks: asks.length, metadata: ctx.metadata, timeRemainingMs: ctx.timeRemaining() };
  }
  if (sleepsAfter !== undefined) await sleep(SLEEP_MS, ctx.signal);
  if (error !== undefined) throw new RpcError(error.code, error.message, { details: error.details });
}

/** Longer than any case takes. */
const SLEEP_MS = 10_000;

async function onlyReply(asks: readonly Ask[], ctx: HandlerContext): Promise<Reply> {
  const { done, value } = await replies(asks, ctx).next();
  return done ? { text: "", asks: asks.length, metadata: ctx.metadata, timeRemainingMs: ctx.timeRemaining() } : value;
}

const SERVICE: Service<Methods> = {
  contract: Conformance,
  implement(contexts) {
    return implement(Conformance, {
      unary(ask, ctx) {
        contexts.push(ctx);
        return onlyReply([ask], ctx);
      },
      async clientStream(asks, ctx) {
        contexts.push(ctx);
        return onlyReply(await Array.fromAsync(asks), ctx);
      },
      serverStream(ask, ctx) {
        contexts.push(ctx);
        return replies([ask], ctx);
      },
      async *bidiStream(asks, ctx) {
        contexts.push(ctx);
        const seen: Ask[] = [];
        const answers = replies(seen, ctx);
        for await (const ask of asks) {
          seen.push(ask);
          if (!seen[0]?.fullDuplex) continue;
          const { done, value } = await answers.next();
          if (!done) yield value;
        }
        yield* answers;
      },
      unaryBytes: (bytes) => bytes,
      clientStreamBytes: async (all) => (await Array.fromAsync(all))[0] ?? new Uint8Array(1),
      serverStreamBytes: (bytes) => [bytes, bytes],
      bidiStreamBytes: (all) => all,
    });
  },
};

/** How the messages of a call go. */
type Shape =
  | "unary"
  | "client-stream"
  | "server-stream"
  | "bidi-stream/full-duplex"
  | "bidi-stream/half-duplex";

const FULL = "bidi-stream/full-duplex";
const HALF = "bidi-stream/half-duplex";
const SHAPES: readonly Shape[] = ["unary", "client-stream", "server-stream", FULL, HALF];
const REPLY_STREAMS: readonly Shape[] = ["server-stream", FULL, HALF];

/** The carriers that have calls of a shape. */
function carriersOf(shape: Shape): readonly Carrier[] {
  return shape.startsWith("bidi") ? BOTH_WAYS : CARRIERS;
}

/** Makes a call when it is read. Only streams of requests have more than the first. */
async function* start(
  client: TestClient,
  shape: Shape,
  answer: Answer,
  more: () => Iterable<Ask> | AsyncIterable<Ask>,
  options: CallOptions = {},
): AsyncGenerator<Reply, void> {
  const first = { answer, fullDuplex: shape === FULL };
  async function* asks(): AsyncGenerator<Ask> {
    yield first;
    yield* more();
  }
  if (shape === "unary") yield await client.unary(first, options);
  else if (shape === "client-stream") yield await client.clientStream(asks(), options);
  else if (shape === "server-stream") yield* client.serverStream(first, options);
  else yield* client.bidiStream(asks(), options);
}

/** What came of a call. */
interface Outcome {
  readonly replies: readonly Reply[];
  readonly header: Metadata | undefined;
  readonly trailer: Metadata | undefined;
  readonly error: RpcError | undefined;
}

const SECOND = { text: "second" };

/** Makes a call to its end. A stream has two requests; in full duplex the second waits for the first reply, if there is one. */
async function call(
  { client }: Pick<Stage<Methods>, "client">,
  shape: Shape,
  answer: Answer,
  options: CallOptions = {},
): Promise<Outcome> {
  const got: Reply[] = [];
  let [header, trailer]: [Metadata?, Metadata?] = [];
  const replied = Promise.withResolvers<void>();
  const messages = start(client, shape, answer, async function* () {
    if (shape === FULL && answer.texts?.length) await replied.promise;
    yield SECOND;
  }, {
    ...options,
    onHeader: (metadata) => header = metadata,
    onTrailer: (metadata) => trailer = metadata,
  });
  try {
    for await (const reply of messages) {
      got.push(reply);
      replied.resolve();
    }
    return { replies: got, header, trailer, error: undefined };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return { replies: got, header, trailer, error };
  }
}

/** What a handler sends to a call of a shape that succeeds. */
function textsFor(shape: Shape): readonly string[] {
  return REPLY_STREAMS.includes(shape) ? ["test response", "another"] : ["test response"];
}

/** How many requests the handler has seen when it sends each reply. */
function asksSeen(shape: Shape): readonly number[] {
  return { "unary": [1], "client-stream": [2], "server-stream": [1, 1], [FULL]: [1, 2], [HALF]: [2, 2] }[shape];
}

function pairsOf(pairs: Pairs): Metadata {
  return Object.entries(pairs).flatMap(([key, values]) => values.map((value) => [key, value] as const));
}

type Cases = Record<string, Case<Methods>>;

/** Makes a case for each of some shapes. */
function forShapes(
  shapes: readonly Shape[],
  nameOf: (shape: Shape) => string,
  run: (stage: Stage<Methods>, shape: Shape) => Promise<void>,
): Cases {
  return Object.fromEntries(shapes.map((shape) => [nameOf(shape), {
    on: carriersOf(shape),
    run: (stage: Stage<Methods>) => run(stage, shape),
  }]));
}

/** What a call sends and gets beside its messages. */
interface Sides {
  readonly metadata?: Pairs;
  readonly header?: Pairs;
  readonly trailer?: Pairs;
}

const ONE_PAIR: Sides = {
  metadata: { "x-conformance-test": ["Value1"] },
  header: { "x-custom-header": ["foo"] },
  trailer: { "x-custom-trailer": ["bing"] },
};
const REPEATED_PAIRS: Sides = {
  metadata: { "x-conformance-test": ["Value1", "Value2"] },
  header: { "x-custom-header": ["foo", "bar", "baz"] },
  trailer: { "x-custom-trailer": ["bing", "quux"] },
};

/** Shows that a call succeeds, that each reply comes at its time, and that metadata come through both ways. */
async function assertSucceeds(
  stage: Stage<Methods>,
  shape: Shape,
  { metadata = {}, header = {}, trailer = {} }: Sides,
  texts: readonly string[] = textsFor(shape),
): Promise<void> {
  const outcome = await call(stage, shape, { header, trailer, texts }, { metadata });
  assertEquals(outcome.error, undefined);
  assertEquals(outcome.replies.map(({ text }) => text), texts);
  assertEquals(outcome.replies.map(({ asks }) => asks), asksSeen(shape).slice(0, texts.length));
  for (const reply of outcome.replies) assertEquals(reply.metadata, pairsOf(metadata));
  assertEquals([outcome.header, outcome.trailer], [pairsOf(header), pairsOf(trailer)]);
}

/** Shows that a call fails as its handler says after the replies, and that its headers and trailers come through. */
async function assertFailsWith(
  stage: Stage<Methods>,
  shape: Shape,
  { metadata = {}, header = {}, trailer = {} }: Sides,
  texts: readonly string[] = [],
): Promise<void> {
  const error = { code: Code.INTERNAL, message: `${shape} failed`, details: [{ why: "asked for" }, "more"] };
  const outcome = await call(stage, shape, { header, trailer, texts, error }, { metadata });
  assertEquals(outcome.replies.map(({ text }) => text), texts);
  assertEquals([outcome.header, outcome.trailer], [pairsOf(header), pairsOf(trailer)]);
  const { code, message, details } = outcome.error ?? {};
  assertEquals({ code, message, details }, error);
  assertEquals(outcome.error?.metadata, pairsOf(trailer));
}

/** Shows that each code comes through. */
async function assertEachCode(stage: Stage<Methods>, shape: Shape): Promise<void> {
  for (const code of Object.values(Code).filter((one) => one !== Code.OK)) {
    const { error } = await call(stage, shape, { error: { code, message: `with ${code}` } });
    assertEquals([error?.code, error?.message], [code, `with ${code}`]);
  }
}

const BASIC: Cases = {
  ...forShapes(SHAPES, (shape) => `basic/${shape}/success`, (stage, shape) => assertSucceeds(stage, shape, ONE_PAIR)),
  ...forShapes(
    REPLY_STREAMS,
    (shape) => `basic/${shape}/no-responses`,
    (stage, shape) => assertSucceeds(stage, shape, ONE_PAIR, []),
  ),
  "basic/client-stream/no-requests": {
    async run({ client }) {
      assertEquals((await client.clientStream([])).asks, 0);
    },
  },
  "basic/bidi-stream/half-duplex/no-requests": {
    on: BOTH_WAYS,
    async run({ client }) {
      assertEquals(await Array.fromAsync(client.bidiStream([])), []);
    },
  },
  "basic/unimplemented": {
    async run({ channel }) {
      const Newer = defineService(Conformance.name, { unimplemented: unary<void, void>() });
      await assertFails(Code.UNIMPLEMENTED, createClient(Newer, channel).unimplemented());
    },
  },
};

const ERRORS: Cases = {
  ...forShapes(["unary", "server-stream"], (shape) => `errors/${shape}/each-code`, assertEachCode),
  ...forShapes(
    ["unary", "client-stream", "server-stream", HALF],
    (shape) => `errors/${shape}/error-with-metadata`,
    (stage, shape) => assertFailsWith(stage, shape, ONE_PAIR),
  ),
  ...forShapes(
    REPLY_STREAMS,
    (shape) => `errors/${shape}/error-with-responses`,
    (stage, shape) => assertFailsWith(stage, shape, ONE_PAIR, textsFor(shape)),
  ),
  ...forShapes(
    REPLY_STREAMS,
    (shape) => `errors/${shape}/error-with-no-responses`,
    (stage, shape) => assertFailsWith(stage, shape, {}),
  ),
  "errors/unary/unicode-error-message": {
    async run(stage) {
      const message = "øû¹éê 日本 😈 \t\r\n";
      const { error } = await call(stage, "unary", { error: { code: Code.UNKNOWN, message } });
      assertEquals([error?.code, error?.message], [Code.UNKNOWN, message]);
    },
  },
  "errors/client-stream/error-one-request": {
    async run({ client }) {
      const error = { code: Code.INTERNAL, message: "client stream failed" };
      await assertFails(Code.INTERNAL, client.clientStream([{ answer: { error } }]));
    },
  },
  "errors/client-stream/error-multiple-requests": {
    async run(stage) {
      const error = { code: Code.INTERNAL, message: "client stream failed" };
      assertEquals((await call(stage, "client-stream", { error })).error?.message, error.message);
    },
  },
};

const DUPLICATE_METADATA: Cases = {
  ...forShapes(
    SHAPES,
    (shape) => `duplicate-metadata/${shape}/success`,
    (stage, shape) => assertSucceeds(stage, shape, REPEATED_PAIRS),
  ),
  ...forShapes(
    ["unary", "client-stream"],
    (shape) => `duplicate-metadata/${shape}/error`,
    (stage, shape) => assertFailsWith(stage, shape, REPEATED_PAIRS),
  ),
  ...forShapes(
    REPLY_STREAMS,
    (shape) => `duplicate-metadata/${shape}/error-with-responses`,
    (stage, shape) => assertFailsWith(stage, shape, REPEATED_PAIRS, textsFor(shape)),
  ),
  ...forShapes(
    REPLY_STREAMS,
    (shape) => `duplicate-metadata/${shape}/error-with-no-responses`,
    (stage, shape) => assertFailsWith(stage, shape, REPEATED_PAIRS),
  ),
  "duplicate-metadata/server-stream/no-response": {
    run: (stage) => assertSucceeds(stage, "server-stream", REPEATED_PAIRS, []),
  },
};

const METADATA: Cases = {
  "metadata/any-text-and-bytes": {
    async run({ client }) {
      const metadata = { "schlüssel 🔑": ["日本\r\n\0", " both ends ", ""], "bytes": new Uint8Array([0, 255]) };
      const { metadata: seen } = await client.unary({ answer: { texts: [""] } }, { metadata });
      const texts = metadata["schlüssel 🔑"].map((text) => ["schlüssel 🔑", text]);
      assertEquals(seen, [...texts, ["bytes", metadata.bytes]] as unknown as Metadata);
    },
  },
  "metadata/case-of-keys": {
    async run({ client }) {
      const { metadata } = await client.unary({}, { metadata: [["X-Key", "upper"], ["x-key", "lower"]] });
      assertEquals(metadata, [["X-Key", "upper"], ["x-key", "lower"]]);
    },
  },
};

/** When a call is cancelled: while it still sends, when it has sent all, or with a reply. */
type Moment = "before-close-send" | "after-close-send" | "after-responses";

/** Cancels a call, and shows that both sides learn of it and that the replies until then have come. */
async function assertCancelled(stage: Stage<Methods>, shape: Shape, moment: Moment): Promise<void> {
  const abort = new AbortController();
  const texts = REPLY_STREAMS.includes(shape) ? ["first", "second", "third"] : [];
  // Full duplex has had a reply to each request when it is cancelled; others get one, if it is what they wait for.
  const expected = shape === FULL && moment !== "after-responses" ? 2 : moment === "after-responses" ? 1 : 0;
  const replied = Promise.withResolvers<void>();
  let hasSentAll = shape === "unary" || shape === "server-stream";
  const messages = start(stage.client, shape, { texts, sleepsAfter: expected }, async function* () {
    if (shape === FULL) await replied.promise;
    yield SECOND;
    hasSentAll = true;
    if (moment !== "before-close-send") return;
    if (shape !== FULL) abort.abort();
    await never();
  }, { signal: abort.signal });
  const got: Reply[] = [];
  if (moment === "after-close-send") {
    const isSent = (): boolean => hasSentAll && stage.contexts.length > 0 && got.length === expected;
    void until("all is sent", isSent).then(() => sleep(10)).then(() => abort.abort());
  }
  const read = async (): Promise<void> => {
    for await (const reply of messages) {
      got.push(reply);
      replied.resolve();
      if (got.length === expected && moment !== "after-close-send") abort.abort();
    }
  };
  await assertFails(Code.CANCELLED, read());
  assertEquals(got.length, expected);
  await assertAborted(stage);
}

/** Makes the cases of cancelling at one moment. */
function cancelCases(moment: Moment, shapes: readonly Shape[]): Cases {
  return forShapes(
    shapes,
    (shape) => `client-cancellation/${shape}/cancel-${moment}`,
    (stage, shape) => assertCancelled(stage, shape, moment),
  );
}

const CANCELLATION: Cases = {
  ...cancelCases("before-close-send", ["client-stream", FULL, HALF]),
  ...cancelCases("after-close-send", SHAPES),
  ...cancelCases("after-responses", REPLY_STREAMS),
};

const TIME: Cases = {
  ...forShapes(SHAPES, (shape) => `timeouts/${shape}`, async (stage, shape) => {
    const { error } = await call(stage, shape, { sleepsAfter: 0 }, { timeoutMs: 50 });
    assertEquals(error?.code, Code.DEADLINE_EXCEEDED);
    await assertAborted(stage);
  }),
  ...forShapes(SHAPES, (shape) => `deadline-propagation/${shape}/success`, async (stage, shape) => {
    const { replies, error } = await call(stage, shape, { texts: textsFor(shape) }, { timeoutMs: 2_000 });
    assertEquals(error, undefined);
    for (const { timeRemainingMs } of replies) {
      assert(timeRemainingMs > 0 && timeRemainingMs <= 2_000, `${timeRemainingMs} ms`);
    }
  }),
};

/** The limit of a side, in bytes of a frame, and texts whose frames are below and above it. */
const LIMIT = { limits: { maxFrameBytes: 20_000 } };
const FITS = "x".repeat(LIMIT.limits.maxFrameBytes - 300);
const EXCEEDS = "x".repeat(LIMIT.limits.maxFrameBytes + 10);

/** Makes a case of what a server with a limit takes: requests of some shape with these texts. */
function sizeCase(shape: Shape, [first, second]: readonly [string, string?]): Case<Methods> {
  return {
    on: carriersOf(shape),
    server: LIMIT,
    async run({ client }) {
      const ask = { text: first, fullDuplex: shape === FULL, answer: { texts: ["taken"] } };
      const asks = second === undefined ? [ask] : [ask, { text: second }];
      const result = shape === "unary"
        ? client.unary(ask)
        : shape === "client-stream"
        ? client.clientStream(asks)
        : Array.fromAsync(shape === "server-stream" ? client.serverStream(ask) : client.bidiStream(asks));
      if ([first, second].includes(EXCEEDS)) {
        assertStringIncludes((await assertFails(Code.RESOURCE_EXHAUSTED, result)).message, "maxFrameBytes");
      } else assertEquals([await result].flat().map(({ text }) => text), ["taken"]);
    },
  };
}

const MESSAGE_SIZE: Cases = {
  ...Object.fromEntries((["unary", "server-stream"] as const).flatMap((shape) => [
    [`server-message-size/${shape}/request-equal-to-server-limit`, sizeCase(shape, [FITS])],
    [`server-message-size/${shape}/request-exceeds-server-limit`, sizeCase(shape, [EXCEEDS])],
  ])),
  ...Object.fromEntries((["client-stream", HALF, FULL] as const).flatMap((shape) => [
    [`server-message-size/${shape}/all-requests-equal-to-server-limit`, sizeCase(shape, [FITS, FITS])],
    [`server-message-size/${shape}/first-request-exceeds-server-limit`, sizeCase(shape, [EXCEEDS, FITS])],
    [`server-message-size/${shape}/subsequent-request-exceeds-server-limit`, sizeCase(shape, [FITS, EXCEEDS])],
  ])),
  ...Object.fromEntries(SHAPES.map((shape): [string, Case<Methods>] => [
    `client-message-size/${shape}/response-exceeds-client-limit`,
    {
      on: carriersOf(shape),
      client: LIMIT,
      async run(stage) {
        const texts = REPLY_STREAMS.includes(shape) ? ["fits", EXCEEDS] : [EXCEEDS];
        const { error } = await call(stage, shape, { texts });
        assertEquals(error?.code, Code.RESOURCE_EXHAUSTED);
        assertStringIncludes(error?.message ?? "", "maxFrameBytes");
      },
    },
  ])),
};

const NOTHING = new Uint8Array(0);

const EMPTY: Cases = {
  "empty/unary": {
    async run({ client }) {
      assertEquals(await client.unaryBytes(NOTHING), NOTHING);
    },
  },
  "empty/client-stream": {
    async run({ client }) {
      assertEquals(await client.clientStreamBytes([NOTHING]), NOTHING);
    },
  },
  "empty/server-stream": {
    async run({ client }) {
      assertEquals(await Array.fromAsync(client.serverStreamBytes(NOTHING)), [NOTHING, NOTHING]);
    },
  },
  "empty/bidi-stream": {
    on: BOTH_WAYS,
    async run({ client }) {
      assertEquals(await Array.fromAsync(client.bidiStreamBytes([NOTHING, NOTHING])), [NOTHING, NOTHING]);
    },
  },
};

/** What a call fails with where an HTTP server answers that knows nothing of ticketlink. */
async function failureAt(carrier: Carrier, answer: () => Response): Promise<RpcError> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  return await failureOf(carrier, server.addr.port);
}

async function failureOf(carrier: Carrier, port: number): Promise<RpcError> {
  await using client = createClient(Conformance, `http://127.0.0.1:${port}/rpc`, { exchange: carrier });
  const { error } = await call({ client }, "unary", {}, { timeoutMs: 10_000 });
  assert(error !== undefined, "The call succeeded");
  return error;
}

/** Statuses of HTTP, and the code that each stands for. */
const STATUSES: Readonly<Record<string, readonly [status: number, code: Code]>> = {
  "http-to-rpc-code/bad-request": [400, Code.INTERNAL],
  "http-to-rpc-code/unauthorized": [401, Code.UNAUTHENTICATED],
  "http-to-rpc-code/forbidden": [403, Code.PERMISSION_DENIED],
  "http-to-rpc-code/not-found": [404, Code.UNIMPLEMENTED],
  "http-to-rpc-code/conflict": [409, Code.UNKNOWN],
  "http-to-rpc-code/precondition-failed": [412, Code.UNKNOWN],
  "http-to-rpc-code/payload-too-large": [413, Code.RESOURCE_EXHAUSTED],
  "http-to-rpc-code/unsupported-media-type": [415, Code.UNIMPLEMENTED],
  "http-to-rpc-code/too-many-requests": [429, Code.UNAVAILABLE],
  "http-to-rpc-code/request-header-fields-too-large": [431, Code.UNKNOWN],
  "http-to-rpc-code/bad-gateway": [502, Code.UNAVAILABLE],
  "http-to-rpc-code/service-unavailable": [503, Code.UNAVAILABLE],
  "http-to-rpc-code/gateway-timeout": [504, Code.UNAVAILABLE],
  "http-to-rpc-code/http-version-not-supported": [505, Code.UNKNOWN],
  "unexpected-responses/unmapped-http-status-code": [418, Code.UNKNOWN],
};

/** Makes a case of an answer of HTTP that is no exchange. */
function answerCase(code: Code, answer: () => Response): Case<Methods> {
  return {
    on: REQUESTS,
    async run({ carrier }) {
      const error = await failureAt(carrier, answer);
      assertEquals(error.code, code, error.message);
    },
  };
}

const HTTP_ANSWERS: Cases = {
  ...Object.fromEntries(
    Object.entries(STATUSES).map(([name, [status, code]]) => [
      name,
      answerCase(code, () => new Response("no exchange", { status })),
    ]),
  ),
  "http-to-rpc-code/on-a-socket": {
    on: ["socket"],
    async run({ carrier }) {
      for (const [status] of Object.values(STATUSES)) {
        assertEquals((await failureAt(carrier, () => new Response(null, { status }))).code, Code.UNAVAILABLE);
      }
    },
  },
  "unexpected-responses/nonexistent-http-status-code": {
    on: REQUESTS,
    async run({ carrier }) {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const answered = (async () => {
        using connection = await listener.accept();
        await connection.read(new Uint8Array(65_536));
        await connection.write(new TextEncoder().encode("HTTP/1.1 800 Strange\r\ncontent-length: 0\r\n\r\n"));
      })();
      assertEquals((await failureOf(carrier, listener.addr.port)).code, Code.UNKNOWN);
      await answered;
    },
  },
  "unexpected-responses/unexpected-error-body": answerCase(
    Code.PERMISSION_DENIED,
    () => new Response("no exchange", { status: 403, headers: { "content-type": MEDIA_TYPE } }),
  ),
  "unexpected-responses/unexpected-content-type": answerCase(
    Code.UNKNOWN,
    () => new Response("a picture", { headers: { "content-type": "image/jpeg" } }),
  ),
  "unexpected-responses/unexpected-codec": answerCase(Code.UNKNOWN, () => Response.json({})),
  "unexpected-responses/unexpected-compression": {
    on: REQUESTS,
    server: {
      middleware: async (context, next) => {
        await next();
        context.header("content-encoding", "foo");
      },
    },
    async run(stage) {
      assertEquals((await call(stage, "unary", {})).error?.code, Code.INTERNAL);
    },
  },
};

/** Shows which status of HTTP a call has got that failed with a code. */
async function assertStatus(stage: Stage<Methods>, shape: Shape, code: Code): Promise<void> {
  const statuses: number[] = [];
  const options = { onHttpResponse: ({ status }: { readonly status: number }) => void statuses.push(status) };
  const { error } = await call(stage, shape, { error: { code, message: "failed" } }, options);
  assertEquals([error?.code, statuses], [code, [200]]);
}

const CODE_TO_STATUS: Cases = {
  "code-to-http-code/unary/each-code": {
    on: REQUESTS,
    async run(stage) {
      for (const code of Object.values(Code)) if (code !== Code.OK) await assertStatus(stage, "unary", code);
    },
  },
  ...Object.fromEntries((["client-stream", "server-stream", FULL, HALF] as const).map((shape) => [
    `code-to-http-code/${shape}/error-returns-success-http-code`,
    {
      on: carriersOf(shape).filter((carrier) => REQUESTS.includes(carrier)),
      run: (stage: Stage<Methods>) => assertStatus(stage, shape, Code.NOT_FOUND),
    },
  ])),
};

/** What a call fails with if its server answers with these tickets, of which some break rules. */
async function failureWith(
  carrier: Carrier,
  shape: Shape,
  tickets: readonly ScriptedTicket[],
): Promise<Outcome> {
  const link = serviceLink({ upgradeWebSocket, onError() {} });
  const peer = scriptedPeer({ patienceMs: 5_000 });
  joinLinks(link, peer);
  const app = new Hono().all("/rpc", link.handler);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  const client = createClient(Conformance, `http://127.0.0.1:${server.addr.port}/rpc`, { exchange: carrier });
  const outcome = call({ client }, shape, {}, { timeoutMs: 10_000 });
  await peer.expectTicket();
  tickets.forEach((ticket, index) => peer.send(index === 0 ? { subscription: Subscription.FULL, ...ticket } : ticket));
  const result = await outcome;
  await client[Symbol.asyncDispose]();
  await link.stop(0);
  return result;
}

/** How a server ends a call well. */
const ENDED = { termination: Termination.COMPLETION };
/** A payload that is a reply. */
const REPLY = { payload: cborSerializer.serialize({ text: "", asks: 1, metadata: [], timeRemainingMs: 1 }) };

/** Makes a case of a server that breaks rules. */
function serverCase(
  shape: Shape,
  tickets: readonly ScriptedTicket[],
  expected: { readonly code: Code; readonly replies?: number },
): Case<Methods> {
  return {
    on: carriersOf(shape),
    async run({ carrier }) {
      const { error, replies } = await failureWith(carrier, shape, tickets);
      assertEquals([error?.code, replies.length], [expected.code, expected.replies ?? 0], error?.message);
    },
  };
}

/** What a server answers to a call that a client begins with these tickets, of which some break rules. */
async function answerTo(carrier: Carrier, url: string, tickets: readonly ScriptedTicket[]): Promise<unknown> {
  const link = invocationLink(url, { exchange: carrier, onError() {} });
  const peer = scriptedPeer({ patienceMs: 5_000 });
  joinLinks(peer, link);
  const [first, ...more] = tickets;
  peer.open({ group: Conformance.name, ...first });
  for (const ticket of more) peer.send(ticket);
  for (;;) {
    const { termination, code } = await peer.expectTicket();
    if (termination === undefined) continue;
    await link.close();
    return code;
  }
}

const ASK = { payload: cborSerializer.serialize({ answer: { texts: ["never seen"] } }) };

/** Makes a case of a client that breaks rules. */
function clientCase(tickets: readonly ScriptedTicket[], expected: Code): Case<Methods> {
  return {
    async run({ carrier, url, contexts }) {
      assertEquals(await answerTo(carrier, url, tickets), expected);
      await assertAborted({ contexts });
    },
  };
}

/** Ends the body of a response, in good order as HTTP has it, when a call says so. */
function cutting(cut: Promise<void>): ServedOptions {
  return {
    middleware: async (context, next) => {
      await next();
      if (context.res.status !== 200) return;
      const reader = context.res.body?.getReader();
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const read = await Promise.race([reader?.read(), cut]);
          if (read?.value !== undefined) return controller.enqueue(read.value);
          controller.close();
          await reader?.cancel();
        },
      });
      context.res = new Response(body, context.res);
    },
  };
}

/** Shows that a call fails whose response ends without saying so, and that replies until then have come. */
async function assertCutOff(carrier: Carrier, shape: Shape): Promise<void> {
  const cut = Promise.withResolvers<void>();
  await using stage = openStage(SERVICE, carrier, { server: cutting(cut.promise) });
  const isStream = REPLY_STREAMS.includes(shape);
  const texts = isStream ? ["first"] : [];
  let got = 0;
  const read = async (): Promise<void> => {
    const answer = { texts, sleepsAfter: texts.length };
    for await (const _reply of start(stage.client, shape, answer, () => [SECOND])) {
      got += 1;
      cut.resolve();
    }
  };
  if (!isStream) void until("the handler is called", () => stage.contexts.length > 0).then(() => cut.resolve());
  await assertFails(Code.UNAVAILABLE, read());
  assertEquals(got, texts.length);
}

const UNEXPECTED: Cases = {
  "unexpected-responses/unary/ok-but-no-response": serverCase("unary", [ENDED], { code: Code.INTERNAL }),
  "unexpected-responses/client-stream/ok-but-no-response": serverCase("client-stream", [ENDED], {
    code: Code.INTERNAL,
  }),
  "unexpected-responses/unary/multiple-responses": serverCase("unary", [REPLY, { ...REPLY, ...ENDED }], {
    code: Code.INTERNAL,
  }),
  "unexpected-responses/client-stream/multiple-responses": serverCase("client-stream", [
    REPLY,
    { ...REPLY, ...ENDED },
  ], { code: Code.INTERNAL }),
  ...Object.fromEntries((["client-stream", "server-stream", HALF] as const).map((shape): [string, Case<Methods>] => [
    `unexpected-responses/${shape}/no-end-stream`,
    {
      on: carriersOf(shape).filter((carrier) => REQUESTS.includes(carrier)),
      run: ({ carrier }) => assertCutOff(carrier, shape),
    },
  ])),
  "error-and-end-stream/unrecognized-code": serverCase("unary", [{ ...ENDED, code: "foobar", message: "oops" }], {
    code: Code.UNKNOWN,
  }),
  "error-and-end-stream/missing-message": serverCase(
    "server-stream",
    [REPLY, { ...ENDED, code: Code.UNAUTHENTICATED }],
    {
      code: Code.UNAUTHENTICATED,
      replies: 1,
    },
  ),
  "error-and-end-stream/invalid-details": serverCase("unary", [{
    ...ENDED,
    code: Code.OUT_OF_RANGE,
    terminalMetadata: [["ticketlink-details", new Uint8Array([0xff])]],
  }], { code: Code.OUT_OF_RANGE }),
  "unexpected-requests/unary/no-request": clientCase([{ method: "unary", ...ENDED }], Code.INVALID_ARGUMENT),
  "unexpected-requests/server-stream/no-request": clientCase(
    [{ method: "serverStream", ...ENDED }],
    Code.INVALID_ARGUMENT,
  ),
  "unexpected-requests/unary/multiple-requests": clientCase(
    [{ method: "unary", methodKind: "unary", ...ASK }, { ...ASK, ...ENDED }],
    Code.INTERNAL,
  ),
  "unexpected-requests/server-stream/multiple-requests": clientCase(
    [{ method: "serverStream", methodKind: "server_streaming", ...ASK }, { ...ASK, ...ENDED }],
    Code.INTERNAL,
  ),
};

/** What a server answers to a request that is no exchange. */
async function statusOf(url: string, init: RequestInit): Promise<number> {
  const { status, body } = await fetch(url, { body: "no exchange", ...init });
  await body?.cancel();
  return status;
}

/** Makes a case of requests of HTTP alone. */
function requestCase(expected: number, init: RequestInit): Case<Methods> {
  return {
    on: ["single"],
    async run({ url }) {
      assertEquals(await statusOf(url, init), expected);
    },
  };
}

const HTTP_REQUESTS: Cases = {
  "unexpected-requests/unexpected-verb": requestCase(405, { method: "DELETE" }),
  "unexpected-requests/unexpected-codec": requestCase(415, {
    method: "POST",
    headers: { "content-type": "application/foo" },
  }),
  "unexpected-requests/unexpected-content-type": requestCase(415, {
    method: "POST",
    headers: { "content-type": "image/jpeg" },
  }),
  "unexpected-requests/unexpected-compression": requestCase(415, {
    method: "POST",
    headers: { "content-type": MEDIA_TYPE, "content-encoding": "foo" },
  }),
  "unexpected-requests/unexpected-uri": {
    on: REQUESTS,
    async run({ carrier, url }) {
      assertEquals(await statusOf(new URL("/elsewhere", url).href, { method: "POST" }), 404);
      await using client = createClient(Conformance, new URL("/elsewhere", url), { exchange: carrier });
      await assertFails(Code.UNIMPLEMENTED, client.unary({}));
    },
  },
};

interopTests("Connect", SERVICE, {
  ...BASIC,
  ...CANCELLATION,
  ...TIME,
  ...ERRORS,
  ...DUPLICATE_METADATA,
  ...METADATA,
  ...MESSAGE_SIZE,
  ...EMPTY,
  ...HTTP_ANSWERS,
  ...CODE_TO_STATUS,
  ...UNEXPECTED,
  ...HTTP_REQUESTS,
});
