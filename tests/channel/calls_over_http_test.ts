import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { type Context, Hono } from "npm:hono@^4";
import {
  bidiStreaming,
  type Channel,
  type Client,
  clientStreaming,
  connect,
  createClient,
  defineService,
  type HttpResponseInfo,
  implement,
  RpcError,
  serverStreaming,
  type TicketHandler,
  ticketHandler,
  type TicketHandlerOptions,
  unary,
} from "../../mod.ts";
import type { InvocationLinkOptions } from "../../src/links/mod.ts";

const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming<string, string>(),
});

type GreeterClient = Client<typeof Greeter.methods>;

/** What the handlers of one test leave behind. */
class Trace {
  readonly contexts: (Context | undefined)[] = [];
  readonly signals: AbortSignal[] = [];
  produced = 0;
  readonly #waiting: (() => void)[] = [];

  /** Resolves when a handler has been called. */
  called(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  note(signal: AbortSignal, http: Context | undefined): void {
    this.signals.push(signal);
    this.contexts.push(http);
    this.#waiting.splice(0).forEach((resolve) => resolve());
  }
}

/** Resolves when the signal has aborted. */
function aborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

function greeterHandler(trace: Trace, options: TicketHandlerOptions = {}): TicketHandler {
  return ticketHandler(
    implement(Greeter, {
      hello: async (name, ctx) => {
        trace.note(ctx.signal, ctx.http);
        if (name === "nobody") throw new RpcError("not_found", "There is nobody", { details: [{ name }] });
        if (name === "later") await aborted(ctx.signal);
        return `Hello, ${name}`;
      },
      async *count(n, ctx) {
        trace.note(ctx.signal, ctx.http);
        for (let i = 0; i < n; i++) {
          trace.produced += 1;
          yield i;
        }
      },
      async sum(numbers) {
        let total = 0;
        for await (const n of numbers) total += n;
        return total;
      },
      async *chat(messages) {
        for await (const message of messages) yield `You said: ${message}`;
      },
    }),
    options,
  );
}

async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

/** A handler in an application, and how to get there. */
interface Site extends AsyncDisposable {
  readonly url: string;
  readonly options: InvocationLinkOptions;
}

function inMemory(handler: TicketHandler): Site {
  const app = new Hono().all("/rpc", handler);
  return { url: "/rpc", options: { fetch: app.request }, [Symbol.asyncDispose]: () => handler.stop(0) };
}

function onSocket(handler: TicketHandler): Site {
  const app = new Hono().all("/rpc", handler);
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, app.fetch);
  return {
    url: `http://127.0.0.1:${server.addr.port}/rpc`,
    options: {},
    async [Symbol.asyncDispose](): Promise<void> {
      await handler.stop(0);
      await server.shutdown();
    },
  };
}

