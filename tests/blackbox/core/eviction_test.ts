import { assert, assertEquals } from "@std/assert";
import { Hono } from "hono";
import {
  type Client,
  clientStreaming,
  createClient,
  defineService,
  implement,
  ticketHandler,
  unary,
} from "../../../mod.ts";
import { virtualClock } from "../../../src/testing/mod.ts";
import { IS_NIGHTLY } from "../../nightly.ts";
import { fragment, frame, opening, ping } from "./frames.ts";
import { MEBIBYTE } from "./memory.ts";
import { TargetServer } from "./program.ts";
import { RawExchange } from "./raw_exchange.ts";
import { outcomeOf, pause, Site, tally, within } from "./site.ts";
import { Target } from "./target.ts";

/** How much each of the stalled exchanges holds of a ticket, and what the whole ticket has. */
const HELD_BYTES = 900_000;
const TICKET_BYTES = 4_190_000;
/** Just as many as leave the budget no room for an honest call: 297 of 256 MiB. */
const { budgetBytes, senders } = IS_NIGHTLY
  ? { budgetBytes: 256 * MEBIBYTE, senders: 297 }
  : { budgetBytes: 32 * MEBIBYTE, senders: 37 };
/** Each leaves up to a mebibyte unread, so that they alone fill it. */
const readers = 74;
const HONEST_CALLS = IS_NIGHTLY ? 20 : 5;

/** What a peer does that goes no further, and only pings. */
type Stall = (url: string, headers: HeadersInit) => Promise<RawExchange>;

/** It begins a ticket and does not continue it. */
const stopsSending: Stall = async (url, headers) => {
  const exchange = await RawExchange.open(url, { headers });
  await exchange.send(opening(1, Target.name, "sink", { timeoutMs: 3_600_000 }));
  await exchange.send(fragment(1, TICKET_BYTES - HELD_BYTES, HELD_BYTES));
  return exchange;
};

/** It grants all that there is and does not read it. */
const readsNothing: Stall = async (url, headers) => {
  const exchange = await RawExchange.open(url, { headers, reads: false });
  const length = Uint8Array.of(0x1a, 0, 1, 0, 0); // 65,536
  const much = { timeoutMs: 3_600_000, allowance: 1_000_000, message: length };
  await exchange.send(opening(1, Target.name, "flood", much));
  return exchange;
};

/** Many exchanges that go no further. */
class Stalled implements AsyncDisposable {
  readonly #exchanges: readonly RawExchange[];
  readonly #pinging: ReturnType<typeof setInterval>;

  private constructor(exchanges: readonly RawExchange[]) {
    this.#exchanges = exchanges;
    this.#pinging = setInterval(() => exchanges.forEach((exchange, i) => void exchange.send(ping(i))), 1_000);
  }

