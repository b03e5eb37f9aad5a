import type { Carrier } from "./site.ts";

/** What the client of large calls is to do. */
export interface LargeCalls {
  readonly url: string;
  readonly exchange: Carrier;
  /** `swap` sends and gets large messages, `give` only gets them. */
  readonly method: "swap" | "give";
  readonly calls: number;
  readonly limitMs: number;
}

/** What came of it. */
export interface LargeCallsResult {
  /** What became of a call that failed. */
  readonly failure: string | undefined;
  /** Why the stream beside them ended. */
  readonly streamFailure: string | undefined;
  /** The longest time without a message of that stream. */
  readonly longestGapMs: number;
  readonly ms: number;
}
