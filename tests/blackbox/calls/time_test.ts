/** How long calls take at most: defaults, servers that stop, middleware that gives up a response. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Hono } from "npm:hono@^4";
import {
  bidiStreaming,
  clientStreaming,
  createClient,
  defineService,
  type ExchangeEvent,
  type ExchangeKind,
  RpcError,
  serverStreaming,
  unary,
} from "@ticketlink/ticketlink/client";
import { implement, ticketHandler, type TicketHandlerOptions } from "@ticketlink/ticketlink/server";
import { virtualClock } from "@ticketlink/ticketlink/testing";
import { programNamed } from "../../programs.ts";
import { runProcess } from "../../watched_process.ts";
import { bundleProgram } from "./program.ts";
import { Calls, calls, pause } from "./service.ts";
import { serving } from "./serving.ts";

const HOUR_MS = 3_600_000;

/** Says how much time a handler has, in each of the four kinds of call. */
const Times = defineService("test.Times", {
  unary: unary<void, number>(),
  server: serverStreaming<void, number>(),
  client: clientStreaming<number, number>(),
  bidi: bidiStreaming<number, number>(),
});

type Kind = keyof typeof Times.methods;

/** Makes a call of a kind without saying how long it may take, and returns how long its handler has. */
async function timeOf(kind: Kind, options: TicketHandlerOptions = {}): Promise<number> {
  const handler = ticketHandler(
    implement(Times, {
      unary: (_, ctx) => ctx.timeRemaining(),
      async *server(_, ctx) {
        yield ctx.timeRemaining();
      },
      client: (_, ctx) => Promise.resolve(ctx.timeRemaining()),
      async *bidi(_, ctx) {
        yield ctx.timeRemaining();
      },
    }),
    options,
  );
  const app = new Hono().all("/rpc", handler);
  const client = createClient(Times, "/rpc", { fetch: app.request });
  const streamed = async (stream: AsyncIterable<number>): Promise<number> => (await Array.fromAsync(stream))[0] ?? 0;
  const made: Record<Kind, () => Promise<number>> = {
    unary: () => client.unary(),
    server: () => streamed(client.server()),
    client: () => client.client([1]),
    bidi: () => streamed(client.bidi([1])),
  };
  const ms = await made[kind]();
  await client[Symbol.asyncDispose]();
  await handler.stop(0);
  return ms;
}

Deno.test("a unary call has 60 s by default", async () => {
  const ms = await timeOf("unary");
  assert(ms > 55_000 && ms <= 60_000, `It has ${ms} ms`);
});

for (const kind of ["server", "client", "bidi"] as const) {
  Deno.test(`a ${kind}-streaming call has 24 h by default`, async () => {
    const ms = await timeOf(kind);
    assert(ms > 23 * HOUR_MS && ms <= 24 * HOUR_MS, `It has ${ms} ms`);
  });

  Deno.test(`S24 a server clamps the default of a ${kind}-streaming call`, async () => {
    const ms = await timeOf(kind, { timeouts: { maximumTimeoutMs: 10_000 } });
    assert(ms > 5_000 && ms <= 10_000, `It has ${ms} ms`);
  });
}

Deno.test("a live stream goes on for longer than five minutes by default", async () => {
  const clock = virtualClock();
  const handler = ticketHandler(calls(), { clock });
  const app = new Hono().all("/rpc", handler);
  const client = createClient(Calls, "/rpc", { fetch: app.request, clock, exchange: "single" });
  let seen = 0;
  const followed = (async () => {
    for await (const number of client.ticks(1)) seen = number;
  })().catch(String);
  // In steps that are shorter than a heartbeat, so that both sides hear of each other.
  for (let ms = 0; ms < 360_000; ms += 2_000) {
    await clock.advance(2_000);
    await pause(3);
  }
  const seenThen = seen;
  await pause(50);
  const isLive = seen > seenThen;
  await client[Symbol.asyncDispose]();
  const ending = await followed;
  await handler.stop(0);
  assert(isLive, `It has ended: ${ending}`);
});

