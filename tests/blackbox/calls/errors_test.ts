/** Errors help: they say why, where and what to do, and keep to themselves what is nobody's business. */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { bodyLimit } from "hono/body-limit";
import {
  bytesSerializer,
  type Client,
  clientStreaming,
  createClient,
  defineService,
  type FetchFunction,
  type HandlerContext,
  implement,
  type Implementation,
  type Interceptor,
  type MetadataInit,
  metadataValue,
  RpcError,
  serverStreaming,
  type TicketHandlerOptions,
  unary,
  type UrlClientOptions,
} from "@ticketlink/ticketlink";
import { resultOf, within } from "./result.ts";
import { serve, type ServedOptions } from "./served.ts";

const Desk = defineService("errors.Desk", {
  ask: unary<unknown, unknown>(),
  list: clientStreaming<unknown, unknown>(),
  watch: serverStreaming<unknown, unknown>(),
});

const passingOn: Interceptor = (next) => (request) => next(request);

type DeskClient = Client<typeof Desk.methods>;

function watch(): never {
  throw MISSING;
}

/** The handlers; `ask` is the test's. */
function desk(ask: (message: unknown, ctx: HandlerContext) => unknown = (message) => message): Implementation {
  return implement(Desk, { ask, list: (messages) => Array.fromAsync(messages), watch });
}

/** What a call fails with. */
async function failureOf(
  call: (client: DeskClient) => Promise<unknown>,
  options: { readonly client?: UrlClientOptions; readonly server?: ServedOptions; readonly ask?: () => unknown } = {},
): Promise<RpcError> {
  await using server = serve(desk(options.ask), options.server);
  await using client = createClient(Desk, server.url, { onError() {}, ...options.client });
  const { error, ...result } = await resultOf(() => call(client));
  assertInstanceOf(error, RpcError, `it gave ${Deno.inspect(error ?? result)}`);
  return error;
}

// The reason stands in the message.

Deno.test(
  "the error of a request that cannot be serialized says why in its message",
  async () => {
    const { message } = await failureOf((client) => client.ask({ callback() {} }));
    assert(/function/.test(message), message);
  },
);

Deno.test(
  "the error of a serializer that throws has its reason in the message",
  async () => {
    const Odd = defineService("errors.Odd", {
      ask: unary<unknown, unknown>({
        serializer: {
          serialize() {
            throw new Error("No such dialect");
          },
          deserialize() {
            throw new Error("No such dialect");
          },
        },
      }),
    });
    await using client = createClient(Odd, "http://odd.example/rpc", { fetch: () => new Response() });
    const { error } = await resultOf(() => client.ask(1));
    assertInstanceOf(error, RpcError);
    assertStringIncludes(error.message, "No such dialect");
  },
);

Deno.test("the error of a caller's iterable that throws has its reason in the message", async () => {
  const { message } = await failureOf((client) =>
    client.list((function* () {
      yield 1;
      throw new Error("The disk is full");
    })())
  );
  assertStringIncludes(message, "The disk is full");
});

Deno.test("the error of a caller's async iterable that throws has its reason in the message", async () => {
  const { message } = await failureOf((client) =>
    client.list((async function* () {
      yield 1;
      throw new Error("The disk is full");
    })())
  );
  assertStringIncludes(message, "The disk is full");
});

Deno.test("the error of a caller's onHeader that throws has its reason in the message", async () => {
  const { message } = await failureOf((client) =>
    client.ask(1, {
      onHeader() {
        throw new Error("The screen is gone");
      },
    })
  );
  assertStringIncludes(message, "The screen is gone");
});

/** What Node's `fetch` throws where nothing listens at both of a name's addresses: the outer error's text is empty. */
function nothingListens(): Promise<Response> {
  const tried = ["::1", "127.0.0.1"].map((address) => new Error(`connect ECONNREFUSED ${address}:8000`));
  const cause = Object.assign(new AggregateError(tried), { code: "ECONNREFUSED" });
  return Promise.reject(new TypeError("fetch failed", { cause }));
}

const REQUESTS = ["single", "duplex", "pair"] as const;

Deno.test("the error of a server that cannot be reached says why where the cause is made of errors", async () => {
  for (const exchange of REQUESTS) {
    const { message } = await failureOf((client) => client.ask(1), { client: { fetch: nothingListens, exchange } });
    assertStringIncludes(message, "ECONNREFUSED");
  }
});

Deno.test("the error of a call on a client that is closed says so", async () => {
  await using server = serve(desk());
  const client = createClient(Desk, server.url);
  await client[Symbol.asyncDispose]();
  const { error } = await resultOf(() => client.ask(1));
  assertInstanceOf(error, RpcError);
  assert(/closed|disposed/i.test(error.message), error.message);
});

