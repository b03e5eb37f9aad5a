/**
 * The server's process of the soak.
 *
 * @module
 */
import { Hono } from "npm:hono@^4";
import { joinLinks, serviceEnd, serviceLink, servicer } from "../../mod.ts";
import type { OutcomeKind } from "../../mod.ts";
import { countingClock } from "../matrix/counting_clock.ts";
import { AccountedServicer, OpeningsCounter } from "./accounts.ts";
import { answer, commands } from "./child_process.ts";
import { soakImplementation, ThrownOnPurpose } from "./handlers.ts";
import { Ledger } from "./ledger.ts";
import { type Alive, comeToRest, type Rest } from "./rest.ts";
import { CAPACITY, HEARTBEAT_MS } from "./settings.ts";

/** What the server tells when it has stopped. */
export interface ServerReport extends Rest {
  readonly stats: Readonly<Record<OutcomeKind, number>>;
  /** Operations that have reached the end. */
  readonly opened: number;
  /** Operations that the servicer was called for and that had a number. */
  readonly entered: number;
  readonly doubled: number;
  readonly unnamed: Readonly<Partial<Record<OutcomeKind, number>>>;
  readonly ledger: string;
  readonly thrownOnPurpose: number;
  /** Everything else that was reported, the first few as text. */
  readonly errors: number;
  readonly firstErrors: readonly string[];
}

const clock = countingClock();
const ledger = new Ledger(CAPACITY);
const firstErrors: string[] = [];
let errors = 0;
let thrownOnPurpose = 0;

function onError(error: unknown): void {
  if (error instanceof ThrownOnPurpose) return void (thrownOnPurpose += 1);
  errors += 1;
  if (firstErrors.length < 10) firstErrors.push(error instanceof Error ? error.stack ?? String(error) : String(error));
}

const accounted = new AccountedServicer(servicer(soakImplementation, { onError }), ledger);
const end = serviceEnd(accounted, { clock, onError });
// Exchanges end by their age and their size within seconds, so that clients go from one to the next all the time.
const link = serviceLink({
  clock,
  onError,
  heartbeatMs: HEARTBEAT_MS,
  helloTimeoutMs: 3_000,
  idleMs: 2_000,
  maxExchangeAgeMs: 4_000,
  maxExchangeBytes: 4_194_304,
});
joinLinks(end, link);
const openings = new OpeningsCounter(end);
link.joinLink(openings);
end.start();
const app = new Hono().all("/soak", link.handler);
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
answer({ port: server.addr.port });

function alive(): Alive {
  return { operations: link.operationCount, exchanges: link.exchangeCount, timers: clock.pendingTimers };
}

async function stop(): Promise<ServerReport> {
  await link.stop(1_000);
  await end.stop(0);
  await server.shutdown();
  return {
    ...await comeToRest(alive),
    stats: end.operationStats(),
    opened: openings.count,
    entered: ledger.entered,
    doubled: ledger.doubled,
    unnamed: accounted.unnamed,
    ledger: ledger.toText(CAPACITY).replace(/0+$/, ""),
    thrownOnPurpose,
    errors,
    firstErrors,
  };
}

for await (const command of commands()) {
  if (command.do === "rest") answer(await comeToRest(alive));
  if (command.do !== "stop") continue;
  answer(await stop());
  break; // nothing is left that would keep the process
}
