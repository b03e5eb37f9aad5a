/**
 * The client's process of the soak: its arguments are the proxy's port, the seed and the number of calls at once.
 *
 * @module
 */
import { type Channel, connect, createClient } from "../../src/client.ts";
import type { OutcomeKind } from "../../src/links/mod.ts";
import { countingClock } from "../matrix/counting_clock.ts";
import { seededRandom } from "../seeded_random.ts";
import { AccountedEnd } from "./accounts.ts";
import { type Clients, makeCall } from "./caller.ts";
import { answer, commands } from "./child_process.ts";
import { Missing, Soak } from "./contract.ts";
import { Ledger } from "./ledger.ts";
import { pause } from "./pause.ts";
import { type Plan, planOf } from "./plan.ts";
import { type Alive, comeToRest, type Rest } from "./rest.ts";
import { resultCharacter } from "./results.ts";
import { CAPACITY, HEARTBEAT_MS } from "./settings.ts";

/** What the client tells when it has stopped. */
export interface ClientReport extends Rest {
  /** Calls made; their numbers are those below. */
  readonly calls: number;
  /** Operations begun. */
  readonly entered: number;
  readonly doubled: number;
  /** Of all ends together. */
  readonly stats: Readonly<Record<OutcomeKind, number>>;
  readonly ledger: string;
  /** What the caller of each call saw, one character for each. */
  readonly results: string;
  /** What no call should have brought. */
  readonly wrong: readonly string[];
}

const [port, seed = NaN, concurrency = NaN] = Deno.args.map(Number);
const clock = countingClock();
const ledger = new Ledger(CAPACITY);
const results = new Uint8Array(CAPACITY);
const wrong: string[] = [];
const random = seededRandom(seed);
let calls = 0;

function note(what: string, error: unknown): void {
  if (wrong.length < 20) {
    wrong.push(`${what}: ${error instanceof Error ? error.stack ?? String(error) : String(error)}`);
  }
}

function open(exchange: "duplex" | "single"): Channel {
  const onError = (error: unknown) => note("reported", error);
  const url = `http://127.0.0.1:${port}/soak`;
  return connect(url, { exchange, clock, onError, timeouts: { heartbeatMs: HEARTBEAT_MS, idleMs: 250 } });
}

const channels: Readonly<Record<Plan["channel"], Channel>> = {
  "duplex": open("duplex"),
  "other duplex": open("duplex"),
  "single": open("single"),
};
const ALL: readonly Channel[] = Object.values(channels);

function clientsOf({ end }: Channel): Clients {
  const accounted = new AccountedEnd(end, ledger);
  return { soak: createClient(Soak, accounted), missing: createClient(Missing, accounted) };
}

const clients: Readonly<Record<Plan["channel"], Clients>> = {
  "duplex": clientsOf(channels.duplex),
  "other duplex": clientsOf(channels["other duplex"]),
  "single": clientsOf(channels.single),
};

async function work(until: number): Promise<void> {
  while (performance.now() < until && calls < CAPACITY) {
    const call = calls++;
    const plan = planOf(seed, call);
    results[call] = await makeCall(clients[plan.channel], plan).then(resultCharacter, (error) => {
      note(`${plan.kind} that is to be ${plan.ending} on the ${plan.channel} channel`, error);
      return resultCharacter("wrong");
    });
    await pause(random.integer(0, 30));
  }
}

async function load(ms: number): Promise<{ calls: number }> {
  const until = performance.now() + ms;
  await Promise.all(Array.from({ length: concurrency }, () => work(until)));
  return { calls };
}

function alive(): Alive {
  let operations = 0;
  let exchanges = 0;
  for (const { link } of ALL) {
    operations += link.operationCount;
    exchanges += link.exchangeCount;
  }
  return { operations, exchanges, timers: clock.pendingTimers };
}

function stats(): Record<OutcomeKind, number> {
  const total = channels.single.end.operationStats();
  for (const { end } of [channels.duplex, channels["other duplex"]]) {
    // The keys of a record are its own.
    for (const [kind, count] of Object.entries(end.operationStats())) total[kind as OutcomeKind] += count;
  }
  return total;
}

async function stop(): Promise<ClientReport> {
  for (const channel of ALL) await channel.close();
  return {
    ...await comeToRest(alive),
    calls,
    entered: ledger.entered,
    doubled: ledger.doubled,
    stats: stats(),
    ledger: ledger.toText(calls),
    results: new TextDecoder().decode(results.subarray(0, calls)),
    wrong,
  };
}

answer({});
for await (const command of commands()) {
  if (command.do === "load") answer(await load(command.ms));
  if (command.do === "rest") answer(await comeToRest(alive));
  if (command.do !== "stop") continue;
  answer(await stop());
  break; // nothing is left that would keep the process
}