for (const [place, siteOf] of [["app.request", inMemory], ["a socket", onSocket]] as const) {
  for (const exchange of ["duplex", "single"] as const) {
    Deno.test(`createClient() makes unary and streaming calls over ${place} on a ${exchange} exchange`, async () => {
      await using site = siteOf(greeterHandler(new Trace()));
      await using greeter = createClient(Greeter, site.url, { ...site.options, exchange });
      assertEquals(await greeter.hello("Ada"), "Hello, Ada");
      assertEquals((await collect(greeter.count(2_000))).length, 2_000);
      assertEquals(await greeter.sum(Array.from({ length: 500 }, () => 2)), 1_000);
    });

    Deno.test(`an error keeps code and details over ${place} on a ${exchange} exchange`, async () => {
      await using site = siteOf(greeterHandler(new Trace()));
      await using greeter = createClient(Greeter, site.url, { ...site.options, exchange });
      const error = await assertRejects(() => greeter.hello("nobody"), RpcError);
      assertEquals([error.code, error.message, error.details], [
        "not_found",
        "There is nobody",
        [{ name: "nobody" }],
      ]);
    });

    Deno.test(`break cancels a stream over ${place} on a ${exchange} exchange`, async () => {
      const trace = new Trace();
      await using site = siteOf(greeterHandler(trace));
      await using greeter = createClient(Greeter, site.url, { ...site.options, exchange });
      for await (const i of greeter.count(1_000_000_000)) if (i === 20) break;
      await aborted(trace.signals[0]);
      assertEquals(trace.signals[0]?.reason.code, "cancelled");
    });

    Deno.test(`a stream that never waits leaves timers their turn over ${place} on a ${exchange} exchange`, async () => {
      await using site = siteOf(greeterHandler(new Trace()));
      await using greeter = createClient(Greeter, site.url, { ...site.options, exchange });
      let fired = false;
      for await (const i of greeter.count(1_000_000)) {
        if (i === 100) setTimeout(() => fired = true, 0);
        if (fired) break;
      }
      assert(fired, "A million messages came before a timer of 0");
    });
  }

  Deno.test(`createClient() makes bidirectional calls over ${place}`, async () => {
    await using site = siteOf(greeterHandler(new Trace()));
    await using greeter = createClient(Greeter, site.url, site.options);
    assertEquals(await collect(greeter.chat(["hi", "bye"])), ["You said: hi", "You said: bye"]);
  });

  Deno.test(`a consumer that takes nothing pauses its producer over ${place}`, async () => {
    const trace = new Trace();
    await using site = siteOf(greeterHandler(trace));
    await using greeter = createClient(Greeter, site.url, { ...site.options, exchange: "duplex" });
    await using stream = greeter.count(1_000_000);
    await stream.next();
    for (let i = 0; i < 20; i++) await greeter.hello("Ada");
    assertEquals(trace.produced, 17);
  });
}

Deno.test("createClient() makes no bidirectional call on a single exchange, and says what would", async () => {
  await using site = inMemory(greeterHandler(new Trace()));
  await using greeter = createClient(Greeter, site.url, { ...site.options, exchange: "single" });
  const error = await assertRejects(() => collect(greeter.chat(["hi"])), RpcError);
  assertEquals(error.code, "unimplemented");
  assertStringIncludes(error.message, 'exchange: "auto"');
});

Deno.test("createClient() with a URL object", async () => {
  await using site = onSocket(greeterHandler(new Trace()));
  await using greeter = createClient(Greeter, new URL(site.url));
  assertEquals(await greeter.hello("Ada"), "Hello, Ada");
});

Deno.test("createClient() with a URL closes its channel when it is disposed of", async () => {
  await using site = onSocket(greeterHandler(new Trace()));
  const greeter: GreeterClient = createClient(Greeter, site.url);
  await greeter.hello("Ada");
  const running = assertRejects(() => greeter.hello("later"), RpcError);
  await greeter[Symbol.asyncDispose]();
  assertEquals((await running).code, "unavailable");
  assertEquals((await assertRejects(() => greeter.hello("Ada"), RpcError)).code, "unavailable");
  await greeter[Symbol.asyncDispose]();
});

Deno.test("createClient() with a channel leaves it open when it is disposed of", async () => {
  await using site = inMemory(greeterHandler(new Trace()));
  await using channel = connect(site.url, site.options);
  {
    await using greeter = createClient(Greeter, channel);
    await greeter.hello("Ada");
  }
  assertEquals(await createClient(Greeter, channel).hello("Bob"), "Hello, Bob");
});

Deno.test("createClient() with an end takes the end", async () => {
  await using site = inMemory(greeterHandler(new Trace()));
  await using channel = connect(site.url, site.options);
  assertEquals(await createClient(Greeter, channel.end).hello("Ada"), "Hello, Ada");
});

Deno.test("createClient() refuses a URL that is none and an exchange that cannot be had", () => {
  assertThrows(() => createClient(Greeter, "not a url"), TypeError, "not a url");
  assertThrows(() => createClient(Greeter, "/rpc", { exchange: "socket" }), TypeError, "no URL that a WebSocket");
});

Deno.test("connect() tells which kind of exchange it uses", async () => {
  await using channel: Channel = connect("https://example.com/rpc", { exchange: "single" });
  assertEquals(channel.link.exchange, "single");
});