/** A call to a server that is stopping, in virtual time. */
async function callStopping(
  { replacedAfter = Infinity, onExchange }: {
    /** Refusals after which another server takes its place. */
    readonly replacedAfter?: number;
    readonly onExchange?: (event: ExchangeEvent) => void;
  },
): Promise<{ readonly outcome: string; readonly ms: number }> {
  const clock = virtualClock();
  const stopping = ticketHandler(calls());
  const successor = ticketHandler(calls());
  await stopping.stop(0);
  let requests = 0;
  const app = new Hono().all("/rpc", (context, next) => {
    requests += 1;
    return requests > replacedAfter ? successor(context, next) : stopping(context, next);
  });
  const client = createClient(Calls, "/rpc", {
    fetch: app.request,
    clock,
    exchange: "single",
    // The longest pauses that there can be.
    random: () => 0.999,
    onExchange,
  });
  let outcome: string | undefined;
  const called = client.hello("Ada").catch(String).then((value) => outcome = value);
  const startMs = clock.now();
  while (outcome === undefined && clock.now() - startMs < 60_000) {
    await pause(1);
    await clock.advance(25);
  }
  const ms = clock.now() - startMs;
  await client[Symbol.asyncDispose]();
  await called;
  await successor.stop(0);
  return { outcome: String(outcome), ms };
}

/** Pauses of 50 ms, doubled up to 2 s, before eight further tries. */
const DOCUMENTED_BACK_OFF_MS = 50 + 100 + 200 + 400 + 800 + 1_600 + 2_000 + 2_000;

Deno.test("P8.13 a call to a stopping server fails within the documented back-off", async () => {
  const { outcome, ms } = await callStopping({});
  assertMatch(outcome, /stopping/);
  assert(ms <= DOCUMENTED_BACK_OFF_MS + 250, `It took ${ms} ms`);
});

Deno.test("P8.13 a call to a stopping server begins elsewhere within the documented back-off", async () => {
  const { outcome, ms } = await callStopping({ replacedAfter: 3 });
  assertEquals(outcome, "Hello, Ada");
  assert(ms <= 350 + 250, `It took ${ms} ms`);
});

Deno.test("onExchange says why a call to a stopping server waits", async () => {
  const events: ExchangeEvent[] = [];
  await callStopping({ replacedAfter: 3, onExchange: (event) => void events.push(event) });
  assertMatch(JSON.stringify(events), /draining|stopping/);
});

/** Middleware that gives up the response of a call that goes on. */
const GIVING_UP = {
  "throws after next()": (app: Hono): void => {
    app.use(async (_context, next) => {
      await next();
      throw new Error("After the handler");
    });
    app.onError((_error, context) => context.text("Oops", 500));
  },
  "replaces the response": (app: Hono): void => {
    app.use(async (context, next) => {
      await next();
      context.res = new Response("Replaced");
    });
  },
};

for (const [what, before] of Object.entries(GIVING_UP)) {
  for (const over of ["HTTP", "app.request"] as const) {
    for (const exchange of ["single", "duplex"] as const) {
      Deno.test(`middleware that ${what} aborts the handler of a call on ${exchange} over ${over} within a second`, () => {
        return assertAborts(exchange, over, before);
      });
    }
  }
}

async function assertAborts(
  exchange: ExchangeKind,
  over: "HTTP" | "app.request",
  before: (app: Hono) => void,
): Promise<void> {
  let signal: AbortSignal | undefined;
  const server = serving(calls({ ticking: (ticking) => signal = ticking }), { before, onError() {} });
  const options = over === "HTTP" ? {} : { fetch: server.app.request };
  const client = createClient(Calls, server.url, { ...options, exchange, timeoutMs: 20_000, onError() {} });
  const called = assertRejects(() => Array.fromAsync(client.ticks(20)), RpcError);
  await pause(1_000);
  // It need not start at all.
  assert(signal?.aborted ?? true, "The handler runs on");
  await client[Symbol.asyncDispose]();
  await called;
  await server[Symbol.asyncDispose]();
}

const node = programNamed("node");

Deno.test(
  "on Node, the handlers that Hono's timeout() has answered for are aborted within a second, and the server goes on",
  {
    ignore: node.ignore,
  },
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "ticketlink-time-" });
    try {
      const program = await bundleProgram(new URL("programs/given_up_on_node.ts", import.meta.url), folder);
      const { stdout } = await runProcess(node.path, { args: [program] });
      const { outcomes, aborts, errors } = JSON.parse(stdout);
      const refused = 'The server answered with status 504: "Gateway Timeout"';
      assertEquals(outcomes, [refused, refused, "worked for 0 ms"]);
      // A second is allowed, the rest is for a busy machine.
      assertEquals(aborts.map((ms: number) => ms < 1_200), [true, true], `Aborted after ${aborts} ms`);
      assertEquals(errors, []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
