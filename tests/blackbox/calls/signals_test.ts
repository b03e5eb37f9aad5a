/** Signals keep their laws, and all misuse of one call arrives one way. */
import { assertEquals, assertInstanceOf } from "@std/assert";
// @deno-types="npm:node-abort-controller@3.1.1/index.d.ts"
import { AbortController as ForeignAbortController } from "npm:node-abort-controller@3.1.1";
import {
  bidiStreaming,
  type CallOptions,
  type Client,
  clientStreaming,
  createClient,
  defineService,
  type DiscardOptions,
  implement,
  type Interceptor,
  RpcError,
  serverStreaming,
  unary,
} from "@ticketlink/ticketlink";
import { programNamed } from "../../programs.ts";
import { runProcess } from "../../watched_process.ts";
import { bundleProgram } from "./program.ts";
import { resultOf, sleep } from "./result.ts";
import { serve } from "./served.ts";

const Four = defineService("signals.Four", {
  one: unary<number, number>(),
  many: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  both: bidiStreaming<number, number>(),
});

const four = implement(Four, {
  one: (number) => number,
  async *many(number) {
    yield number;
  },
  async sum(numbers) {
    let sum = 0;
    for await (const number of numbers) sum += number;
    return sum;
  },
  async *both(numbers) {
    yield* numbers;
  },
});

/** The four ways to call, each as a promise of its first response. */
const WAYS: Readonly<Record<string, (client: Client<typeof Four.methods>, options: CallOptions) => Promise<unknown>>> =
  {
    unary: (client, options) => client.one(1, options),
    "server_streaming": (client, options) => client.many(1, options).next(),
    "client_streaming": (client, options) => client.sum([1], options),
    "bidi_streaming": (client, options) => client.both([1], options).next(),
  };

const passingOn: Interceptor = (next) => (request) => next(request);

const { signal } = new AbortController();

/** What an option must not be, by option, so that none is left out; `oneWay` and `discardResponse` are of unary calls alone. */
const MISUSE: Readonly<Record<Exclude<keyof CallOptions, keyof DiscardOptions>, Readonly<Record<string, unknown>>>> = {
  ctx: {
    "a number": 5,
    "an empty object": {},
    "an object without timeRemaining": { signal },
    "an object whose signal is an empty object": { signal: {}, timeRemaining: () => 1_000 },
  },
  timeoutMs: { "below 0": -1, "NaN": NaN, "text": "1000" },
  signal: { "an empty object": {}, "text": "now", "a signal's constructor": AbortSignal },
  metadata: { "a number": 5, "null": null, "an object with a number": { a: 1 } },
  headers: { "a number": 5, "an object whose name has a space": { "a b": "c" } },
  onStart: { "a number": 5 },
  onHeader: { "a number": 5, "an object": {} },
  onTrailer: { "a number": 5 },
  onHttpResponse: { "a number": 5 },
};

/** Options that are wrong as a whole. The casts stand for a caller without types. */
const NO_OPTIONS: Readonly<Record<string, CallOptions>> = {
  "a number": 5 as CallOptions,
  "null": null as unknown as CallOptions,
  "an object that throws when it is read": {
    get signal(): AbortSignal {
      throw new RangeError("Not now");
    },
  },
};

/** Says what is wrong with how misuse arrives; `undefined` if it rejects with a TypeError or a RangeError. */
async function arrival(call: () => Promise<unknown>): Promise<string | undefined> {
  let answer: Promise<unknown>;
  try {
    answer = call();
  } catch (error) {
    return `throws ${error}`;
  }
  const { error, ...result } = await resultOf(() => answer, 500);
  if (error === undefined) return `resolves to ${Deno.inspect(result)}`;
  return error instanceof TypeError || error instanceof RangeError ? undefined : `rejects with ${error}`;
}