Deno.test("connect() carries the calls of several clients on one exchange", async () => {
  await using site = inMemory(greeterHandler(new Trace()));
  await using channel = connect(site.url, { ...site.options, exchange: "duplex" });
  const clients = [createClient(Greeter, channel), createClient(Greeter, channel)];
  await Promise.all(clients.map((client) => client.hello("Ada")));
  assertEquals(channel.link.exchangeCount, 1);
});

Deno.test("close() of a channel lets running calls go on for as long as it is told", async () => {
  await using site = inMemory(greeterHandler(new Trace()));
  const channel = connect(site.url, site.options);
  const greeter = createClient(Greeter, channel);
  const proceed = Promise.withResolvers<void>();
  const running = greeter.sum(async function* () {
    yield 1;
    await proceed.promise;
    yield 2;
  }());
  const closed = channel.close(10_000);
  const refused = await assertRejects(() => greeter.hello("Ada"), RpcError);
  proceed.resolve();
  assertEquals([await running, refused.code], [3, "unavailable"]);
  await closed;
});

Deno.test("ctx.http is Hono's context of the request that carries the call", async () => {
  const trace = new Trace();
  const app = new Hono()
    .use(async (c, next) => {
      c.header("x-served-by", "test");
      await next();
    })
    .all("/rpc", greeterHandler(trace));
  await using greeter = createClient(Greeter, "/rpc", { fetch: app.request, headers: { authorization: "Ada" } });
  await greeter.hello("Bob");
  assertEquals(trace.contexts[0]?.req.header("authorization"), "Ada");
  assertEquals(trace.contexts[0]?.req.path, "/rpc");
});

Deno.test("headers of a call reach the handler, and no other call", async () => {
  const trace = new Trace();
  await using site = inMemory(greeterHandler(trace));
  await using greeter = createClient(Greeter, site.url, { ...site.options, headers: { a: "all" } });
  await greeter.hello("Ada", { headers: { b: "one" } });
  await greeter.hello("Ada");
  const headers = trace.contexts.map((context) => [context?.req.header("a"), context?.req.header("b")]);
  assertEquals(headers, [["all", "one"], ["all", undefined]]);
});

Deno.test("onHttpResponse() tells the status and the headers of the response", async () => {
  const handler = greeterHandler(new Trace());
  const app = new Hono().use(async (c, next) => {
    await next();
    c.header("x-served-by", "test");
  }).all("/rpc", handler);
  for (const exchange of ["duplex", "single"] as const) {
    await using greeter = createClient(Greeter, "/rpc", { fetch: app.request, exchange });
    const told: HttpResponseInfo[] = [];
    await greeter.hello("Ada", { onHttpResponse: (response) => told.push(response) });
    await greeter.sum([1, 2, 3], { onHttpResponse: (response) => told.push(response) });
    assertEquals(told.map(({ status, headers }) => [status, headers.get("x-served-by")]), [[200, "test"], [
      200,
      "test",
    ]]);
  }
});

Deno.test("a request that middleware refuses fails the call with the code of its status", async () => {
  const app = new Hono()
    .use((c) => Promise.resolve(c.text("Who are you?", 401)))
    .all("/rpc", greeterHandler(new Trace()));
  await using greeter = createClient(Greeter, "/rpc", { fetch: app.request });
  const error = await assertRejects(() => greeter.hello("Ada"), RpcError);
  assertEquals([error.code, error.origin], ["unauthenticated", "transport"]);
  assertStringIncludes(error.message, "Who are you?");
});

Deno.test("a server that is not there fails the call with UNAVAILABLE", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  await using greeter = createClient(Greeter, `http://127.0.0.1:${port}/rpc`);
  const error = await assertRejects(() => greeter.hello("Ada"), RpcError);
  assertEquals([error.code, error.origin], ["unavailable", "transport"]);
});

Deno.test("oneWay and discardResponse work over HTTP", async () => {
  const trace = new Trace();
  await using site = inMemory(greeterHandler(trace));
  await using greeter = createClient(Greeter, site.url, site.options);
  const called = trace.called();
  await greeter.hello("Ada", { oneWay: true });
  await called;
  await greeter.hello("Bob", { discardResponse: true });
  const error = await assertRejects(() => greeter.hello("nobody", { discardResponse: true }), RpcError);
  assertEquals([trace.signals.length, error.code], [3, "not_found"]);
});

