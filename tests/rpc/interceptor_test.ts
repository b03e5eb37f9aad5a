import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { type CallScope, Code, type Metadata } from "../../src/links/mod.ts";
import {
  type CallOptions,
  createClient,
  type HandlerContext,
  type InterceptedRequest,
  type Interceptor,
  type Messages,
  RpcError,
} from "../../mod.ts";
import { abortOf, countedSignal, Endless, Probe, probe, type ProbeHandlers, untilAborted } from "./_probe.ts";
import { collect, type Serving, serving, settled } from "./_serving.ts";

/** A service and a client whose interceptors stand on one side. */
function intercepting(
  side: "client" | "server",
  interceptors: readonly Interceptor[],
  handlers: Partial<ProbeHandlers> = {},
): { service: Serving; client: ReturnType<typeof createClient<typeof Probe.methods>> } {
  const service = serving(probe(handlers), { servicer: side === "server" ? { interceptors } : {} });
  return { service, client: createClient(Probe, service.end, side === "client" ? { interceptors } : {}) };
}

/** Notes what passes. */
function logging(name: string, log: string[]): Interceptor {
  return (next) => async (request) => {
    log.push(`${name}>`);
    const response = await next(request);
    log.push(`<${name}`);
    return response;
  };
}

/** Changes each message of a stream. */
async function* map(messages: Messages<unknown>, change: (n: number) => number): AsyncGenerator<unknown> {
  for await (const message of messages) yield change(message as number);
}

/** Adds to each request and multiplies each response. */
const calculating: Interceptor = (next) => async (request) => {
  const response = await next(
    request.stream
      ? { ...request, messages: map(request.messages, (n) => n + 1) }
      : { ...request, message: request.message as number + 1 },
  );
  return response.stream
    ? { ...response, messages: map(response.messages, (n) => n * 10) }
    : { ...response, message: response.message as number * 10 };
};

