import type { Stage } from "./stage.ts";

/**
 * What a client, a server and the exchange between them must be able to do for a case.
 *
 * - `calls`: carry calls at all.
 * - `bidi`: carry bidirectional calls.
 * - `streamed upload`: carry a request stream while it goes on.
 * - `retiming`: tell the server of a timeout that the caller changes after it has sent its request.
 * - `request headers`: send HTTP headers of the caller's choice.
 * - `http answer`: tell the caller what an HTTP server says that is no exchange.
 * - `noticed loss`: tell the client at once that a connection has broken.
 * - `early leaving`: tell the server that a call has been left whose response has not begun.
 * - `hurried leaving`: tell the server that a stream has been left which runs as fast as it can.
 * - `held responses`: hold the server back by not reading a response.
 * - `stalled streams`: carry other calls beside several streams that nobody reads.
 */
export type Capability =
  | "calls"
  | "bidi"
  | "streamed upload"
  | "retiming"
  | "request headers"
  | "http answer"
  | "noticed loss"
  | "early leaving"
  | "hurried leaving"
  | "held responses"
  | "stalled streams";

/** One thing that every server does for every client. */
export interface ConformanceCase {
  /** What it shows. Unique. */
  readonly name: string;
  /** What it needs; where one is not there, it is to be refused. */
  readonly needs: Capability;
  /** Whether it spends its time waiting: such cases run beside the others, one after the other. */
  readonly waits: boolean;
  /** Whether it would disturb others on the same connection: such cases run when all others are through. */
  readonly disturbs: boolean;
  /** Does it; rejects if it is not so. */
  run(stage: Stage): Promise<void>;
}

/** Cases by name, as they are easiest to write. */
export type CaseTable = Readonly<Record<string, (stage: Stage) => Promise<void>>>;

/** Makes cases that need the same. */
export function casesFor(needs: Capability, table: CaseTable): ConformanceCase[] {
  return Object.entries(table).map(([name, run]) => ({
    name,
    needs,
    waits: false,
    disturbs: needs === "held responses" || needs === "stalled streams",
    run,
  }));
}

/** Makes cases that spend their time waiting. */
export function waitingCasesFor(needs: Capability, table: CaseTable): ConformanceCase[] {
  return casesFor(needs, table).map((candidate) => ({ ...candidate, waits: true }));
}