Deno.test("stop() lets running calls end, and refuses new ones as UNAVAILABLE", async () => {
  const trace = new Trace();
  const handler = greeterHandler(trace);
  await using site = inMemory(handler);
  await using greeter = createClient(Greeter, site.url, { ...site.options, exchange: "duplex" });
  const heard = Promise.withResolvers<void>();
  const running = greeter.sum(async function* () {
    yield 1;
    await heard.promise;
    yield 2;
  }());
  await greeter.hello("Ada");
  const stopped = handler.stop(10_000);
  const refused = await assertRejects(() => greeter.hello("Bob"), RpcError);
  heard.resolve();
  assertEquals([await running, refused.code], [3, "unavailable"]);
  await stopped;
});

Deno.test("stop() without grace ends running calls as UNAVAILABLE on both sides", async () => {
  const trace = new Trace();
  const handler = greeterHandler(trace);
  await using site = inMemory(handler);
  await using greeter = createClient(Greeter, site.url, site.options);
  const called = trace.called();
  const running = assertRejects(() => greeter.hello("later"), RpcError);
  await called;
  await handler.stop(0);
  assertEquals([(await running).code, trace.signals[0]?.reason.code], ["unavailable", "unavailable"]);
});

Deno.test("onError of the handler hears what handlers throw", async () => {
  const errors: unknown[] = [];
  const secret = new Error("password is 1234");
  const handler = ticketHandler(
    implement(Greeter, { hello: () => Promise.reject(secret), count: () => [], sum: () => 0, chat: () => [] }),
    { onError: (error) => errors.push(error) },
  );
  await using site = inMemory(handler);
  await using greeter = createClient(Greeter, site.url, site.options);
  const error = await assertRejects(() => greeter.hello("Ada"), RpcError);
  assertEquals([error.code, error.message, errors], ["unknown", "Handler failed", [secret]]);
});

Deno.test("S24 maximumTimeoutMs of the handler bounds calls", async () => {
  const trace = new Trace();
  await using site = inMemory(greeterHandler(trace, { timeouts: { maximumTimeoutMs: 20 } }));
  await using greeter = createClient(Greeter, site.url, site.options);
  const error = await assertRejects(() => greeter.hello("later", { timeoutMs: 60_000 }), RpcError);
  assertEquals(error.code, "deadline_exceeded");
});

Deno.test("S45 a lost connection fails the call with UNAVAILABLE, aborts the handler, and the next call works", async () => {
  const trace = new Trace();
  const handler = greeterHandler(trace);
  await using _ = handler;
  const app = new Hono().all("/rpc", handler);
  let abort: AbortController | undefined;
  const fetch = (url: string, init: RequestInit) => {
    abort = new AbortController();
    const lost = abort.signal;
    // Both bodies break, as they do when a connection is cut.
    const body = cut(init.body as ReadableStream<Uint8Array>, lost);
    return Promise.resolve(app.request(url, { ...init, body, duplex: "half" } as RequestInit)).then((response) =>
      new Response(cut(response.body!, lost), response)
    );
  };
  await using greeter = createClient(Greeter, "/rpc", { fetch, exchange: "duplex" });
  // A request that is cut before its response has begun is given up with helloTimeoutMs, which is another test's.
  await greeter.hello("Ada");
  const called = trace.called();
  const lost = assertRejects(() => greeter.hello("later"), RpcError);
  await called;
  abort?.abort(new Error("Cable cut"));
  const error = await lost;
  assertEquals([error.code, error.origin], ["unavailable", "transport"]);
  await aborted(trace.signals[1]);
  assert(trace.signals[1]?.aborted);
  assertEquals(await greeter.hello("Ada"), "Hello, Ada");
});

/** A body that breaks when the signal aborts. */
function cut(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    start(controller) {
      signal.addEventListener("abort", () => {
        controller.error(signal.reason);
        reader.cancel(signal.reason).catch(() => {});
      });
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
