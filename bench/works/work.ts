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
  /** Milliseconds that go by before the first round, so that engines have compiled what is used. */
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
  /** Whether it has thousands of streams at once. */
  readonly isCrowded?: boolean;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Warms up, once before all rounds, and finds out what a round can hold. */
  prepare(session: Session, extent: Extent): Promise<Prepared>;
  /** Measures once. */
  round(session: Session, extent: Extent, prepared: Prepared): Promise<Measures>;
}