  static async open(url: string, count: number, stall: Stall, headers: HeadersInit = {}): Promise<Stalled> {
    return new Stalled(await Promise.all(Array.from({ length: count }, () => stall(url, headers))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#pinging);
    await Promise.all(this.#exchanges.map((exchange) => exchange[Symbol.asyncDispose]()));
  }
}

type Honest = (client: Client<typeof Target.methods>, timeoutMs: number) => Promise<unknown>;

const LARGE = new Uint8Array(3_000_000);
const uploads: Honest = (client, timeoutMs) => client.take(LARGE, { timeoutMs });
const downloads: Honest = async (client, timeoutMs) => (await client.give(LARGE.length, { timeoutMs })).length;

/** Large calls one after the other, up to the first that fails. */
async function honestCalls(url: string, call: Honest, headers: HeadersInit = {}): Promise<string[]> {
  await using client = createClient(Target, url, { exchange: "duplex", headers, onError: () => {} });
  const outcomes: string[] = [];
  for (let i = 0; i < HONEST_CALLS; i++) {
    outcomes.push(await outcomeOf(call(client, 10_000), 12_000));
    if (outcomes.at(-1) !== String(LARGE.length)) break;
  }
  return outcomes;
}

const options = { limits: { maxTotalBufferedBytes: budgetBytes } };
/** More of them keep two cores busy by themselves, at night as well. */
const readersOptions = { limits: { maxTotalBufferedBytes: 32 * MEBIBYTE } };
const SENDERS = `${senders} exchanges that stop in the middle of a ticket and only ping`;
const READERS = `${readers} exchanges that do not read what they have granted`;

Deno.test(`P10.2 beside ${SENDERS} all honest calls succeed`, async () => {
  await using server = await TargetServer.start(options);
  await using _stalled = await Stalled.open(server.url, senders, stopsSending);
  await pause(300);
  assertEquals(tally(await honestCalls(server.url, uploads)), { "3000000": HONEST_CALLS });
});

Deno.test(`P10.2 beside ${SENDERS}, all of one caller, those of others succeed`, async () => {
  await using server = await TargetServer.start(options);
  await using _stalled = await Stalled.open(server.url, senders, stopsSending, { "x-caller": "mallory" });
  await pause(300);
  const callers = ["ada", "bob", "eve"].map((name) => honestCalls(server.url, uploads, { "x-caller": name }));
  assertEquals(tally((await Promise.all(callers)).flat()), { "3000000": 3 * HONEST_CALLS });
});

Deno.test(`P10.2 beside ${READERS} all honest calls succeed`, async () => {
  await using server = await TargetServer.start(readersOptions);
  // It is while their buffers fill that others are in danger.
  await using _stalled = await Stalled.open(server.url, readers, readsNothing);
  assertEquals(tally(await honestCalls(server.url, downloads)), { "3000000": HONEST_CALLS });
});

/** Nothing stalls here: there is more to upload at once than the budget has room for. */
Deno.test("P10.2 honest uploads that do not fit into the budget together wait for each other", async () => {
  const Slow = defineService("core.Slow", { take: clientStreaming<Uint8Array, number>() });
  const implementation = implement(Slow, {
    async take(messages) {
      let bytes = 0;
      for await (const { length } of messages) {
        await pause(5);
        bytes += length;
      }
      return bytes;
    },
  });
  await using site = new Site(implementation, { limits: { maxTotalBufferedBytes: 4_000_000 } });
  const outcomes = await Promise.all(Array.from({ length: 8 }, async () => {
    await using client = createClient(Slow, site.url, { exchange: "duplex", onError: () => {} });
    const messages = Array.from({ length: 4 }, () => new Uint8Array(2_000_000));
    return await outcomeOf(client.take(messages, { timeoutMs: 10_000 }), 10_000);
  }));
  assertEquals(tally(outcomes), { "8000000": 8 });
});

const Sink = defineService("core.Sink", {
  sink: clientStreaming<Uint8Array, number>(),
  hello: unary<string, string>(),
});

/** As long as a ticket may take that is not sent on, or hardly: minutes are too long for everybody. */
const PATIENCE_MS = 120_000;
const STEP_MS = 5_000;

/** Begins a ticket and then sends this again and again, in a time of its own. */
async function isGivenUp(begin: Uint8Array, again: (step: number) => Uint8Array): Promise<void> {
  const clock = virtualClock();
  const service = implement(Sink, {
    async sink(messages) {
      let count = 0;
      for await (const _ of messages) count += 1;
      return count;
    },
    hello: (name) => `Hello, ${name}`,
  });
  await using handler = ticketHandler(service, { clock, onError: () => {} });
  const app = new Hono().all("/rpc", handler);
  await using exchange = await RawExchange.open("/rpc", { fetch: (url, init) => app.request(url, init) });
  await exchange.send(opening(1, Sink.name, "sink", { timeoutMs: 3_600_000 }));
  await exchange.send(begin);
  for (let passed = 0; passed < PATIENCE_MS && !exchange.isOver; passed += STEP_MS) {
    await within(100, exchange.send(again(passed / STEP_MS)));
    await clock.advance(STEP_MS);
    await pause(1);
  }
  assert(exchange.isOver, `The exchange was still open after ${PATIENCE_MS} ms`);
}

Deno.test("A ticket in fragments that does not go on is given up, though its sender pings", () => {
  return isGivenUp(fragment(1, 3_000_000, 100_000), (step) => ping(step));
});

Deno.test("A ticket in fragments that go on by 20 bytes a second is given up", () => {
  return isGivenUp(fragment(1, 3_000_000, 100_000), (step) => fragment(1, 3_000_000 - (step + 1) * 100, 100));
});

Deno.test("A frame that goes on by 20 bytes a second is given up", () => {
  const whole = frame([1, new Uint8Array(3_000_000)]);
  return isGivenUp(whole.subarray(0, 100_000), (step) => whole.subarray(100_000 + step * 100, 100_100 + step * 100));
});

Deno.test("An application that reads slowly costs its caller nothing", async () => {
  const clock = virtualClock();
  const service = implement(Sink, {
    async sink(messages) {
      let count = 0;
      for await (const _ of messages) {
        count += 1;
        await new Promise<void>((resolve) => clock.setTimer(resolve, 60_000));
      }
      return count;
    },
    hello: (name) => `Hello, ${name}`,
  });
  await using handler = ticketHandler(service, { clock });
  const app = new Hono().all("/rpc", handler);
  await using client = createClient(Sink, "/rpc", { clock, exchange: "duplex", fetch: app.request });
  const messages = Array.from({ length: 10 }, () => new Uint8Array(500_000));
  let outcome: string | undefined;
  const call = client.sink(messages, { timeoutMs: 3_600_000 });
  const noted = outcomeOf(call, 5_000).then((words) => outcome = words);
  for (let passed = 0; passed < 1_200_000 && outcome === undefined; passed += STEP_MS) {
    await clock.advance(STEP_MS);
    await pause(1);
  }
  assertEquals(await noted, "10");
});