for (const side of ["client", "server"] as const) {
  Deno.test(`interceptors of the ${side}: the first of the list is the outermost`, async () => {
    const log: string[] = [];
    const { service, client } = intercepting(side, [logging("a", log), logging("b", log)]);
    await using _ = service;
    await client.one(1);
    assertEquals(log, ["a>", "b>", "<b", "<a"]);
  });

  Deno.test(`interceptors of the ${side} can change the messages of all kinds of call`, async () => {
    const { service, client } = intercepting(side, [calculating], {
      one: (n) => n,
      many: (n) => [n, n],
      fold: async (numbers) => (await collect(numbers)).reduce((sum, n) => sum + n, 0),
      async *both(numbers) {
        yield* numbers;
      },
    });
    await using _ = service;
    assertEquals(await client.one(1), 20);
    assertEquals(await collect(client.many(1)), [20, 20]);
    assertEquals(await client.fold([1, 2]), 50);
    assertEquals(await collect(client.both([1, 2])), [20, 30]);
  });

  Deno.test(`interceptors of the ${side} see what is called`, async () => {
    const seen: InterceptedRequest[] = [];
    const { service, client } = intercepting(side, [(next) => (request) => {
      seen.push(request);
      return next(request);
    }]);
    await using _ = service;
    await client.one(1, { metadata: { a: "1" }, timeoutMs: 500 });
    await collect(client.both([]));
    const [one, both] = seen;
    assertEquals([one?.service, one?.method, one?.kind, one?.stream], ["test.Probe", "one", "unary", false]);
    assertEquals([one?.metadata, one?.signal.aborted], [[["a", "1"]], false]);
    assertEquals((one?.timeoutMs ?? 0) > 490 && (one?.timeoutMs ?? 0) <= 500, true);
    assertEquals(one?.ctx === undefined, side === "client");
    assertEquals([both?.method, both?.stream], ["both", true]);
  });

  Deno.test(`interceptors of the ${side} can answer by themselves`, async () => {
    const short: Interceptor = () => async (request) =>
      await Promise.resolve(
        request.kind === "unary" || request.kind === "client_streaming"
          ? { stream: false, message: 42, header: [["cache", "hit"]], trailer: [["age", "1"]] }
          : { stream: true, messages: [4, 2], header: [["cache", "hit"]], trailer: [["age", "1"]] },
      );
    let called = false;
    const { service, client } = intercepting(side, [short], {
      one: (n) => {
        called = true;
        return n;
      },
    });
    await using _ = service;
    assertEquals([await client.one(1), await collect(client.many(1))], [42, [4, 2]]);
    assertEquals([await client.fold([]), await collect(client.both([]))], [42, [4, 2]]);
    assertEquals([called, service.end.operationStats().completed], [false, side === "client" ? 0 : 4]);
  });

  Deno.test(`interceptors of the ${side} can turn an error into another`, async () => {
    const mapping: Interceptor = (next) => async (request) => {
      try {
        return await next(request);
      } catch (error) {
        throw new RpcError(Code.UNAVAILABLE, "Try again", { cause: error });
      }
    };
    const { service, client } = intercepting(side, [mapping], {
      one: () => {
        throw new RpcError(Code.ABORTED, "Lost");
      },
    });
    await using _ = service;
    const error = await assertRejects(() => client.one(1), RpcError);
    assertEquals([error.code, error.message, service.errors], ["unavailable", "Try again", []]);
  });

  Deno.test(`interceptors of the ${side} can turn an error into a response`, async () => {
    const consoling: Interceptor = (next) => (request) =>
      next(request).catch(() => ({ stream: false, message: 0, header: [], trailer: [] }));
    const { service, client } = intercepting(side, [consoling], {
      one: () => {
        throw new RpcError(Code.ABORTED, "Lost");
      },
    });
    await using _ = service;
    assertEquals(await client.one(1), 0);
  });

  Deno.test(`interceptors of the ${side} that throw fail the call`, async () => {
    const error = new RpcError(Code.UNAUTHENTICATED, "Who are you?");
    const { service, client } = intercepting(side, [() => () => Promise.reject(error)]);
    await using _ = service;
    for (const call of [client.one(1), collect(client.many(1)), client.fold([1]), collect(client.both([1]))]) {
      assertEquals((await assertRejects(() => call, RpcError)).code, "unauthenticated");
    }
  });

  Deno.test(`interceptors of the ${side} see the headers and trailers, and may add to them`, async () => {
    let seen: readonly Metadata[] = [];
    const { service, client } = intercepting(side, [(next) => async (request) => {
      const response = await next(request);
      seen = [[...response.header], [...response.trailer]];
      response.header.push(["added", "h"]);
      response.trailer.push(["added", "t"]);
      return response;
    }], {
      one: (n, ctx) => {
        ctx.setHeader("a", "1");
        ctx.setTrailer("b", "2");
        return n;
      },
    });
    await using _ = service;
    const told: Metadata[] = [];
    await client.one(1, { onHeader: (header) => told.push(header), onTrailer: (trailer) => told.push(trailer) });
    assertEquals(seen, [[["a", "1"]], [["b", "2"]]]);
    if (side === "server") assertEquals(told, [[["a", "1"], ["added", "h"]], [["b", "2"], ["added", "t"]]]);
    else assertEquals(told, [[["a", "1"]], [["b", "2"]]]);
  });

  Deno.test(`interceptors of the ${side} that bring the wrong kind of response fail the call`, async () => {
    const wrong: Interceptor = () => (request) =>
      Promise.resolve(
        request.kind === "unary"
          ? { stream: true, messages: [], header: [], trailer: [] }
          : { stream: false, message: 1, header: [], trailer: [] },
      );
    const { service, client } = intercepting(side, [wrong]);
    await using _ = service;
    const code = side === "client" ? "internal" : "unknown";
    assertEquals((await assertRejects(() => client.one(1), RpcError)).code, code);
    assertEquals((await assertRejects(() => collect(client.many(1)), RpcError)).code, code);
  });

  Deno.test(`interceptors of the ${side} do not keep break from cancelling the call`, async () => {
    const seen: (() => unknown)[] = [];
    const source = new Endless();
    const { service, client } = intercepting(side, [calculating], {
      many: (_n, ctx) => {
        seen.push(abortOf(ctx.signal));
        return source;
      },
    });
    await using _ = service;
    for await (const n of client.many(0)) if (n === 50) break;
    await settled();
    assertEquals([seen[0]?.(), source.closed], ["cancelled", true]);
  });

  Deno.test(`interceptors of the ${side} do not keep an abort from cancelling the call`, async () => {
    const seen: (() => unknown)[] = [];
    const { service, client } = intercepting(side, [calculating], {
      one: (_n, ctx) => {
        seen.push(abortOf(ctx.signal));
        return untilAborted(ctx);
      },
    });
    await using _ = service;
    const controller = new AbortController();
    const call = client.one(0, { signal: controller.signal });
    await settled();
    controller.abort();
    assertEquals((await assertRejects(() => call, RpcError)).code, "cancelled");
    await settled();
    assertEquals(seen[0]?.(), "cancelled");
  });
}