/** Shows that misuse makes calls of all kinds reject, with and without an interceptor. */
async function allReject(options: CallOptions): Promise<void> {
  await using server = serve(four);
  const problems: string[] = [];
  for (const interceptors of [[], [passingOn]]) {
    await using client = createClient(Four, server.url, { interceptors, onError() {} });
    const arrivals = Object.entries(WAYS).map(async ([kind, call]) => {
      const problem = await arrival(() => call(client, options));
      if (problem !== undefined) problems.push(`${kind}, ${interceptors.length} interceptors: ${problem}`);
    });
    await Promise.all(arrivals);
  }
  assertEquals(problems, []);
}

for (const [what, options] of Object.entries(NO_OPTIONS)) {
  Deno.test(`options that are ${what} make a call of any kind reject`, () => allReject(options));
}

for (const [option, values] of Object.entries(MISUSE)) {
  for (const [what, value] of Object.entries(values)) {
    Deno.test(`${option} that is ${what} makes a call of any kind reject`, () => allReject({ [option]: value }));
  }
}

for (const option of ["oneWay", "discardResponse"] as const) {
  Deno.test(`a ${option} that is text makes a unary call reject`, async () => {
    await using server = serve(four);
    await using client = createClient(Four, server.url);
    // Stands for a caller without types.
    const options = { [option]: "yes" } as unknown as DiscardOptions;
    assertEquals(await arrival(() => client.one(1, options)), undefined);
  });
}

/** A signal of npm's node-abort-controller for a caller who takes it for any other: its types are no DOM types. */
function foreignSignal({ signal }: ForeignAbortController): AbortSignal {
  return signal as unknown as AbortSignal;
}

Deno.test(
  "a signal of npm's node-abort-controller cancels calls of all kinds when it aborts",
  async () => {
    await using server = serve(implement(Four, {
      one: (_number, { signal }) => untilAborted(signal),
      async *many(_number, { signal }) {
        yield await untilAborted(signal);
      },
      sum: (_numbers, { signal }) => untilAborted(signal),
      async *both(_numbers, { signal }) {
        yield await untilAborted(signal);
      },
    }));
    await using client = createClient(Four, server.url);
    const failures = new Map<string, unknown>();
    for (const [kind, call] of Object.entries(WAYS)) {
      const controller = new ForeignAbortController();
      const answer = resultOf(() => call(client, { signal: foreignSignal(controller) }));
      await sleep(20);
      controller.abort();
      const { error } = await answer;
      failures.set(kind, error instanceof RpcError ? error.code : error);
    }
    assertEquals(failures, new Map(Object.keys(WAYS).map((kind) => [kind, "cancelled"])));
  },
);

/** Answers when a signal aborts. */
function untilAborted(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(0)));
}

Deno.test(
  "a signal of npm's node-abort-controller that has aborted makes a call reject as cancelled",
  async () => {
    await using server = serve(four);
    await using client = createClient(Four, server.url);
    const controller = new ForeignAbortController();
    controller.abort();
    const { error } = await resultOf(() => client.one(1, { signal: foreignSignal(controller) }));
    assertInstanceOf(error, RpcError, `it failed with ${error}`);
    assertEquals(error.code, "cancelled");
  },
);

const node = programNamed("node");

/** What Node warns of in the program of twelve calls at once, as its argument says. */
async function warningsOf(how: string): Promise<readonly string[]> {
  const folder = await Deno.makeTempDir({ prefix: "ticketlink-signals-" });
  try {
    const program = await bundleProgram(new URL("programs/max_listeners.ts", import.meta.url), folder);
    const { stdout } = await runProcess(node.path, { args: [program, how] });
    return JSON.parse(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What twelve calls at once share. */
const SHARED: Readonly<Record<string, string>> = {
  "signal": "twelve calls on one signal",
  "ctx": "twelve calls on one ctx",
  "signal-intercepted": "twelve calls on one signal, with an interceptor",
  "ctx-intercepted": "twelve calls on one ctx, with an interceptor",
};

for (const [how, what] of Object.entries(SHARED)) {
  Deno.test(`Node warns of no leak for ${what}`, { ignore: node.ignore }, async () => {
    assertEquals(await warningsOf(how), []);
  });
}
