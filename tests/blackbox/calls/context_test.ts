/** The context of a call is the call's: its values, and its HTTP context. */
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import type { Context } from "hono";
import { setCookie } from "hono/cookie";
import {
  bidiStreaming,
  clientStreaming,
  createClient,
  defineService,
  type HandlerContext,
  type Handlers,
  type HttpResponseInfo,
  implement,
  type Implementation,
  type Interceptor,
  metadataValue,
  serverStreaming,
  unary,
  ValueKey,
} from "@ticketlink/ticketlink";
import { serve } from "./served.ts";
import { sleep, within } from "./result.ts";

const RID = new ValueKey<string>("request id");

const Who = defineService("context.Who", { call: unary<void, unknown>() });

/** Resolves for all when so many have come. */
function meeting(count: number): () => Promise<void> {
  const all = Promise.withResolvers<void>();
  let come = 0;
  return () => {
    if (++come === count) all.resolve();
    return all.promise;
  };
}

Deno.test(
  "ctx.values: what an interceptor sets for one of three calls on a duplex, its handler alone sees",
  async () => {
    const met = meeting(3);
    const naming: Interceptor = (next) => (request) => {
      request.ctx?.values.set(RID, String(metadataValue(request.metadata, "rid")));
      return next(request);
    };
    await using server = serve(
      implement(Who, {
        async call(_nothing, ctx) {
          await met();
          return ctx.values.get(RID);
        },
      }),
      { interceptors: [naming] },
    );
    await using client = createClient(Who, server.url, { exchange: "duplex" });
    const calls = ["a", "b", "c"].map((rid) => client.call(undefined, { metadata: { rid } }));
    assertEquals(await within(2_000, "three calls", Promise.all(calls)), ["a", "b", "c"]);
  },
);

const Streams = defineService("context.Streams", {
  many: serverStreaming<void, unknown>(),
  sum: clientStreaming<number, unknown>(),
  both: bidiStreaming<number, unknown>(),
});

for (const exchange of ["duplex", "pair", "socket", "single"] as const) {
  Deno.test(
    `ctx.values on a ${exchange}: streams of all kinds keep to the end what an interceptor sets for each`,
    async () => {
      const naming: Interceptor = (next) => (request) => {
        request.ctx?.values.set(RID, String(metadataValue(request.metadata, "rid")));
        return next(request);
      };
      const streams = implement(Streams, {
        async *many(_nothing, ctx) {
          yield ctx.values.get(RID);
          await sleep(10);
          yield ctx.values.get(RID);
        },
        async sum(numbers, ctx) {
          for await (const _number of numbers);
          return ctx.values.get(RID);
        },
        async *both(numbers, ctx) {
          for await (const _number of numbers) yield ctx.values.get(RID);
        },
      });
      await using server = serve(streams, { interceptors: [naming] });
      await using client = createClient(Streams, server.url, { exchange });
      const seen = ["a", "b", "c"].map(async (rid) => {
        const options = { metadata: { rid } };
        return await Promise.all([
          Array.fromAsync(client.many(undefined, options)),
          client.sum([1], options),
          exchange === "single" ? [rid, rid] : Array.fromAsync(client.both([1, 2], options)),
        ]);
      });
      const results: unknown = await within(3_000, "nine calls", Promise.all(seen));
      assertEquals(results, ["a", "b", "c"].map((rid) => [[rid, rid], rid, [rid, rid]]));
    },
  );
}

Deno.test("ctx.http.get() on a duplex gives what middleware has set", async () => {
  await using server = serve(implement(Who, { call: (_nothing, ctx) => ctx.http?.get("user") }), {
    middleware: async (context, next) => {
      context.set("user", "Ada");
      await next();
    },
  });
  await using client = createClient(Who, server.url, { exchange: "duplex" });
  assertEquals(await client.call(), "Ada");
});

/** What may be written to an HTTP context. */
const WRITES: Readonly<Record<string, (http: Context) => void>> = {
  "ctx.http.set()": (http) => http.set("rid", "a"),
  "ctx.http.header()": (http) => http.header("x-rid", "a"),
  "ctx.http.status()": (http) => http.status(201),
  "setCookie(ctx.http)": (http) => setCookie(http, "session", "a"),
};

