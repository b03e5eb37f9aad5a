import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { CborError } from "../../src/cbor/cbor_error.ts";
import { Code } from "../../src/links/mod.ts";
import { rejection } from "../../src/rpc/rejection.ts";
import { localFailure } from "../../src/rpc/rpc_error.ts";
import { type Client, createClient, type Messages, RpcError } from "../../mod.ts";
import { Probe, probe, type ProbeHandlers, untilAborted } from "./_probe.ts";
import { collect, serving, settled } from "./_serving.ts";

/** Waits for a rejection with an RpcError and gives it. */
function failure(promise: PromiseLike<unknown>): Promise<RpcError> {
  return assertRejects(() => promise, RpcError);
}

const FULL = new RpcError(Code.RESOURCE_EXHAUSTED, "Out of numbers", {
  metadata: { retry: "later" },
  details: [{ left: 0n }],
  cause: new Error("behind it"),
});

const SECRET = new Error("password is 1234");

/** Handlers of each kind that throw something, at once and later. */
function throwing(error: unknown): ProbeHandlers {
  return {
    one: () => {
      throw error;
    },
    many: () => {
      throw error;
    },
    fold: () => Promise.reject(error),
    // deno-lint-ignore require-yield
    async *both() {
      throw error;
    },
  };
}

const CALLS = ["one", "many", "fold", "both"] as const;

/** Makes a call of a kind and waits for its end. */
function call(
  client: ReturnType<typeof createClient<typeof Probe.methods>>,
  kind: typeof CALLS[number],
): Promise<unknown> {
  switch (kind) {
    case "one":
      return client.one(1);
    case "many":
      return collect(client.many(1));
    case "fold":
      return client.fold([1]);
    case "both":
      return collect(client.both([1]));
  }
}

for (const kind of CALLS) {
  Deno.test(`an RpcError that the handler of "${kind}" throws reaches the caller whole, but for its cause`, async () => {
    await using service = serving(probe(throwing(FULL)));
    const error = await failure(call(createClient(Probe, service.end), kind));
    assertEquals([error.code, error.message, error.origin], ["resource_exhausted", "Out of numbers", "peer"]);
    assertEquals([error.metadata, error.details, error.cause], [[["retry", "later"]], [{ left: 0n }], undefined]);
    assertEquals(service.errors, []);
  });

  Deno.test(`anything else that the handler of "${kind}" throws is reported, and its text is not sent`, async () => {
    await using service = serving(probe(throwing(SECRET)));
    const error = await failure(call(createClient(Probe, service.end), kind));
    assertEquals([error.code, error.message, error.details], ["unknown", "Handler failed", []]);
    assertEquals(service.errors, [SECRET]);
  });
}

Deno.test("a handler that throws nothing at all fails all the same", async () => {
  await using service = serving(probe(throwing(undefined)));
  assertEquals((await failure(createClient(Probe, service.end).one(1))).code, "unknown");
  assertEquals(service.errors, [undefined]);
});

Deno.test("details without CBOR are left out and reported; the error itself is sent", async () => {
  await using service = serving(probe(throwing(new RpcError(Code.ABORTED, "Lost", { details: [() => {}] }))));
  const error = await failure(createClient(Probe, service.end).one(1));
  assertEquals([error.code, error.message, error.details], ["aborted", "Lost", []]);
  assertInstanceOf(service.errors[0], CborError);
});

Deno.test("onError() that throws harms no call", async () => {
  await using service = serving(probe(throwing(SECRET)));
  service.errors.push = () => {
    throw new Error("Reporter failed");
  };
  assertEquals((await failure(createClient(Probe, service.end).one(1))).code, "unknown");
});

Deno.test("a generator that throws after some messages: they arrive, then the error", async () => {
  await using service = serving(probe({
    async *many() {
      yield 1;
      yield 2;
      throw FULL;
    },
  }));
  const seen: number[] = [];
  const error = await failure((async () => {
    for await (const n of createClient(Probe, service.end).many(0)) seen.push(n);
  })());
  assertEquals([seen, error.code], [[1, 2], "resource_exhausted"]);
});