Deno.test("interceptors of the client can add metadata", async () => {
  let metadata: Metadata | undefined;
  const service = serving(probe({
    one: (n, ctx) => {
      metadata = ctx.metadata;
      return n;
    },
  }));
  await using _ = service;
  const authorize: Interceptor = (next) => async (request) => {
    request.metadata.push(["authorization", "Ada"]);
    return await next(request);
  };
  const client = createClient(Probe, service.end, { metadata: { app: "test" }, interceptors: [authorize] });
  await client.one(1, { metadata: { a: "1" } });
  assertEquals(metadata, [["app", "test"], ["a", "1"], ["authorization", "Ada"]]);
});

Deno.test("interceptors of the client can try again", async () => {
  let attempts = 0;
  const retrying: Interceptor = (next) => async (request) => {
    for (;;) {
      try {
        return await next(request);
      } catch (error) {
        if (!(error instanceof RpcError) || error.code !== Code.UNAVAILABLE) throw error;
      }
    }
  };
  const { service, client } = intercepting("client", [retrying], {
    one: (n) => {
      attempts += 1;
      if (attempts < 3) throw new RpcError(Code.UNAVAILABLE, "Busy");
      return n;
    },
  });
  await using _ = service;
  assertEquals([await client.one(7), attempts], [7, 3]);
});

Deno.test("interceptors of the client can set the timeout", async () => {
  const left: number[] = [];
  const { service, client } = intercepting("client", [(next) => (request) => next({ ...request, timeoutMs: 50 })], {
    one: (n, ctx) => {
      left.push(ctx.timeRemaining());
      return n;
    },
  });
  await using _ = service;
  await client.one(1, { timeoutMs: 5_000 });
  assertEquals((left[0] ?? 0) <= 50, true);
});

Deno.test("interceptors of the client see what a scope leaves of the timeout, and abort with it", async () => {
  const seen: number[] = [];
  const { service, client } = intercepting("client", [(next) => (request) => {
    seen.push(request.timeoutMs);
    return next(request);
  }], { one: (_n, ctx) => untilAborted(ctx) });
  await using _ = service;
  const scope = new AbortController();
  const ctx: CallScope = { signal: scope.signal, timeRemaining: () => 123 };
  const call = client.one(1, { ctx });
  await settled();
  scope.abort();
  assertEquals([(await assertRejects(() => call, RpcError)).code, seen], ["cancelled", [123]]);
});

Deno.test("interceptors of the client are told of calls whose response is not wanted", async () => {
  const log: string[] = [];
  const { service, client } = intercepting("client", [logging("a", log)]);
  await using _ = service;
  assertEquals(await client.one(1, { oneWay: true }), undefined);
  assertEquals(await client.one(1, { discardResponse: true }), undefined);
  assertEquals(log, ["a>", "<a", "a>", "<a"]);
});

Deno.test("interceptors of the client are not asked about options that are wrong", async () => {
  const { service, client } = intercepting("client", [() => () => Promise.reject(new Error("Asked"))]);
  await using _ = service;
  await assertRejects(() => client.one(1, { timeoutMs: 0 }), RangeError);
  await assertRejects(() => client.many(1, { metadata: { a: 5 } } as unknown as CallOptions).next(), TypeError);
});

Deno.test("interceptors of the client: a stream that is left before it is read is cancelled", async () => {
  const { service, client } = intercepting("client", [calculating], { both: () => new Endless() });
  await using _ = service;
  const stream = client.both([]);
  await stream.return();
  await settled();
  assertEquals(service.end.operationStats().cancelled, 1);
  assertEquals(await stream.next(), { done: true, value: undefined });
  assertEquals(await stream.return(), { done: true, value: undefined });
});

Deno.test("interceptors of the client: an unread stream that fails is no unhandled rejection", async () => {
  const { service, client } = intercepting("client", [() => () => Promise.reject(new Error("Unread"))]);
  await using _ = service;
  client.both([]);
  await settled();
});

Deno.test("interceptors of the client: leaving a stream that has failed is fine", async () => {
  const { service, client } = intercepting("client", [() => () => Promise.reject(new Error("Unread"))]);
  await using _ = service;
  await using _stream = client.both([]);
  await settled();
});

Deno.test("interceptors of the client: throw() leaves the stream and throws", async () => {
  const { service, client } = intercepting("client", [calculating], { many: () => new Endless() });
  await using _ = service;
  const error = new Error("mine");
  assertStrictEquals(await assertRejects(() => client.many(0).throw?.(error) ?? Promise.resolve()), error);
});