/** Says how a write was refused; `undefined` if it was not. */
function refusalOf(write: (http: Context) => void, ctx: HandlerContext<Context>): string | undefined {
  try {
    assert(ctx.http !== undefined);
    write(ctx.http);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

for (const [what, write] of Object.entries(WRITES)) {
  Deno.test(
    `${what} on an exchange of several calls throws and says why`,
    async () => {
      await using server = serve(implement(Who, { call: (_nothing, ctx) => refusalOf(write, ctx) }));
      for (const exchange of ["duplex", "pair", "socket"] as const) {
        await using client = createClient(Who, server.url, { exchange });
        const refusal = await client.call();
        assert(typeof refusal === "string", `the write was taken on a ${exchange}`);
        assert(/exchange|calls|share/i.test(refusal), refusal);
      }
    },
  );
}

const Account = defineService("context.Account", {
  login: unary<void, string>(),
  upload: clientStreaming<number, string>(),
  watch: serverStreaming<void, string>(),
});

/** The handlers of an account, of which a test gives the one it is about. */
function account(handlers: Partial<Handlers<typeof Account.methods, Context>>): Implementation {
  return implement(Account, {
    login: () => "in",
    upload: () => "there",
    watch: () => ["seen"],
    ...handlers,
  });
}

Deno.test(
  "setCookie(ctx.http) on a single: a login that hashes for 100 ms sets its cookie",
  async () => {
    await using server = serve(account({
      async login(_nothing, ctx) {
        await sleep(100);
        assert(ctx.http !== undefined);
        setCookie(ctx.http, "session", "abc");
        return "in";
      },
    }));
    await using client = createClient(Account, server.url, { exchange: "single" });
    const response = Promise.withResolvers<HttpResponseInfo>();
    assertEquals(await client.login(undefined, { onHttpResponse: response.resolve }), "in");
    const { headers } = await within(1_000, "the response", response.promise);
    assertStringIncludes(headers.getSetCookie().join("; "), "session=abc");
  },
);

Deno.test("ctx.http.header() on a single: a unary handler sets a header of the response", async () => {
  await using server = serve(account({
    login(_nothing, ctx) {
      ctx.http?.header("x-rid", "7");
      return "in";
    },
  }));
  await using client = createClient(Account, server.url, { exchange: "single" });
  const response = Promise.withResolvers<HttpResponseInfo>();
  assertEquals(await client.login(undefined, { onHttpResponse: response.resolve }), "in");
  const { headers } = await within(1_000, "the response", response.promise);
  assertEquals(headers.get("x-rid"), "7");
});

Deno.test(
  "ctx.http.header() on a single: a client-streaming handler sets a header after 100 ms",
  async () => {
    await using server = serve(account({
      async upload(numbers, ctx) {
        for await (const _number of numbers);
        await sleep(100);
        ctx.http?.header("x-rid", "7");
        return "there";
      },
    }));
    await using client = createClient(Account, server.url, { exchange: "single" });
    const response = Promise.withResolvers<HttpResponseInfo>();
    assertEquals(await client.upload([1, 2], { onHttpResponse: response.resolve }), "there");
    const { headers } = await within(1_000, "the response", response.promise);
    assertEquals(headers.get("x-rid"), "7");
  },
);

Deno.test("ctx.http.header() on a single: a stream's handler sets a header at once", async () => {
  await using server = serve(account({
    async *watch(_nothing, ctx) {
      ctx.http?.header("x-rid", "7");
      yield "seen";
    },
  }));
  await using client = createClient(Account, server.url, { exchange: "single" });
  const response = Promise.withResolvers<HttpResponseInfo>();
  for await (const _seen of client.watch(undefined, { onHttpResponse: response.resolve }));
  const { headers } = await within(1_000, "the response", response.promise);
  assertEquals(headers.get("x-rid"), "7");
});

/** Makes a `fetch` of the platform, and a promise of when its first response has a head. */
function headWatch(): { fetch: (url: string, init: RequestInit) => Promise<Response>; head: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      resolve();
      return response;
    },
    head: promise,
  };
}

Deno.test("the head of a stream on a single does not wait for a handler that says nothing", async () => {
  const over = Promise.withResolvers<void>();
  await using server = serve(account({
    async *watch() {
      await over.promise;
      yield "seen";
    },
  }));
  const { fetch, head } = headWatch();
  await using client = createClient(Account, server.url, { exchange: "single", fetch });
  const first = client.watch().next();
  // 25 ms are allowed, the rest is for a busy machine.
  await within(500, "the head", head);
  over.resolve();
  assertEquals((await first).value, "seen");
});

Deno.test("the head of a unary call on a single waits for its handler for half a heartbeat at most", async () => {
  const over = Promise.withResolvers<void>();
  await using server = serve(
    account({
      async login() {
        await over.promise;
        return "in";
      },
    }),
    { timeouts: { heartbeatMs: 400 } },
  );
  const { fetch, head } = headWatch();
  await using client = createClient(Account, server.url, { exchange: "single", fetch });
  const answer = client.login();
  // 200 ms are allowed, the rest is for a busy machine.
  await within(1_000, "the head", head);
  over.resolve();
  assertEquals(await answer, "in");
});

