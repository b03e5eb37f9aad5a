import type { End, Servicer } from "../../src/ends/mod.ts";

/** Two ends that are connected in some way, for one test. */
export interface Session {
  /** The end that invokes, started. */
  readonly invocation: End;
  /** The end that serves, started. */
  readonly service: End;
  /** What was reported to either end or to a link. */
  readonly errors: readonly unknown[];
  /** Lets time pass: on the clock of the ends, whichever that is. */
  elapse(ms: number): Promise<void>;
  /** What is alive between the ends just now, by name: exchanges, operations, timers. */
  alive(): Readonly<Record<string, number>>;
  /** Ends everything. Fails if anything is left then. */
  close(): Promise<void>;
}

/** A way to connect two ends. The suites run in any of them. */
export interface Environment {
  /** For the names of tests. */
  readonly name: string;
  /** Connects an end that invokes to one that serves with this servicer. */
  open(servicer: Servicer): Promise<Session>;
}
