/** Streams of messages keep the laws of iterators, on both sides. */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  bidiStreaming,
  clientStreaming,
  createClient,
  defineService,
  implement,
  type Interceptor,
  serverStreaming,
} from "@ticketlink/ticketlink";
import { resultOf, sleep, within } from "./result.ts";
import { serve } from "./served.ts";

const passingOn: Interceptor = (next) => (request) => next(request);

const Numbers = defineService("iterators.Numbers", {
  count: serverStreaming<number, number>(),
  first: clientStreaming<unknown, unknown>(),
  all: clientStreaming<unknown, unknown[]>(),
  chat: bidiStreaming<number, number>(),
});

/** The handlers; `begun` is called by each generator as its first step. */
function numbers(begun: (method: string) => void = () => {}) {
  return implement(Numbers, {
    async *count(limit, { signal }) {
      begun("count");
      for (let i = 0; i < limit; i++) yield i;
      // A limit of 1.5 stands for a stream that says no more and does not end.
      if (limit % 1 !== 0) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
    async first(messages) {
      for await (const message of messages) return message;
      return "none";
    },
    all: (messages) => Array.fromAsync(messages),
    async *chat(messages) {
      begun("chat");
      yield* messages;
    },
  });
}

/** Shows that a loop that waits is ended by `return()`. */
async function returnEndsLoop(interceptors: readonly Interceptor[]): Promise<void> {
  await using server = serve(numbers());
  await using client = createClient(Numbers, server.url, { interceptors });
  const stream = client.count(1.5);
  const seen: number[] = [];
  const waits = Promise.withResolvers<void>();
  const loop = resultOf(async () => {
    for await (const number of stream) {
      seen.push(number);
      if (seen.length === 2) setTimeout(waits.resolve, 50);
    }
  });
  await within(2_000, "two messages", waits.promise);
  await within(1_000, "return()", stream.return());
  assertEquals((await loop).error, undefined);
  assertEquals(seen, [0, 1]);
}

Deno.test("return() during a loop that waits ends the loop", () => returnEndsLoop([]));

Deno.test("return() during a loop that waits ends the loop, with an interceptor", () => returnEndsLoop([passingOn]));

for (const interceptors of [[], [passingOn]]) {
  const beside = interceptors.length === 0 ? "" : ", with an interceptor";

  Deno.test(`return(value) gives the value${beside}`, async () => {
    await using server = serve(numbers());
    await using client = createClient(Numbers, server.url, { interceptors });
    // As the language has it: any iterator takes a value here.
    const stream: { next(): Promise<unknown>; return(value: unknown): Promise<unknown> } = client.count(1_000);
    await stream.next();
    assertEquals(await within(1_000, "return()", stream.return("enough")), { done: true, value: "enough" });
  });

  Deno.test(`return(value) of a stream that is over gives the value${beside}`, async () => {
    await using server = serve(numbers());
    await using client = createClient(Numbers, server.url, { interceptors });
    // As the language has it: any iterator takes a value here.
    const stream: AsyncIterable<number> & { return(value: unknown): Promise<unknown> } = client.count(1);
    for await (const _number of stream);
    assertEquals(await within(1_000, "return()", stream.return("enough")), { done: true, value: "enough" });
  });

  Deno.test(`a server stream begins at its first next()${beside}`, async () => {
    const begun: string[] = [];
    await using server = serve(numbers((method) => begun.push(method)));
    await using client = createClient(Numbers, server.url, { interceptors });
    const stream = client.count(1);
    await sleep(150);
    assertEquals(begun, []);
    assertEquals(await within(1_000, "the first message", stream.next()), { done: false, value: 0 });
    assertEquals(begun, ["count"]);
    await stream.return();
  });

  Deno.test(`a second loop over a finished stream throws${beside}`, async () => {
    await using server = serve(numbers());
    await using client = createClient(Numbers, server.url, { interceptors });
    const stream = client.count(2);
    assertEquals(await Array.fromAsync(stream), [0, 1]);
    const { error, ...result } = await resultOf(() => Array.fromAsync(stream));
    assertInstanceOf(error, TypeError, `it gave ${Deno.inspect(result)}`);
  });

  Deno.test(`a bidirectional call begins at once${beside}`, async () => {
    const begun = Promise.withResolvers<string>();
    await using server = serve(numbers(begun.resolve));
    await using client = createClient(Numbers, server.url, { interceptors });
    const stream = client.chat([1]);
    assertEquals(await within(1_000, "the handler", begun.promise), "chat");
    await stream.return();
  });
}

Deno.test("an interceptor is not called for a server stream before its first next()", async () => {
  let calls = 0;
  const counting: Interceptor = (next) => (request) => {
    calls++;
    return next(request);
  };
  await using server = serve(numbers());
  await using client = createClient(Numbers, server.url, { interceptors: [counting] });
  const stream = client.count(1);
  await sleep(20);
  const before = calls;
  await stream.next();
  await stream.return();
  assertEquals([before, calls], [0, 1]);
});

Deno.test("a handler's second loop over its finished requests throws", async () => {
  const Twice = defineService("iterators.Twice", { read: clientStreaming<number, string>() });
  await using server = serve(implement(Twice, {
    async read(messages) {
      await Array.fromAsync(messages);
      const { error, ...again } = await resultOf(() => Array.fromAsync(messages));
      return error === undefined ? Deno.inspect(again) : String(error);
    },
  }));
  await using client = createClient(Twice, server.url);
  const told = await client.read([1, 2]);
  assert(told.startsWith("TypeError"), told);
});

/** An iterator that breaks the language's law: what it gives is no object. */
function lawless(): Iterator<unknown> {
  // `5` stands for what a hand-written iterator gives that returns its value as it is.
  return { next: () => 5 as unknown as IteratorResult<unknown> };
}

/** The same, with a promise of it. */
function lawlessLater(): AsyncIterator<unknown> {
  // As above.
  return { next: () => Promise.resolve(5 as unknown as IteratorResult<unknown>) };
}

const LAWLESS: Readonly<Record<string, Iterable<unknown> | AsyncIterable<unknown>>> = {
  "an iterator": { [Symbol.iterator]: lawless },
  "an async iterator": { [Symbol.asyncIterator]: lawlessLater },
};

/** Whether an error is a TypeError or has one as its cause. */
function isTypeError(error: unknown): boolean {
  return error instanceof TypeError || error instanceof Error && error.cause instanceof TypeError;
}

for (const [what, messages] of Object.entries(LAWLESS)) {
  Deno.test(`a result of ${what} of the caller that is no object is a TypeError`, async () => {
    await using server = serve(numbers());
    await using client = createClient(Numbers, server.url);
    const { error, ...result } = await resultOf(() => client.first(messages));
    assert(isTypeError(error), `it gave ${Deno.inspect(error ?? result)}`);
  });

  Deno.test(`a result of ${what} of a handler that is no object is a TypeError, and ends the stream`, async () => {
    const Lawless = defineService("iterators.Lawless", { all: serverStreaming<void, unknown>() });
    await using server = serve(implement(Lawless, { all: () => messages }));
    await using client = createClient(Lawless, server.url);
    const stream = client.all();
    const { error, ...result } = await resultOf(() => stream.next());
    await stream.return();
    assert(error !== undefined, `it gave ${Deno.inspect(result)}`);
    assertInstanceOf(server.told[0]?.[0], TypeError);
  });
}

Deno.test("promises of a sync iterable of the caller are awaited", async () => {
  await using server = serve(numbers());
  await using client = createClient(Numbers, server.url);
  const { error, ...result } = await resultOf(() => client.all([Promise.resolve(1), 2, Promise.resolve(3)]));
  assertEquals(error, undefined);
  assertEquals(result, { value: [1, 2, 3] });
});

Deno.test("a promise of a sync iterable that rejects fails the call with its reason", async () => {
  await using server = serve(numbers());
  await using client = createClient(Numbers, server.url);
  const broken = Promise.reject(new Error("The disk is full"));
  // Whoever does not await it leaves it to nobody: the test is about the call.
  broken.catch(() => {});
  const { error } = await resultOf(() => client.all([1, broken]));
  assertInstanceOf(error, Error);
  assert(Deno.inspect(error).includes("The disk is full"), Deno.inspect(error));
});

Deno.test("promises of a sync iterable of a handler are awaited", async () => {
  const Later = defineService("iterators.Later", { all: serverStreaming<void, unknown>() });
  await using server = serve(implement(Later, { all: () => [Promise.resolve(1), 2, Promise.resolve(3)] }));
  await using client = createClient(Later, server.url);
  const { error, ...result } = await resultOf(() => Array.fromAsync(client.all()));
  assertEquals(error, undefined);
  assertEquals(result, { value: [1, 2, 3] });
});

/** Functions that can be iterated over. */
const FUNCTIONS: Readonly<Record<string, Iterable<unknown> | AsyncIterable<unknown>>> = {
  "a function that is iterable": Object.assign(() => {}, { [Symbol.iterator]: () => [1, 2].values() }),
  "a function that is async iterable": Object.assign(() => {}, {
    async *[Symbol.asyncIterator]() {
      yield 1;
      yield 2;
    },
  }),
};

for (const [what, messages] of Object.entries(FUNCTIONS)) {
  Deno.test(`${what} is taken from the caller`, async () => {
    await using server = serve(numbers());
    await using client = createClient(Numbers, server.url);
    const { error, ...result } = await resultOf(() => client.all(messages));
    assertEquals(error, undefined);
    assertEquals(result, { value: [1, 2] });
  });

  Deno.test(`${what} is taken from a handler`, async () => {
    const Given = defineService("iterators.Given", { all: serverStreaming<void, unknown>() });
    await using server = serve(implement(Given, { all: () => messages }));
    await using client = createClient(Given, server.url);
    const { error, ...result } = await resultOf(() => Array.fromAsync(client.all()));
    assertEquals(error, undefined);
    assertEquals(result, { value: [1, 2] });
  });
}
