import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { Hono } from "npm:hono@^4";
import {
  bidiStreaming,
  createClient,
  defineService,
  type FetchFunction,
  implement,
  RpcError,
  ticketHandler,
  unary,
} from "../../../mod.ts";
import { IS_NIGHTLY } from "../../nightly.ts";
import { type Behaviour, behaviour, fetchOf } from "./any_fetch.ts";

const SEED = 11;
/** Runs, each of as many clients of every kind at once: some wait until their time is over. */
const RUNS = IS_NIGHTLY ? 8 : 3;
const CLIENTS = 16;
/** Milliseconds after which a call is over by itself, and after which it hangs. */
const TIMEOUT_MS = 700;
const HANGS_MS = 3_000;

const CONTRACT = defineService("test.Fetch", {
  hello: unary<string, string>(),
  echo: bidiStreaming<string, string>(),
});

const IMPLEMENTATION = implement(CONTRACT, {
  hello: (name) => `Hello, ${name}`,
  async *echo(messages) {
    yield* messages;
  },
});

type Exchange = "single" | "pair" | "duplex" | "auto";

/** Makes a client whose fetch brings what the types do not know. */
function clientOf(fetch: (url: string, init: RequestInit) => unknown, exchange: Exchange) {
  return createClient(CONTRACT, "http://service.test/rpc", {
    fetch: fetch as FetchFunction, // which is what is tried

    exchange,
    timeoutMs: TIMEOUT_MS,
    timeouts: { helloTimeoutMs: TIMEOUT_MS / 2, probeTimeoutMs: TIMEOUT_MS / 4 },
  });
}

/** Fails if a call does not end. */
async function inTime<Result>(call: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`A call hangs: it has not ended in ${HANGS_MS} ms`)), HANGS_MS);
  });
  return await Promise.race([call, late]).finally(() => clearTimeout(timer));
}

/** Checks that a call ends well, or with an RpcError. */
async function assertEnds<Result>(call: Promise<Result>, right: Result): Promise<void> {
  try {
    assertEquals(await inTime(call), right);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    // Nothing of what went wrong within is to show.
    assert(!/Cannot read prop|undefined \(|is not a function|\[object/.test(error.message), error.message);
  }
}

async function tryAll(behaviours: readonly Behaviour[], exchange: Exchange): Promise<void> {
  await using handler = ticketHandler(IMPLEMENTATION, { onError: () => {} });
  const app = new Hono().all("/rpc", handler);
  await using client = clientOf(fetchOf(behaviours, app.request), exchange);
  await assertEnds(client.hello("Ada"), "Hello, Ada");
  if (exchange !== "single") await assertEnds(Array.fromAsync(client.echo(["a", "b"])), ["a", "b"]);
}

Deno.test("whatever fetch brings, a call ends well or with an RpcError, and nothing is left unhandled", async () => {
  const cases = fc.array(fc.array(behaviour, { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: CLIENTS,
    size: "max",
  });
  const property = fc.asyncProperty(cases, async (clients) => {
    const exchanges = ["single", "pair", "duplex", "auto"] as const;
    await Promise.all(clients.flatMap((each) => exchanges.map((exchange) => tryAll(each, exchange))));
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
  // What rejects late does so in this turn.
  await new Promise((resolve) => setTimeout(resolve, 10));
});

/** What a fetch may bring that no call can be made with, and what its caller is told. */
const UNUSABLE: readonly [name: string, brings: (response: Response) => unknown, told: string][] = [
  ["nothing", () => undefined, "it is a value of type undefined"],
  ["null", () => null, "it is null"],
  ["a plain object", () => ({}), "it has no status"],
  ["no headers", ({ status, body }) => ({ status, body }), "it has no headers with a method get"],
  ["a body that is read", withBody({ bodyUsed: true }), "its body has been read already"],
  ["a body that is locked", lock, "its body is locked by another reader"],
  ["no body", withBody({ body: undefined }), "it has no body that can be read"],
  ["an empty body", withBody({ body: null }), "its body is empty"],
];

function withBody(pieces: object): (response: Response) => unknown {
  return ({ status, headers, body }) => ({ status, headers, body, ...pieces });
}

function lock(response: Response): Response {
  response.body?.getReader();
  return response;
}

for (const exchange of ["single", "pair", "duplex", "auto"] as const) {
  Deno.test(`a call fails at once where fetch brings nothing that can be used: ${exchange}`, async () => {
    await Promise.all(UNUSABLE.map((unusable) => assertFailsAtOnce(exchange, ...unusable)));
  });
}

async function assertFailsAtOnce(
  exchange: Exchange,
  name: string,
  brings: (response: Response) => unknown,
  told: string,
): Promise<void> {
  await using handler = ticketHandler(IMPLEMENTATION);
  const app = new Hono().all("/rpc", handler);
  const fetch = async (url: string, init: RequestInit) => brings(await app.request(url, init));
  await using client = clientOf(fetch, exchange);
  const startedAt = performance.now();
  const { code, message } = await inTime(assertRejects(() => client.hello("Ada"), RpcError));
  assertEquals(code, "internal", name);
  assertStringIncludes(message, told);
  assert(performance.now() - startedAt < TIMEOUT_MS / 2, `With ${name} it has waited`);
}

Deno.test("a part of a pair to which fetch brings nothing fails the call at once", async () => {
  await using handler = ticketHandler(IMPLEMENTATION);
  const app = new Hono().all("/rpc", handler);
  let count = 0;
  const fetch = async (url: string, init: RequestInit) => {
    const response = await app.request(url, init);
    return ++count === 1 ? response : undefined;
  };
  await using client = clientOf(fetch, "pair");
  const { message } = await inTime(assertRejects(() => client.hello("Ada"), RpcError));
  assertStringIncludes(message, "Cannot use the response of fetch");
});

Deno.test("a response that can only be had as a whole carries a call on a single exchange", async () => {
  await using handler = ticketHandler(IMPLEMENTATION);
  const app = new Hono().all("/rpc", handler);
  const fetch = async (url: string, init: RequestInit) => {
    const response = await app.request(url, init);
    return { status: response.status, headers: response.headers, arrayBuffer: () => response.arrayBuffer() };
  };
  await using client = clientOf(fetch, "single");
  assertEquals(await inTime(client.hello("Ada")), "Hello, Ada");
});