/** A `fetch` that hands on what it uploads, and gives the upload up without a reason once there is an answer. */
function droppingUploads(fetch: FetchFunction): FetchFunction {
  return async (url, { body, ...init }) => {
    assertInstanceOf(body, ReadableStream);
    const reader = body.getReader();
    const relayed = new ReadableStream({
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
    const response = await fetch(url, { ...init, body: relayed });
    setTimeout(() => reader.cancel(), 20);
    return response;
  };
}

Deno.test("the error of a request body that is given up without a reason does not say undefined", async () => {
  await using server = serve(desk(() => new Promise(() => {})));
  const options = { fetch: droppingUploads(server.fetch), onError() {} };
  await using client = createClient(Desk, server.url, { exchange: "duplex", ...options });
  const { error } = await resultOf(() => client.ask(1));
  assertInstanceOf(error, RpcError);
  assert(!error.message.includes("undefined"), error.message);
});

// An error as text.

const MISSING = new RpcError("not_found", "There is no tea", { metadata: { shelf: "3" }, details: [{ item: "tea" }] });

/** What a caller gets of it. */
function missing(): Promise<RpcError> {
  return failureOf((client) => client.ask(1), {
    ask() {
      throw MISSING;
    },
  });
}

Deno.test("String(error) of an error that a caller gets has its code and its message", async () => {
  const text = String(await missing());
  assertStringIncludes(text, "not_found");
  assertStringIncludes(text, "There is no tea");
});

Deno.test("String(error) of an error that a handler makes has its code", () => {
  assertStringIncludes(String(MISSING), "not_found");
});

/** What is left of an error in JSON. */
async function inJson(): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(JSON.stringify(await missing()));
}

Deno.test("JSON.stringify(error) has its code", async () => assertEquals((await inJson()).code, "not_found"));
Deno.test(
  "JSON.stringify(error) has its message",
  async () => assertEquals((await inJson()).message, "There is no tea"),
);
Deno.test("JSON.stringify(error) has its details", async () =>
  assertEquals((await inJson()).details, [{ item: "tea" }]));
Deno.test("JSON.stringify(error) has its metadata", async () => {
  assertEquals((await inJson()).metadata, [["shelf", "3"]]);
});

/** The first frame of an error's stack. */
function firstFrame({ stack }: Error): string {
  return stack?.split("\n").find((line) => /^\s*at /.test(line)) ?? "there is none";
}

/** Ways for a call to fail. The caller is who awaits it: a function that has returned the promise is in no stack any more. */
const FAILURES: Readonly<Record<string, Parameters<typeof failureOf>>> = {
  "an error that the handler throws": [async (client) => await client.ask(1), {
    ask() {
      throw MISSING;
    },
  }],
  "a request that cannot be serialized": [async (client) => await client.ask(() => {})],
  "a server that cannot be reached": [async (client) => await client.ask(1), { client: { fetch: nothingListens } }],
  "a timeout": [async (client) => await client.ask(1, { timeoutMs: 20 }), { ask: () => new Promise(() => {}) }],
  "an error that ends a stream": [async (client) => {
    for await (const _ of client.watch(1)) { /* there is none */ }
  }],
};

for (const [what, [call, options]] of Object.entries(FAILURES)) {
  Deno.test(`the stack of ${what} begins in the caller's frame`, async () => {
    for (const interceptors of [[], [passingOn]]) {
      const error = await failureOf(call, { ...options, client: { ...options?.client, interceptors } });
      assertStringIncludes(firstFrame(error), import.meta.url);
    }
  });
}

// Headers, URLs and metadata as people write them.

const locked = new Error("The keyring is locked");

/** What a call fails with on each kind of request whose headers cannot be made for a reason that has a code. */
function failuresOfHeaders(): Promise<readonly RpcError[]> {
  const headers = (): never => {
    throw new RpcError("unauthenticated", "There is no token", { cause: locked });
  };
  return Promise.all(
    REQUESTS.map((exchange) => failureOf((client) => client.ask(1), { client: { headers, exchange } })),
  );
}

Deno.test("an RpcError that a headers function throws keeps its code", async () => {
  const codes = (await failuresOfHeaders()).map(({ code }) => code);
  assertEquals(codes, REQUESTS.map(() => "unauthenticated"));
});

Deno.test("an RpcError that a headers function throws keeps its cause", async () => {
  for (const error of await failuresOfHeaders()) {
    const causes = [error.cause, error.cause instanceof Error ? error.cause.cause : undefined];
    assert(causes.includes(locked), Deno.inspect(error));
  }
});

/** Makes a client and a call, of which either may refuse what it is given: `"refused"`, or what the call gives. */
async function refusedOr(make: () => DeskClient, call: (client: DeskClient) => Promise<unknown>): Promise<unknown> {
  const clients: DeskClient[] = [];
  const { error, ...result } = await resultOf(async () => {
    const client = make();
    clients.push(client);
    return await call(client);
  });
  for (const client of clients) await client[Symbol.asyncDispose]();
  if (error === undefined) return "value" in result ? result.value : undefined;
  return error instanceof TypeError ? "refused" : error;
}

Deno.test("a URL without a scheme is refused at once or taken for one with http", async () => {
  await using server = serve(desk());
  const { host } = new URL(server.url);
  const result = await refusedOr(
    () => createClient(Desk, `${host.replace("127.0.0.1", "localhost")}/rpc`),
    (client) => client.ask("there"),
  );
  assert(result === "refused" || result === "there", Deno.inspect(result));
});

/** Says what authorization a call came with. */
const authorization = desk((_message, ctx) => {
  // `ctx.http` is Hono's context, of which no more is needed here.
  const http = ctx.http as { readonly req: { header(name: string): string | undefined } } | undefined;
  return http?.req.header("authorization") ?? "none";
});

for (const exchange of ["single", "duplex", "pair", "socket"] as const) {
  Deno.test(`a URL with credentials is refused at once or sends them on a ${exchange}`, async () => {
    await using server = serve(authorization);
    const url = server.url.replace("//", "//ada:secret@");
    const result = await refusedOr(() => createClient(Desk, url, { exchange }), (client) => client.ask(1));
    assert(result === "refused" || result === `Basic ${btoa("ada:secret")}`, Deno.inspect(result));
  });
}

/** Everything that an error says, its causes included. */
function allTextOf(error: unknown): string {
  return [String(error), JSON.stringify(error), Deno.inspect(error, { depth: 10 })].join("\n");
}

/** Shows that no error of an address that leads nowhere has the password in its text. */
async function keepsPassword(url: string): Promise<void> {
  const texts: string[] = [];
  for (const exchange of ["single", "duplex", "pair", "socket"] as const) {
    const { error } = await resultOf(async () => {
      await using client = createClient(Desk, url, { exchange, timeoutMs: 1_000, onError() {} });
      return await client.ask(1);
    });
    assert(error !== undefined, "it was reached");
    texts.push(allTextOf(error));
  }
  assertEquals(texts.filter((text) => text.includes("top-secret")), []);
}

Deno.test("the password of a URL that cannot be reached stands in no error, whatever the exchange", () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return keepsPassword(`http://ada:top-secret@127.0.0.1:${port}/rpc`);
});

