/**
 * The cases of gRPC's list for interoperability, in our own words: what of its test service a client must be able to count
 * on. README.md says of each what comes of it.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  bidiStreaming,
  type CallOptions,
  clientStreaming,
  type Code,
  connect,
  createClient,
  defineService,
  type HandlerContext,
  implement,
  type Metadata,
  metadataValues,
  RpcError,
  serverStreaming,
  unary,
} from "../../mod.ts";
import { sleep } from "../conformance/sleep.ts";
import { CutWire } from "../http/cut_wire.ts";
import { IS_NIGHTLY } from "../nightly.ts";
import { assertAborted, assertFails, BOTH_WAYS, interopTests, never, openStage, type Stage, until } from "./suite.ts";

/** What a handler is to fail with. */
interface Status {
  readonly code: Code;
  readonly message: string;
}

/** What a call sends, and what it wants of the server. */
interface Request {
  readonly payload?: Uint8Array;
  /** The sizes of the payloads that are to come back, in bytes. */
  readonly sizes?: readonly number[];
  readonly status?: Status;
  /** Milliseconds that the handler sleeps first, unless its call ends. */
  readonly sleepMs?: number;
}

const TestService = defineService("grpc.testing.TestService", {
  empty: unary<Record<string, never>, Record<string, never>>(),
  unary: unary<Request, Uint8Array>(),
  streamingInput: clientStreaming<Uint8Array, number>(),
  streamingOutput: serverStreaming<Request, Uint8Array>(),
  fullDuplex: bidiStreaming<Request, Uint8Array>(),
  /** Sends payloads before it has read anything. */
  serverFirst: bidiStreaming<Request, Uint8Array>(),
});

type Methods = typeof TestService.methods;

const ECHO_HEADER = "x-grpc-test-echo-initial";
const ECHO_TRAILER = "x-grpc-test-echo-trailing-bin";

async function* answer({ sizes = [], status, sleepMs }: Request, ctx: HandlerContext): AsyncGenerator<Uint8Array> {
  if (sleepMs !== undefined) await sleep(sleepMs, ctx.signal);
  if (status !== undefined) throw new RpcError(status.code, status.message);
  for (const size of sizes) yield new Uint8Array(size);
}

const SERVICE = {
  contract: TestService,
  implement(contexts: HandlerContext[]) {
    const begin = (ctx: HandlerContext): void => {
      contexts.push(ctx);
      ctx.setHeader(ECHO_HEADER, metadataValues(ctx.metadata, ECHO_HEADER));
      ctx.setTrailer(ECHO_TRAILER, metadataValues(ctx.metadata, ECHO_TRAILER));
    };
    return implement(TestService, {
      empty: (_, ctx) => {
        begin(ctx);
        return {};
      },
      async unary(request, ctx) {
        begin(ctx);
        const { value } = await answer(request, ctx).next();
        return value ?? new Uint8Array(0);
      },
      async streamingInput(payloads, ctx) {
        begin(ctx);
        let total = 0;
        for await (const { byteLength } of payloads) total += byteLength;
        return total;
      },
      async *streamingOutput(request, ctx) {
        begin(ctx);
        yield* answer(request, ctx);
      },
      async *fullDuplex(requests, ctx) {
        begin(ctx);
        for await (const request of requests) yield* answer(request, ctx);
      },
      async *serverFirst(requests, ctx) {
        begin(ctx);
        yield new Uint8Array(9);
        for await (const request of requests) yield* answer(request, ctx);
      },
    });
  },
};

const LARGE = { payload: new Uint8Array(271_828), sizes: [314_159] };

async function assertLargeUnary({ client }: Pick<Stage<Methods>, "client">): Promise<void> {
  assertEquals((await client.unary(LARGE)).byteLength, 314_159);
}

/** The sizes of what a stream gives. */
async function sizesOf(payloads: AsyncIterable<Uint8Array>): Promise<number[]> {
  const sizes: number[] = [];
  for await (const { byteLength } of payloads) sizes.push(byteLength);
  return sizes;
}