Deno.test("interceptors of the client: the header of a stream is there with its first message, the trailer at its end", async () => {
  const seen: unknown[] = [];
  const { service, client } = intercepting("client", [(next) => async (request) => {
    const response = await next(request);
    if (!response.stream) return response;
    const noting = async function* (): AsyncGenerator<unknown> {
      for await (const message of response.messages) {
        seen.push([...response.header]);
        yield message;
      }
      seen.push([...response.trailer]);
    };
    return { ...response, messages: noting() };
  }], {
    async *many(_n, ctx) {
      ctx.setHeader("a", "1");
      ctx.setTrailer("b", "2");
      yield 1;
    },
  });
  await using _ = service;
  await collect(client.many(0));
  assertEquals(seen, [[["a", "1"]], [["b", "2"]]]);
});

Deno.test("interceptors of the server see the handler's context, which is the handler's own", async () => {
  const users = new WeakMap<HandlerContext, string>();
  const { service, client } = intercepting("server", [(next) => (request) => {
    if (request.ctx !== undefined) users.set(request.ctx, "Ada");
    return next(request);
  }], { one: (_n, ctx) => users.get(ctx)?.length ?? 0 });
  await using _ = service;
  assertEquals(await client.one(1), 3);
});

Deno.test("interceptors of the server can change the metadata that the handler sees", async () => {
  let metadata: Metadata | undefined;
  const { service, client } = intercepting("server", [(next) => (request) => {
    request.metadata.push(["user", "Ada"]);
    return next(request);
  }], {
    one: (n, ctx) => {
      metadata = ctx.metadata;
      return n;
    },
  });
  await using _ = service;
  await client.one(1, { metadata: { a: "1" } });
  assertEquals(metadata, [["a", "1"], ["user", "Ada"]]);
});

Deno.test("interceptors of the server can bring other headers and trailers than the handler's", async () => {
  const { service, client } = intercepting("server", [(next) => async (request) => {
    await next(request);
    return { stream: false, message: 5, header: [["a", "other"]], trailer: [["b", "other"]] };
  }], {
    one: (n, ctx) => {
      ctx.setHeader("a", "1");
      ctx.setTrailer("b", "2");
      return n;
    },
  });
  await using _ = service;
  const told: Metadata[] = [];
  await client.one(1, { onHeader: (header) => told.push(header), onTrailer: (trailer) => told.push(trailer) });
  assertEquals(told, [[["a", "other"]], [["b", "other"]]]);
});

Deno.test("interceptors of the server may put an array in place of a stream", async () => {
  const { service, client } = intercepting("server", [
    (next) => (request) => next(request.stream ? { ...request, messages: [5, 6] } : request),
  ], {
    fold: async (numbers) => {
      const first = await numbers.next();
      return (first.value ?? 0) + (await collect(numbers)).length;
    },
  });
  await using _ = service;
  assertEquals(await client.fold([1]), 6);
});

Deno.test("interceptors of the server: what they throw that is no RpcError is reported", async () => {
  const error = new Error("password is 1234");
  const { service, client } = intercepting("server", [() => () => Promise.reject(error)]);
  await using _ = service;
  const failure = await assertRejects(() => client.one(1), RpcError);
  assertEquals([failure.code, failure.message, service.errors], ["unknown", "Handler failed", [error]]);
});

Deno.test("interceptors of the server: a response of the wrong kind is reported", async () => {
  const { service, client } = intercepting("server", [
    () => () => Promise.resolve({ stream: true, messages: [], header: [], trailer: [] }),
  ]);
  await using _ = service;
  await assertRejects(() => client.one(1), RpcError);
  assertInstanceOf(service.errors[0], TypeError);
});

Deno.test("interceptors of the client leave no listener on the caller's signal when the call has ended", async () => {
  const { service, client } = intercepting("client", [calculating], { many: () => new Endless() });
  await using _ = service;
  const { signal, listeners } = countedSignal();
  await client.one(1, { signal });
  for await (const _n of client.many(1, { signal })) break;
  await assertRejects(() => client.one(1, { signal, timeoutMs: 0 }), RangeError);
  assertEquals(listeners(), 0);
});

Deno.test("interceptors of the client leave no listener on the caller's signal for a stream that nobody reads", async () => {
  const { service, client } = intercepting("client", [logging("a", [])], { many: () => [1, 2], both: () => [1, 2] });
  await using _ = service;
  const { signal, listeners } = countedSignal();
  client.both([1], { signal });
  client.both([1], { signal, timeoutMs: 0 });
  client.many(1, { signal });
  const stream = client.many(1, { signal });
  assertEquals(await stream.next(), { done: false, value: 1 });
  await settled();
  assertEquals(listeners(), 0);
});