/** URLs that cannot be used. */
const UNUSABLE: Readonly<Record<string, string>> = {
  "has no possible port": "http://ada:top-secret@127.0.0.1:99999/rpc",
  "has no scheme": "ada:top-secret@example.com/rpc",
  "has another scheme": "ftp://ada:top-secret@127.0.0.1/rpc",
};

for (const [what, url] of Object.entries(UNUSABLE)) {
  Deno.test(`the password of a URL that ${what} stands in no error, whatever the exchange`, () => keepsPassword(url));
}

/** Metadata as platforms have it. */
const METADATA: Readonly<Record<string, MetadataInit>> = {
  "new Headers()": new Headers({ trace: "7" }),
  "new Map()": new Map([["trace", "7"]]),
};

for (const [what, metadata] of Object.entries(METADATA)) {
  const trace = desk((_message, ctx) => metadataValue(ctx.metadata, "trace") ?? "none");

  Deno.test(`${what} as a call's metadata is refused at once or taken for what it is`, async () => {
    await using server = serve(trace);
    const result = await refusedOr(() => createClient(Desk, server.url), (client) => client.ask(1, { metadata }));
    assert(result === "refused" || result === "7", Deno.inspect(result));
  });

  Deno.test(`${what} as a client's metadata is refused at once or taken for what it is`, async () => {
    await using server = serve(trace);
    const result = await refusedOr(() => createClient(Desk, server.url, { metadata }), (client) => client.ask(1));
    assert(result === "refused" || result === "7", Deno.inspect(result));
  });

  Deno.test(`${what} as an error's metadata is refused at once or taken for what it is`, () => {
    let error: RpcError;
    try {
      error = new RpcError("not_found", "There is no tea", { metadata });
    } catch (refusal) {
      assertInstanceOf(refusal, TypeError);
      return;
    }
    assertEquals(metadataValue(error.metadata, "trace"), "7");
  });
}

// What the server's owner is told.

/** What `onError` is told beside an error. */
type FailedCall = Parameters<NonNullable<TicketHandlerOptions["onError"]>>[1];

/** What `onError` is told of a handler that throws. */
async function toldOfFailure(): Promise<FailedCall> {
  const told = Promise.withResolvers<FailedCall>();
  await failureOf((client) => client.ask(1, { metadata: { trace: "7" } }), {
    server: { onError: (_error, call) => told.resolve(call) },
    ask() {
      throw new Error("The shelf has fallen");
    },
  });
  return await within(1_000, "onError", told.promise);
}

