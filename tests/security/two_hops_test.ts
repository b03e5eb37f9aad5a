/** What a caller is told of a call that the service which it calls has made itself: nothing of where that went (P11.6). */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Hono } from "npm:hono@^4";
import {
  createClient,
  defineService,
  RpcError,
  serverStreaming,
  type StandardSchema,
  unary,
} from "../../src/client.ts";
import type { FetchFunction } from "../../src/transport/mod.ts";
import { type HandlerContext, implement, type Implementation, ticketHandler } from "../../src/server.ts";
import { MEDIA_TYPE } from "../../src/wire/mod.ts";
import { WireTap } from "./wire_tap.ts";

/** What names the service behind, its place and its methods. */
const TELLTALES = ["10.1.2.3", "hidden.", "/inner", "Ledger"];

/** Passes only the number 1. */
const ONE: StandardSchema<number> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => value === 1 ? { value } : { issues: [{ message: "wants Ledger number 1" }] },
  },
};

const METHODS = { one: unary<string, string>(), many: serverStreaming<string, string>() };
const Front = defineService("demo.Front", METHODS);
const Back = defineService("hidden.Ledger", {
  ...METHODS,
  checked: unary({ input: ONE, output: ONE }),
});

/** The same as a server has it that checks nothing. */
const Unchecked = defineService("hidden.Ledger", { ...METHODS, checked: unary<number, number>() });

type Back = ReturnType<typeof createClient<typeof Back.methods>>;
type Forward = (back: Back, input: string, ctx: HandlerContext) => Promise<string>;

const ask: Forward = (back, input, ctx) => back.one(input, { ctx });

/** Serves the front, which answers by way of `forward`, and tells what its caller gets and what is reported. */
async function through(
  fetch: FetchFunction,
  forward: Forward = ask,
): Promise<{ readonly error: RpcError; readonly reported: readonly unknown[] }> {
  await using back = createClient(Back, "http://10.1.2.3/inner", { fetch });
  await using tap = new WireTap(implement(Front, {
    one: (input, ctx) => forward(back, input, ctx),
    many: (input, ctx) => back.many(input, { ctx }),
  }));
  await using front = createClient(Front, "/rpc", { fetch: tap.fetch });
  const one = await assertRejects(() => front.one("Ada"), RpcError);
  if (forward === ask) {
    const many = await assertRejects(() => Array.fromAsync(front.many("Ada")), RpcError);
    assertEquals([many.code, many.message, many.details], [one.code, one.message, one.details]);
  }
  assert(tap.text().includes("demo.Front"), "Nothing was recorded");
  assertEquals(TELLTALES.filter((telltale) => tap.text().includes(telltale)), []);
  return { error: one, reported: tap.errors };
}

/** A server behind. */
function serving(implementation: Implementation): FetchFunction {
  const handler = ticketHandler(implementation, { onError: () => {} });
  return new Hono().all("/inner", handler).request;
}

const answered = (body: BodyInit, init?: ResponseInit): FetchFunction => () => new Response(body, init);
const exchange = { headers: { "content-type": MEDIA_TYPE } };
const idle = implement(Unchecked, { one: () => "", many: () => [], checked: () => 2 });

const UNTOLD: readonly (readonly [what: string, code: string, fetch: FetchFunction, forward?: Forward])[] = [
  ["cannot be reached", "unavailable", () => Promise.reject(new Error("connect ECONNREFUSED 10.1.2.3:80"))],
  ["is refused", "unauthenticated", answered("Not for hidden.Ledger", { status: 401 })],
  ["is answered by something else", "unknown", answered("<html>10.1.2.3</html>")],
  ["is answered with what is no exchange", "internal", answered("hidden.Ledger", exchange)],
  ["loses its connection", "unavailable", answered(new Uint8Array(), exchange)],
  [
    "goes to a service that is not there",
    "unimplemented",
    serving(implement(Front, { one: () => "", many: () => [] })),
  ],
  [
    "takes too long",
    "deadline_exceeded",
    (_url, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    (back, input) => back.one(input, { timeoutMs: 1 }),
  ],
  [
    "is given up",
    "cancelled",
    (_url, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    (back, input) => back.one(input, { signal: AbortSignal.abort() }),
  ],
  ["has a request that does not pass", "invalid_argument", serving(idle), async (back) => `${await back.checked(2)}`],
  ["has a response that does not pass", "internal", serving(idle), async (back) => `${await back.checked(1)}`],
];

for (const [what, code, fetch, forward] of UNTOLD) {
  Deno.test(`P11.6 of a call that ${what} the handler's caller is told the code`, async () => {
    const { error, reported } = await through(fetch, forward);
    const told = `A call that the service made failed: ${code}`;
    assertEquals([error.code, error.message, error.origin], [code, told, "peer"]);
    assertEquals([error.metadata, error.details], [[], []]);
    const [original] = reported;
    assertInstanceOf(original, RpcError);
    assertEquals(original.code, code);
    assert(!original.message.startsWith("A call that the service made"), original.message);
  });
}

Deno.test("P11.6 what the service behind has told of a call reaches the handler's caller whole", async () => {
  const thrown = new RpcError("not_found", "There is no Ada", { metadata: { retry: "never" }, details: [{ of: "A" }] });
  const behind = implement(Back, {
    one: () => Promise.reject(thrown),
    many: () => Promise.reject(thrown),
    checked: () => 1,
  });
  const { error, reported } = await through(serving(behind));
  assertEquals([error.code, error.message], ["not_found", "There is no Ada"]);
  assertEquals([error.metadata, error.details], [[["retry", "never"]], [{ of: "A" }]]);
  assertEquals(reported, []);
});

Deno.test("P11.6 a service behind that says only a code does not bring its name", async () => {
  const thrown = new RpcError("aborted", "");
  const behind = implement(Back, {
    one: () => Promise.reject(thrown),
    many: () => Promise.reject(thrown),
    checked: () => 1,
  });
  const { error } = await through(serving(behind));
  assertEquals(error.code, "aborted");
});

Deno.test("P11.6 an error that a handler makes of one that it got reaches its caller whole", async () => {
  const { error, reported } = await through(answered("10.1.2.3", { status: 503 }), async (back, input, ctx) => {
    return await back.one(input, { ctx }).catch((cause) => {
      throw new RpcError("unavailable", "There are no prices just now", { cause });
    });
  });
  assertEquals([error.code, error.message], ["unavailable", "There are no prices just now"]);
  assertEquals(reported, []);
});

Deno.test("P11.6 over two hops the last caller is told what the first was", async () => {
  const middle = createClient(Back, "/inner", {
    fetch: () => Promise.reject(new Error("connect ECONNREFUSED 10.1.2.3:80")),
  });
  const behind = implement(Back, {
    one: (input, ctx) => middle.one(input, { ctx }),
    many: (input, ctx) => middle.many(input, { ctx }),
    checked: () => 1,
  });
  const { error, reported } = await through(serving(behind));
  assertEquals([error.code, error.message], ["unavailable", "A call that the service made failed: unavailable"]);
  assertEquals(reported, [], "it is the other service that has something to report");
});