type TestClient = Stage<Methods>["client"];

/** Makes a call with one request, and waits for its end. */
type Way = (client: TestClient, request: Request, options?: CallOptions) => Promise<unknown>;

/** The ways that cases want to see: unary and, where that can be, streaming both ways. */
function waysOf({ carrier }: Stage<Methods>): readonly Way[] {
  const unaryWay: Way = (client, request, options) => client.unary(request, options);
  const bidiWay: Way = (client, request, options) => sizesOf(client.fullDuplex([request], options));
  return BOTH_WAYS.includes(carrier) ? [unaryWay, bidiWay] : [unaryWay];
}

/** What goes up and what comes down in a conversation, in bytes. */
const EXCHANGED = [[27_182, 31_415], [8, 9], [1_828, 2_653], [45_904, 58_979]] as const;

const SPECIAL_MESSAGE = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";

/** How often what is repeated is done: enough by day to see that it can be. */
const REPETITIONS = IS_NIGHTLY ? 300 : 10;
/** How many calls are made at once. */
const CROWD = IS_NIGHTLY ? 2_000 : 100;
const LARGE_CROWD = IS_NIGHTLY ? 500 : 20;

/** A payload of a stream that does not fit into what lies between the two sides. */
const CHUNK = new Uint8Array(65_536);
const CHUNKS = 256;
/** Milliseconds in which a side that is not held back would send all of it. */
const HELD_MS = 150;