Deno.test("interceptors of the client: an unread stream that runs is cancelled by the caller's signal", async () => {
  let heard: (() => unknown) | undefined;
  const { service, client } = intercepting("client", [logging("a", [])], {
    both: (_numbers, ctx) => {
      heard = abortOf(ctx.signal);
      return new Endless();
    },
  });
  await using _ = service;
  const { signal, controller, listeners } = countedSignal();
  const stream = client.both([1], { signal });
  await settled();
  assertEquals(listeners(), 1);
  controller.abort();
  await settled();
  assertEquals([heard?.(), listeners()], ["cancelled", 0]);
  const failure = await assertRejects(() => stream.next(), RpcError);
  assertEquals(failure.code, "cancelled");
});

Deno.test("interceptors of the client hear of an abort between their attempts", async () => {
  let attempts = 0;
  const again: Interceptor = (next) => (request) => {
    const messages = async function* (): AsyncGenerator<unknown> {
      for (;;) {
        attempts += 1;
        const response = await next(request);
        try {
          if (response.stream) yield* iterate(response.messages);
        } catch {
          await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
          return;
        }
      }
    };
    return Promise.resolve({ stream: true, messages: messages(), header: [], trailer: [] });
  };
  const { service, client } = intercepting("client", [again], {
    many: () => {
      throw new RpcError(Code.UNAVAILABLE, "Not now");
    },
  });
  await using _ = service;
  const { signal, controller, listeners } = countedSignal();
  const next = client.many(1, { signal }).next();
  await settled();
  controller.abort();
  assertEquals(await next, { done: true, value: undefined });
  assertEquals([attempts, listeners()], [1, 0]);
});

Deno.test("interceptors of the client are asked for a stream once, whoever reads it", async () => {
  const log: string[] = [];
  const { service, client } = intercepting("client", [logging("a", log)], { many: () => [1, 2, 3] });
  await using _ = service;
  const stream = client.many(0);
  await settled();
  assertEquals(log, []);
  const results = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
  assertEquals(results.map(({ value }) => value), [1, 2, 3, undefined]);
  assertEquals(log, ["a>", "<a"]);
});

Deno.test("interceptors of the client: leaving a stream ends all who wait, whatever an interceptor makes of its failure", async () => {
  const stubborn: Interceptor = (next) => async (request) => {
    const response = await next(request);
    if (!response.stream) return response;
    const messages = async function* (): AsyncGenerator<unknown> {
      try {
        yield* iterate(response.messages);
      } catch {
        yield -1; // nobody is there to get it
      }
    };
    return { ...response, messages: messages() };
  };
  const { service, client } = intercepting("client", [stubborn], { many: (_n, ctx) => untilAborted(ctx) });
  await using _ = service;
  const stream = client.many(0);
  const waiting = [stream.next(), stream.next()];
  await settled();
  await stream.return();
  for (const result of await Promise.all(waiting)) assertEquals(result, { done: true, value: undefined });
});

Deno.test("interceptors of the client may answer with what a for await loop takes, and nothing else", async () => {
  const answering = (messages: Messages<unknown>): Interceptor => () => () =>
    Promise.resolve({ stream: true, messages, header: [], trailer: [] });
  const promises = intercepting("client", [answering([Promise.resolve(1), 2])]);
  await using _promises = promises.service;
  assertEquals(await collect(promises.client.many(0)), [1, 2]);
  // What a hand-written iterator may do, whatever the types say.
  const lawless = { [Symbol.iterator]: () => ({ next: () => 5 as unknown as IteratorResult<unknown> }) };
  const broken = intercepting("client", [answering(lawless)]);
  await using _broken = broken.service;
  const stream = broken.client.many(0);
  await assertRejects(() => stream.next(), TypeError, "gave 5 instead of an object");
  assertEquals(await stream.next(), { done: true, value: undefined });
});

/** As generators of interceptors read messages. */
async function* iterate(messages: Messages<unknown>): AsyncGenerator<unknown> {
  yield* messages;
}

for (const failsToClose of [false, true]) {
  const what = failsToClose ? "that then throws" : "";
  Deno.test(`interceptors of the client: a synchronous iterator ${what} is closed when one of its promises rejects`, async () => {
    let isClosed = false;
    function* promises(): Generator<Promise<number>> {
      try {
        yield Promise.reject(new RpcError(Code.ABORTED, "Broken"));
      } finally {
        isClosed = true;
        // deno-lint-ignore no-unsafe-finally
        if (failsToClose) throw new Error("Cannot close");
      }
    }
    const answering: Interceptor = () => () =>
      Promise.resolve({ stream: true, messages: promises(), header: [], trailer: [] });
    const { service, client } = intercepting("client", [answering]);
    await using _ = service;
    await assertRejects(() => collect(client.many(1)), RpcError, "Broken");
    assertEquals(isClosed, true);
  });
}