Deno.test("a handler that gives no iterable where a stream is due fails, and is reported", async () => {
  await using service = serving(probe({ many: () => 5 as unknown as Messages<number> }));
  const error = await failure(collect(createClient(Probe, service.end).many(0)));
  assertEquals(error.code, "unknown");
  assertInstanceOf(service.errors[0], TypeError);
  assertEquals(
    service.errors[0].message,
    "Cannot send the messages of test.Probe/many: expected an iterable, got a value of type number",
  );
});

Deno.test("a handler that throws because its call was cancelled is not reported", async () => {
  await using service = serving(probe({ one: (_n, ctx) => untilAborted(ctx) }));
  const controller = new AbortController();
  const call = createClient(Probe, service.end).one(1, { signal: controller.signal });
  await settled();
  controller.abort();
  await failure(call);
  await settled();
  assertEquals(service.errors, []);
});

Deno.test("a handler that throws an AbortError because its call was cancelled is not reported", async () => {
  await using service = serving(probe({
    one: async (_n, ctx) => {
      await untilAborted(ctx).catch(() => {});
      throw new DOMException("Gone", "AbortError");
    },
  }));
  const controller = new AbortController();
  const call = createClient(Probe, service.end).one(1, { signal: controller.signal });
  await settled();
  controller.abort();
  await failure(call);
  await settled();
  assertEquals(service.errors, []);
});

Deno.test("a handler that throws something else after its call was cancelled is reported", async () => {
  await using service = serving(probe({
    one: async (_n, ctx) => {
      await untilAborted(ctx).catch(() => {});
      throw SECRET;
    },
  }));
  const controller = new AbortController();
  const call = createClient(Probe, service.end).one(1, { signal: controller.signal });
  await settled();
  controller.abort();
  await failure(call);
  await settled();
  assertEquals(service.errors, [SECRET]);
});

Deno.test("a handler's generator that throws on being closed is reported", async () => {
  await using service = serving(probe({
    *many() {
      try {
        for (;;) yield 1;
      } finally {
        // deno-lint-ignore no-unsafe-finally
        throw SECRET;
      }
    },
  }));
  for await (const _ of createClient(Probe, service.end).many(0)) break;
  await settled();
  assertEquals(service.errors, [SECRET]);
});

for (
  const [what, messages] of [
    ["generator", function* (): Generator<number> {
      yield 1;
      yield 2;
      throw SECRET;
    }],
    ["async generator", async function* (): AsyncGenerator<number> {
      yield 1;
      yield 2;
      throw SECRET;
    }],
  ] as const
) {
  Deno.test(`a caller's ${what} that throws fails the call with what it threw as the cause`, async () => {
    let ended: unknown;
    await using service = serving(probe({
      async fold(numbers, ctx) {
        ctx.signal.addEventListener("abort", () => ended = ctx.signal.reason.code);
        return (await collect(numbers)).length;
      },
    }));
    const error = await failure(createClient(Probe, service.end).fold(messages()));
    await settled();
    assertEquals([error.code, error.origin, ended], ["unknown", "local", "cancelled"]);
    assertStrictEquals(error.cause, SECRET);
    assertEquals(service.clientErrors, []);
  });
}

Deno.test("a caller's generator that throws an RpcError fails the call with that very error", async () => {
  await using service = serving(probe({ both: (messages) => messages }));
  const error = await failure(collect(
    // deno-lint-ignore require-yield
    createClient(Probe, service.end).both(function* (): Generator<number> {
      throw FULL;
    }()),
  ));
  assertStrictEquals(error, FULL);
});