Deno.test(
  "ctx.http.header() throws and says why once the head of a unary call on a single has left",
  async () => {
    await using server = serve(
      account({
        async login(_nothing, ctx) {
          await sleep(400);
          return refusalOf((http) => http.header("x-rid", "7"), ctx) ?? "taken";
        },
      }),
      { timeouts: { heartbeatMs: 200 } },
    );
    await using client = createClient(Account, server.url, { exchange: "single" });
    const refusal = await within(2_000, "the call", client.login());
    assertNotEquals(refusal, "taken");
    assert(/head|left|sent/i.test(refusal), refusal);
  },
);

Deno.test(
  "ctx.http.header() throws and says why once the head of a stream on a single has left",
  async () => {
    await using server = serve(account({
      async *watch(_nothing, ctx) {
        yield "seen";
        await sleep(100);
        yield refusalOf((http) => http.header("x-rid", "7"), ctx) ?? "taken";
      },
    }));
    await using client = createClient(Account, server.url, { exchange: "single" });
    const refusal = (await within(2_000, "the call", Array.fromAsync(client.watch())))[1];
    assert(refusal !== undefined);
    assertNotEquals(refusal, "taken");
    assert(/head|left|sent/i.test(refusal), refusal);
  },
);

Deno.test("a ctx.http.header that a handler keeps throws, too, once the head of the response has left", async () => {
  await using server = serve(
    account({
      async login(_nothing, ctx) {
        assert(ctx.http !== undefined);
        const { header } = ctx.http;
        header("x-rid", "7");
        await sleep(400);
        return refusalOf(() => header("x-rid", "8"), ctx) ?? "taken";
      },
    }),
    { timeouts: { heartbeatMs: 200 } },
  );
  await using client = createClient(Account, server.url, { exchange: "single" });
  const response = Promise.withResolvers<HttpResponseInfo>();
  const refusal = await within(2_000, "the call", client.login(undefined, { onHttpResponse: response.resolve }));
  assertStringIncludes(refusal, "the head of the response has left");
  assertEquals((await response.promise).headers.get("x-rid"), "7");
});

Deno.test("ctx.http on a single: the status is refused, and set() is the call's own, also when the head has left", async () => {
  let response: Response | undefined;
  await using server = serve(
    account({
      async *watch(_nothing, ctx) {
        const { http } = ctx;
        assert(http !== undefined);
        yield refusalOf(() => http.status(201), ctx) ?? "taken";
        yield refusalOf(() => http.redirect("/"), ctx) ?? "taken";
        yield refusalOf(() => http.res = new Response("mine"), ctx) ?? "taken";
        http.set("user", "Ada");
        yield String(http.get("user"));
        yield refusalOf(() => http.res.headers.set("x-rid", "7"), ctx) ?? "taken";
      },
    }),
    {
      middleware: async (context, next) => {
        await next();
        context.header("x-middleware", "yes");
        response = context.res;
      },
    },
  );
  await using client = createClient(Account, server.url, { exchange: "single" });
  const [status, redirect, res, user, headers] = await Array.fromAsync(client.watch());
  for (const refusal of [status, redirect, res]) assertStringIncludes(refusal ?? "", "throw an RpcError");
  assertEquals(user, "Ada");
  assertStringIncludes(headers ?? "", "the head of the response has left");
  assertEquals(response?.headers.get("x-middleware"), "yes");
});

Deno.test("ctx.http on an exchange of several calls can be read, and no property of it be set", async () => {
  await using server = serve(
    implement(Who, {
      call(_nothing, ctx) {
        const { http } = ctx;
        assert(http !== undefined);
        const refusals = [() => http.res, () => http.error = new Error(), () => http.setRenderer(() => new Response())]
          .map((write) => refusalOf(write, ctx));
        return [http.req.path, http.var.user, http.finalized || "env" in http, ...refusals];
      },
    }),
    {
      middleware: async (context, next) => {
        context.set("user", "Ada");
        await next();
      },
    },
  );
  await using client = createClient(Who, server.url, { exchange: "duplex" });
  const [path, user, isThere, ...refusals] = await client.call() as unknown[];
  assertEquals([path, user, isThere], ["/rpc", "Ada", true]);
  for (const [i, what] of ["res", "error", "setRenderer()"].entries()) {
    assertStringIncludes(String(refusals[i]), `Cannot use ${what} of ctx.http: its exchange carries several calls`);
  }
});