interopTests("gRPC", SERVICE, {
  empty_unary: {
    async run({ client }) {
      assertEquals(await client.empty({}), {});
    },
  },

  large_unary: { run: assertLargeUnary },

  client_streaming: {
    async run({ client }) {
      assertEquals(await client.streamingInput(EXCHANGED.map(([up]) => new Uint8Array(up))), 74_922);
    },
  },

  server_streaming: {
    async run({ client }) {
      const sizes = EXCHANGED.map(([, down]) => down);
      assertEquals(await sizesOf(client.streamingOutput({ sizes })), sizes);
    },
  },

  ping_pong: {
    on: BOTH_WAYS,
    async run({ client }) {
      let answered = Promise.withResolvers<void>();
      async function* requests(): AsyncGenerator<Request> {
        for (const [up, down] of EXCHANGED) {
          yield { payload: new Uint8Array(up), sizes: [down] };
          await answered.promise;
          answered = Promise.withResolvers();
        }
      }
      const sizes: number[] = [];
      for await (const { byteLength } of client.fullDuplex(requests())) {
        sizes.push(byteLength);
        answered.resolve();
      }
      assertEquals(sizes, [31_415, 9, 2_653, 58_979]);
    },
  },

  empty_stream: {
    on: BOTH_WAYS,
    async run({ client }) {
      assertEquals(await sizesOf(client.fullDuplex([])), []);
    },
  },

  custom_metadata: {
    async run(stage) {
      const [initial, trailing] = ["test_initial_metadata_value", new Uint8Array([0xab, 0xab, 0xab])] as const;
      for (const call of waysOf(stage)) {
        const heard: Metadata[] = [];
        await call(stage.client, LARGE, {
          metadata: { [ECHO_HEADER]: initial, [ECHO_TRAILER]: trailing },
          onHeader: (header) => void heard.push(header),
          onTrailer: (trailer) => void heard.push(trailer),
        });
        assertEquals(heard, [[[ECHO_HEADER, initial]], [[ECHO_TRAILER, trailing]]]);
      }
    },
  },

  status_code_and_message: {
    async run(stage) {
      const status = { code: "unknown", message: "test status message" } as const;
      for (const call of waysOf(stage)) {
        assertEquals((await assertFails("unknown", call(stage.client, { status }))).message, status.message);
      }
    },
  },

  special_status_message: {
    async run({ client }) {
      const status = { code: "unknown", message: SPECIAL_MESSAGE } as const;
      assertEquals((await assertFails("unknown", client.unary({ status }))).message, SPECIAL_MESSAGE);
    },
  },

  unimplemented_method: {
    async run({ channel }) {
      const Newer = defineService("grpc.testing.TestService", { unimplemented: unary<void, void>() });
      await assertFails("unimplemented", createClient(Newer, channel).unimplemented());
    },
  },

  unimplemented_service: {
    async run({ channel }) {
      const Other = defineService("grpc.testing.UnimplementedService", { unimplemented: unary<void, void>() });
      await assertFails("unimplemented", createClient(Other, channel).unimplemented());
    },
  },

  cancel_after_begin: {
    async run(stage) {
      const abort = new AbortController();
      const call = stage.client.streamingInput(
        (async function* () {
          yield await never();
        })(),
        { signal: abort.signal },
      );
      abort.abort();
      await assertFails("cancelled", call);
      await assertAborted(stage);
    },
  },

  cancel_after_first_response: {
    on: BOTH_WAYS,
    async run(stage) {
      const abort = new AbortController();
      const payloads = stage.client.fullDuplex(
        (async function* () {
          yield { payload: new Uint8Array(27_182), sizes: [31_415] };
          await never();
        })(),
        { signal: abort.signal },
      );
      assertEquals((await payloads.next()).value?.byteLength, 31_415);
      abort.abort();
      await assertFails("cancelled", payloads.next());
      await assertAborted(stage);
    },
  },

  timeout_on_sleeping_server: {
    async run(stage) {
      const request = { payload: new Uint8Array(27_182), sleepMs: 10_000 };
      for (const call of waysOf(stage)) {
        await assertFails("deadline_exceeded", call(stage.client, request, { timeoutMs: 1 }));
      }
      await assertAborted(stage);
    },
  },

  concurrent_large_unary: {
    async run(stage) {
      await Promise.all(Array.from({ length: LARGE_CROWD }, () => assertLargeUnary(stage)));
    },
  },

  rpc_soak: {
    async run(stage) {
      for (let i = 0; i < REPETITIONS; i++) await assertLargeUnary(stage);
    },
  },

  channel_soak: {
    async run({ url, carrier }) {
      for (let i = 0; i < REPETITIONS; i++) {
        await using client = createClient(TestService, url, { exchange: carrier });
        await assertLargeUnary({ client });
      }
    },
  },

  long_lived_channel: {
    client: { timeouts: { idleMs: 10 } },
    async run(stage) {
      // Each pause is long enough for the client to give up its exchange.
      for (let i = 0; i < 4; i++) {
        await assertLargeUnary(stage);
        await sleep(30);
      }
    },
  },

  "pushback at client": {
    on: BOTH_WAYS,
    async run({ carrier }) {
      let sent = 0;
      const Sink = defineService("interop.Sink", { fill: clientStreaming<Uint8Array, number>() });
      await using sink = openStage({
        contract: Sink,
        implement: () =>
          implement(Sink, {
            async fill(chunks) {
              await sleep(HELD_MS);
              const sentBeforeRead = sent;
              for await (const _chunk of chunks);
              return sentBeforeRead;
            },
          }),
      }, carrier);
      const sentBeforeRead = await sink.client.fill((async function* () {
        for (; sent < CHUNKS; sent++) yield CHUNK;
      })());
      assert(sentBeforeRead < CHUNKS / 2, `${sentBeforeRead} of ${CHUNKS} had left`);
      assertEquals(sent, CHUNKS);
    },
  },

  "pushback at server": {
    async run({ carrier }) {
      let sent = 0;
      const Source = defineService("interop.Source", { drain: serverStreaming<void, Uint8Array>() });
      await using source = openStage({
        contract: Source,
        implement: () =>
          implement(Source, {
            async *drain() {
              for (; sent < CHUNKS; sent++) yield CHUNK;
            },
          }),
      }, carrier);
      const chunks = source.client.drain();
      await chunks.next();
      await sleep(HELD_MS);
      const sentBeforeRead = sent;
      assert(sentBeforeRead < CHUNKS / 2, `${sentBeforeRead} of ${CHUNKS} had left`);
      assertEquals((await sizesOf(chunks)).length, CHUNKS - 1);
    },
  },

  "calls at once on one channel": {
    async run({ client }) {
      await Promise.all(Array.from({ length: CROWD }, () => client.empty({})));
    },
  },

  "timeouts at once on one channel": {
    async run(stage) {
      const calls = Array.from({ length: CROWD }, () => stage.client.unary({ sleepMs: 10_000 }, { timeoutMs: 50 }));
      await Promise.all(calls.map((call) => assertFails("deadline_exceeded", call)));
      await assertAborted(stage);
    },
  },

  "calls at once on different channels": {
    async run({ url, carrier }) {
      await Promise.all(Array.from({ length: IS_NIGHTLY ? 200 : 10 }, async () => {
        await using client = createClient(TestService, url, { exchange: carrier });
        await Promise.all(Array.from({ length: 10 }, () => client.empty({})));
      }));
    },
  },

  "calls beyond the limit of calls at once": {
    on: BOTH_WAYS,
    server: { limits: { maxOperations: 2 } },
    async run({ client }) {
      const calls = Array.from({ length: 10 }, () => client.unary({ sizes: [8], sleepMs: 5 }));
      assertEquals((await Promise.all(calls)).map(({ byteLength }) => byteLength), Array(10).fill(8));
    },
  },

  "cancel before start": {
    async run({ client, contexts }) {
      await assertFails("cancelled", client.empty({}, { signal: AbortSignal.abort() }));
      await client.empty({});
      assertEquals(contexts.length, 1);
    },
  },

  "cancel after the first message was sent": {
    on: BOTH_WAYS,
    async run(stage) {
      const abort = new AbortController();
      const call = stage.client.streamingInput(
        (async function* () {
          yield CHUNK;
          await never();
        })(),
        { signal: abort.signal },
      );
      await until("the handler is called", () => stage.contexts.length === 1);
      abort.abort();
      await assertFails("cancelled", call);
      await assertAborted(stage);
    },
  },

  "cancel after the headers were received": {
    async run(stage) {
      const abort = new AbortController();
      const payloads = stage.client.streamingOutput({ sizes: Array(CHUNKS).fill(CHUNK.byteLength) }, {
        signal: abort.signal,
        onHeader: () => abort.abort(),
      });
      await assertFails("cancelled", sizesOf(payloads));
      await assertAborted(stage);
    },
  },

  "timeout that does not run out": {
    async run(stage) {
      for (const call of waysOf(stage)) await call(stage.client, { sizes: [8] }, { timeoutMs: 10_000 });
      assertEquals(stage.contexts.map(({ signal }) => signal.aborted), stage.contexts.map(() => false));
    },
  },

  "server responds without a request": {
    on: BOTH_WAYS,
    async run({ client }) {
      const payloads = client.serverFirst((async function* () {
        yield await never();
      })());
      assertEquals((await payloads.next()).value?.byteLength, 9);
      await payloads.return();
    },
  },

  "63 KB of metadata": {
    async run({ client, carrier }) {
      const metadata = { "x-large": "X".repeat(63_000) };
      const { message } = await assertFails("resource_exhausted", client.empty({}, { metadata }));
      assertStringIncludes(message, "maxMetadataBytes");
      const limits = { maxMetadataBytes: 65_536 };
      await using raised = openStage(SERVICE, carrier, { server: { limits }, client: { limits } });
      await raised.client.empty({}, { metadata });
      assertEquals(raised.contexts[0]?.metadata, [["x-large", metadata["x-large"]]]);
    },
  },

  "reconnect after a transport failure": {
    async run({ url, carrier, contexts }) {
      const wire = new CutWire(Number(new URL(url).port));
      await using channel = connect(`http://127.0.0.1:${wire.port}/rpc`, { exchange: carrier });
      const client = createClient(TestService, channel);
      const waiting = assertFails("unavailable", client.unary({ sleepMs: 10_000 }));
      await until("the handler is called", () => contexts.length === 1);
      wire.cut();
      await waiting;
      await assertLargeUnary({ client });
      await channel.close();
      await wire.close();
    },
  },
});
