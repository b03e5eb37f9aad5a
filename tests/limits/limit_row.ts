import type * as limits from "../../src/limits.ts";

/** The numbers of `src/limits.ts`. */
export type LimitName = {
  [Name in keyof typeof limits]: (typeof limits)[Name] extends number ? Name : never;
}[keyof typeof limits];

/** One limit: what it is, what happens at it, and what the peer is told beyond it. */
export interface LimitRow {
  /** Its name in `src/limits.ts`. */
  readonly name: LimitName;
  /** Its name for users, which is an option where there is one. */
  readonly option: string;
  /** What it is where nobody sets it. */
  readonly byDefault: number;
  /** What holds if nothing is set, as far as it can be asked. */
  readonly inEffect?: () => number;
  /** What {@linkcode LimitRow.probe} sets it to. */
  readonly limit: number;
  /** By how much a probe goes below and above; 1 by default. */
  readonly step?: number;
  /** Whether exactly the limit is too much already, as with time; it is not by default. */
  readonly isOverAtLimit?: boolean;
  /**
   * Says or does as much as `amount`.
   *
   * @returns What comes of it, in the words that the peer is told if it is told anything; `undefined` if all is well.
   */
  readonly probe: (limit: number, amount: number) => Promise<string | undefined>;
  /** What a probe beyond the limit comes to. */
  readonly told: string;
}
