/**
 * The server's process of the soak, whatever it runs on.
 *
 * @module
 */
import { Hono } from "npm:hono@^4";
import { joinLinks, type OutcomeKind, serviceEnd, serviceLink, servicer } from "../../src/links/mod.ts";
import { countingClock } from "../matrix/counting_clock.ts";
import { AccountedServicer, OpeningsCounter } from "./accounts.ts";
import { answer, commands } from "./child_process.ts";
import { soakImplementation, ThrownOnPurpose } from "./handlers.ts";
import { Ledger } from "./ledger.ts";
import { type Alive, comeToRest, type Rest } from "./rest.ts";
import { CAPACITY, HEARTBEAT_MS } from "./settings.ts";

/** A server that listens on loopback. */
export interface Listener {
  readonly port: number;
  /** Waits for what is open and closes. */
  close(): Promise<void>;
  /** Reads that the runtime holds for ever, so far. */
  readonly keptReads: number;
}

/** Serves on loopback, as the runtime does that. */
export type Listen = (fetch: (request: Request) => Response | Promise<Response>) => Promise<Listener>;

/** What the server has when nothing is to do. */
export interface ServerRest extends Rest {
  /** Reads of requests' bodies that its runtime never lets go of. */
  readonly keptReads: number;
}

/** What the server tells when it has stopped. */
export interface ServerReport extends ServerRest {
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

/** Notes what is reported. */
class Reports {
  readonly firstErrors: string[] = [];
  errors = 0;
  thrownOnPurpose = 0;

  readonly add = (error: unknown): void => {
    if (error instanceof ThrownOnPurpose) return void (this.thrownOnPurpose += 1);
    this.errors += 1;
    if (this.firstErrors.length >= 10) return;
    this.firstErrors.push(error instanceof Error ? error.stack ?? String(error) : String(error));
  };
}

/**
 * Serves calls and does what the parent commands, until that is to stop.
 *
 * @param listen How this runtime serves.
 */
export async function serveSoak(listen: Listen): Promise<void> {
  const clock = countingClock();
  const ledger = new Ledger(CAPACITY);
  const reports = new Reports();
  const onError = reports.add;
  const accounted = new AccountedServicer(servicer(soakImplementation, { onError }), ledger);
  const end = serviceEnd(accounted, { clock, onError });
  const link = serviceLink({ clock, onError, ...LINK_OPTIONS });
  joinLinks(end, link);
  const openings = new OpeningsCounter(end);
  link.joinLink(openings);
  end.start();
  const listener = await listen(new Hono().all("/soak", link.handler).fetch);
  const alive = (): Alive => (
    { operations: link.operationCount, exchanges: link.exchangeCount, timers: clock.pendingTimers }
  );
  const rest = async (): Promise<ServerRest> => ({ ...await comeToRest(alive), keptReads: listener.keptReads });
  const stop = async (): Promise<ServerReport> => {
    await link.stop(1_000);
    await end.stop(0);
    await listener.close();
    const { unnamed } = accounted;
    const { entered, doubled } = ledger;
    const { errors, firstErrors, thrownOnPurpose } = reports;
    const counted = { stats: end.operationStats(), opened: openings.count, entered, doubled, unnamed };
    const text = ledger.toText(CAPACITY).replace(/0+$/, "");
    return { ...await rest(), ...counted, ledger: text, thrownOnPurpose, errors, firstErrors };
  };
  answer({ port: listener.port });
  await obey({ rest, stop });
}

/** Exchanges end by their age and their size within seconds, so that clients go from one to the next all the time. */
const LINK_OPTIONS = {
  limits: { maxExchangeBytes: 4_194_304 },
  timeouts: { heartbeatMs: HEARTBEAT_MS, helloTimeoutMs: 3_000, idleMs: 2_000, maxExchangeAgeMs: 4_000 },
};

async function obey({ rest, stop }: { rest(): Promise<ServerRest>; stop(): Promise<ServerReport> }): Promise<void> {
  for await (const command of commands()) {
    if (command.do === "rest") answer(await rest());
    if (command.do !== "stop") continue;
    answer(await stop());
    return; // nothing is left that would keep the process
  }
}