Deno.test("a caller's generator that throws on being closed harms nobody", async () => {
  await using service = serving(probe({ fold: () => 7 }));
  const source = function* (): Generator<number> {
    try {
      for (;;) yield 1;
    } finally {
      // deno-lint-ignore no-unsafe-finally
      throw SECRET;
    }
  };
  assertEquals(await createClient(Probe, service.end).fold(source()), 7);
  await settled();
  assertEquals(service.clientErrors, []);
});

Deno.test("messages that are not iterable fail the call with a TypeError, before anything is sent", async () => {
  await using service = serving(probe({}));
  const client = createClient(Probe, service.end);
  await assertRejects(() => client.fold(5 as unknown as number[]), TypeError, "expected an iterable");
  await assertRejects(() => client.both(null as unknown as number[]).next(), TypeError, "expected an iterable");
  assertEquals(service.end.operationStats().completed, 0);
});

for (const callback of ["onHeader", "onTrailer", "onStart"] as const) {
  Deno.test(`${callback}() that throws fails the call with what it threw as the cause`, async () => {
    await using service = serving(probe({}));
    const options = {
      [callback]: () => {
        throw SECRET;
      },
    };
    const error = await failure(createClient(Probe, service.end).one(1, options));
    assertStrictEquals(error.cause, SECRET);
    assertEquals(service.clientErrors, []);
  });
}

Deno.test("a failed call leaves the others alone", async () => {
  await using service = serving(probe({
    one: (n) => {
      if (n === 1) throw FULL;
      return n;
    },
  }));
  const client = createClient(Probe, service.end);
  const results = await Promise.allSettled([client.one(0), client.one(1), client.one(2)]);
  assertEquals(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
});

/** What awaits a call that fails, by how it fails. */
const AWAITING: Readonly<Record<string, (client: Client<typeof Probe.methods>) => Promise<unknown>>> = {
  "what the handler has thrown": async (client) => await client.one(1),
  "what the handler of a stream has thrown": async (client) => {
    for await (const _ of client.many(1)) { /* there is none */ }
  },
  "an abort": async (client) => await client.one(1, { signal: AbortSignal.abort() }),
};

/** The first line of a stack, and all of the error's own text. */
function stackOf({ stack = "" }: Error): readonly [head: string | undefined, frame: string | undefined] {
  const lines = stack.split("\n");
  return [lines[0], lines.find((line) => /^ +at /.test(line))];
}

for (const [what, call] of Object.entries(AWAITING)) {
  Deno.test(`the stack of the error of ${what} begins where the call is awaited`, async () => {
    await using service = serving(probe(throwing(FULL)));
    const error = await failure(call(createClient(Probe, service.end)));
    const [head, frame] = stackOf(error);
    assertEquals(head, `RpcError: ${error.message}`);
    assertStringIncludes(String(frame), import.meta.url);
  });
}

Deno.test("the stack of an error that no function awaits stays, and any can be replaced", async () => {
  await using service = serving(probe(throwing(FULL)));
  const error = await new Promise<RpcError>((resolve) => createClient(Probe, service.end).one(1).catch(resolve));
  assertStringIncludes(String(stackOf(error)[1]), "/src/rpc/");
  error.stack = "elsewhere";
  assertEquals(error.stack, "elsewhere");
});

Deno.test("the stack of an error stays where its prototype has it, as in Firefox", async () => {
  const error = localFailure(Code.ABORTED, "Lost");
  Reflect.deleteProperty(error, "stack");
  await assertRejects(async () => await rejection(error), RpcError);
  assert(!Object.hasOwn(error, "stack"));
});

Deno.test("the stack of an error of the application stays as it is", async () => {
  await using service = serving(probe({}));
  const mine = new RpcError(Code.ABORTED, "Enough");
  const { stack } = mine;
  const error = await failure(createClient(Probe, service.end).one(1, { signal: AbortSignal.abort(mine) }));
  assertStrictEquals(error, mine);
  assertEquals(error.stack, stack);
});
