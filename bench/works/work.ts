import type { CallKind } from "../peers/peer.ts";
import type { Measures, Session } from "../runner/session.ts";

/** One thing that a work measures. */
export interface Metric {
  readonly title: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
}

/** How much a work is to do, as far as it has a choice. */
export interface Extent {
  /** Milliseconds that a round takes, about. */
  readonly roundMs: number;
  /** Milliseconds of a slice of warming up, of which there are as many as it takes. */
  readonly warmUpMs: number;
}

/**
 * Something that is done with each peer. It runs in the client's process, on any runtime, so it is JavaScript with types in
 * comments; the driver reads everything but the functions.
 */
export interface Work<Prepared = unknown> {
  readonly name: string;
  readonly title: string;
  /** Kinds of call that it needs. */
  readonly needs: readonly CallKind[];
  /** Of what it has thousands at once. */
  readonly crowd?: "calls" | "streams";
  /** Whether it needs a connection whose bytes arrive one by one. */
  readonly needsBytewise?: boolean;
  /** When it gets processes that have done nothing yet; otherwise it goes on with those of the work before. */
  readonly startsAnew?: "work" | "round";
  /** Where more rounds would show the same. */
  readonly maxRounds?: number;
  /** Milliseconds after which a round has failed; a minute if it does not say. */
  readonly maxRoundMs?: number;
  /** Whether it is left out unless it is asked for. */
  readonly isExtra?: boolean;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Warms up, once before all rounds, and finds out what a round can hold. */
  prepare(session: Session, extent: Extent): Promise<Prepared>;
  /** Measures once. */
  round(session: Session, extent: Extent, prepared: Prepared): Promise<Measures>;
}
