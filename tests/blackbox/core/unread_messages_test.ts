import { assertEquals } from "@std/assert";
import { createClient } from "../../../mod.ts";
import { IS_NIGHTLY } from "../../nightly.ts";
import { blob, message, opening } from "./frames.ts";
import { MEBIBYTE, SLACK_BYTES } from "./memory.ts";
import { TargetServer } from "./program.ts";
import { RawExchange } from "./raw_exchange.ts";
import { type Carrier, eventually, outcomeOf, pause, SHARED_CARRIERS, tally, untilStill, within } from "./site.ts";
import { Target, type TargetState } from "./target.ts";

const DEFAULT_BUDGET_BYTES = 256 * MEBIBYTE;
/** Messages that a call may send before its handler has read one. */
const AHEAD = 16;

/** The limits that SECURITY.md advises. */
const TUNED = {
  limits: {
    maxFrameBytes: 262_144,
    maxOperations: 100,
    maxExchanges: 1_000,
    maxBufferedBytes: 4_194_304,
    maxTotalBufferedBytes: 134_217_728,
  },
  timeouts: { maximumTimeoutMs: 60_000, helloTimeoutMs: 3_000 },
};

/** How a server is flooded by peers that send without asking, while no handler reads. */
interface Flood {
  readonly options: Readonly<Record<string, unknown>>;
  readonly exchanges: number;
  readonly calls: number;
  readonly messageBytes: number;
  readonly budgetBytes: number;
}

async function staysWithinBudget({ options, exchanges, calls, messageBytes, budgetBytes }: Flood): Promise<void> {
  await using server = await TargetServer.start(options);
  const { program } = server;
  const limit = program.residentBytes() + budgetBytes + SLACK_BYTES;
  await program.staysBelow(limit, flood(server.url, exchanges, calls, messageBytes));
}

/** A server that has had enough may fail an exchange, or not read on: then the rest is not sent. */
async function flood(url: string, exchanges: number, calls: number, messageBytes: number): Promise<void> {
  const operations = Array.from({ length: calls }, (_, i) => i + 1);
  const bytes = blob(messageBytes);
  await Promise.all(Array.from({ length: exchanges }, async () => {
    await using exchange = await RawExchange.open(url);
    for (const operation of operations) await exchange.send(opening(operation, Target.name, "lateSink"));
    for (let sent = 0; sent < AHEAD; sent++) {
      for (const operation of operations) {
        const isTaken = await within(2_000, exchange.send(message(operation, bytes)));
        if (isTaken !== true) return;
      }
    }
    await pause(1_000);
  }));
}

Deno.test(
  "Messages of maxFrameBytes that 24 busy handlers do not read stay within the default budget and 64 MiB",
  () => {
    return staysWithinBudget({
      options: {},
      exchanges: 1,
      calls: 24,
      messageBytes: 4_190_000,
      budgetBytes: DEFAULT_BUDGET_BYTES,
    });
  },
);

Deno.test(
  "Messages that the handlers of three exchanges of 100 calls do not read stay within a budget of 128 MiB and 64 MiB",
  () => {
    return staysWithinBudget({
      options: TUNED,
      exchanges: 3,
      calls: 100,
      messageBytes: 262_000,
      budgetBytes: TUNED.limits.maxTotalBufferedBytes,
    });
  },
);

/** The same of this library's client: nothing is lost when the handlers read at last. */
async function allIsReadAtLast(exchange: Carrier): Promise<void> {
  const [calls, messages] = IS_NIGHTLY ? [24, AHEAD] : [16, 12];
  await using server = await TargetServer.start();
  const { program } = server;
  const limit = program.residentBytes() + DEFAULT_BUDGET_BYTES + SLACK_BYTES;
  await using client = createClient(Target, server.url, { exchange });
  const bytes = new Uint8Array(4_190_000);
  let sent = 0;
  async function* send(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < messages; i++, sent++) yield bytes;
  }
  const outcomes = Array.from({ length: calls }, () => outcomeOf(client.lateSink(send()), 60_000));
  const progress = (): string => `${sent} sent, ${Math.round(program.residentBytes() / (8 * MEBIBYTE))}`;
  await program.staysBelow(limit, untilStill(progress));
  await server.release();
  assertEquals(tally(await program.staysBelow(limit, Promise.all(outcomes))), { [messages]: calls });
}

for (const carrier of SHARED_CARRIERS) {
  Deno.test(
    `What busy handlers do not read waits at its sender, and is all read at last, on ${carrier}`,
    () => allIsReadAtLast(carrier),
  );
}

/** A sender that waits must not be in the way of others. */
async function othersGoOn(exchange: Carrier): Promise<void> {
  await using server = await TargetServer.start();
  await using client = createClient(Target, server.url, { exchange });
  const bytes = new Uint8Array(1_000_000);
  async function* send(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 30; i++) yield bytes;
  }
  const waiting = Array.from({ length: 4 }, () => outcomeOf(client.lateSink(send()), 20_000));
  let state: TargetState | undefined;
  const poll = setInterval(async () => state = await server.state(), 50);
  assertEquals(await eventually(() => state?.running === 4), true);
  clearInterval(poll);
  const others = Array.from({ length: 20 }, () => outcomeOf(client.take(new Uint8Array(100_000)), 3_000));
  assertEquals(tally(await Promise.all(others)), { "100000": 20 });
  await server.release();
  assertEquals(tally(await Promise.all(waiting)), { "30": 4 });
}

for (const carrier of SHARED_CARRIERS) {
  Deno.test(`Calls go on beside four whose handlers do not read, on ${carrier}`, () => othersGoOn(carrier));
}