Deno.test("onError is told of the service and the method of a handler that throws", async () => {
  const { service, method } = await toldOfFailure();
  assertEquals([service, method], ["errors.Desk", "ask"]);
});

Deno.test("onError is told of the context of a handler that throws", async () => {
  const { ctx } = await toldOfFailure();
  assertEquals(ctx?.metadata, [["trace", "7"]]);
});

Deno.test("onError is told of no call where the error belongs to a connection", async () => {
  const told = Promise.withResolvers<FailedCall>();
  await failureOf((client) => client.ask(1), {
    client: { exchange: "socket" },
    server: {
      onError: (_error, call) => told.resolve(call),
      upgradeWebSocket() {
        throw new Error("There is no socket");
      },
    },
  });
  assertEquals(await within(1_000, "onError", told.promise), {});
});

// What stands on the way.

Deno.test("a bodyLimit before a forced duplex is named as the likely cause when no hello comes", async () => {
  const { message } = await failureOf((client) => client.ask(1), {
    client: { exchange: "duplex", timeouts: { helloTimeoutMs: 300 } },
    server: { middleware: bodyLimit({ maxSize: 1_000_000 }), timeouts: { helloTimeoutMs: 300 } },
  });
  assert(/middleware|bodyLimit/.test(message), message);
});

/** Makes answers that say of themselves what they are not. */
const misnaming: ServedOptions = {
  middleware: async (context, next) => {
    await next();
    context.res.headers.set("content-encoding", "x-unheard-of");
  },
};

Deno.test("P8.3 an answer with an unknown content-encoding is refused, and the error names it", async () => {
  for (const exchange of REQUESTS) {
    const { message } = await failureOf((client) => client.ask(1), { client: { exchange }, server: misnaming });
    assertStringIncludes(message, "content-encoding");
  }
});

// A lonely value that is bytes.

/** Says what a handler got for bytes. */
const bytesOf = desk((message) =>
  message instanceof Uint8Array ? [...message] : `a ${Object.prototype.toString.call(message)}`
);

const BYTES = new Uint8Array([1, 2, 3]);

/** A message of a call, and what came back. */
async function sent(value: unknown, call: "ask" | "list"): Promise<unknown> {
  await using server = serve(call === "ask" ? bytesOf : desk());
  await using client = createClient(Desk, server.url);
  const { error, ...result } = await resultOf(() => call === "ask" ? client.ask(value) : client.list([value]));
  return error ?? result;
}

/** What a caller gets for what a handler returns. */
async function returned(value: unknown): Promise<unknown> {
  await using server = serve(desk(() => value));
  await using client = createClient(Desk, server.url);
  const { error, ...result } = await resultOf(() => client.ask(1));
  return error ?? result;
}

const { buffer } = BYTES;

Deno.test("a lonely ArrayBuffer is bytes to a handler", async () => {
  assertEquals(await sent(buffer, "ask"), { value: [1, 2, 3] });
});

Deno.test("a lonely ArrayBuffer of a handler is bytes to its caller", async () => {
  assertEquals(await returned(buffer), { value: BYTES });
});

Deno.test("a lonely ArrayBuffer in a stream of requests is bytes to a handler", async () => {
  assertEquals(await sent(buffer, "list"), { value: [BYTES] });
});

const BLOBS: Readonly<Record<string, Blob>> = { Blob: new Blob([BYTES]), File: new File([BYTES], "a.bin") };

for (const [what, blob] of Object.entries(BLOBS)) {
  Deno.test(`a lonely ${what} is bytes to a handler`, async () => {
    assertEquals(await sent(blob, "ask"), { value: [1, 2, 3] });
  });

  Deno.test(`a lonely ${what} of a handler is bytes to its caller`, async () => {
    assertEquals(await returned(blob), { value: BYTES });
  });

  Deno.test(`a lonely ${what} in a stream of requests is bytes to a handler`, async () => {
    assertEquals(await sent(blob, "list"), { value: [BYTES] });
  });
}

Deno.test("a lonely ArrayBuffer, Blob or File is bytes to bytesSerializer", async () => {
  const serializers = { inputSerializer: bytesSerializer, outputSerializer: bytesSerializer };
  const Bytes = defineService("errors.Bytes", { back: unary<Uint8Array, Uint8Array>(serializers) });
  await using server = serve(implement(Bytes, { back: (bytes) => bytes }));
  await using client = createClient(Bytes, server.url);
  for (const value of [buffer, ...Object.values(BLOBS)]) {
    // The cast stands for a caller without types.
    const { error, ...result } = await resultOf(() => client.back(value as unknown as Uint8Array));
    assertEquals(error ?? result, { value: BYTES });
  }
});
