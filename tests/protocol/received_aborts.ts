import type { OutcomeKind } from "../../src/ends/mod.ts";
import type { Termination } from "../../src/links/mod.ts";

/** The table of S30: the abort that is received, and the outcome that it means here. Written out, not taken from the source. */
export const RECEIVED_ABORTS: readonly (readonly [Termination, OutcomeKind])[] = [
  ["cancellation", "cancelled"],
  ["expiration", "expired"],
  ["shutdown", "remote shutdown"],
  ["reception failure", "reception failure"],
  ["transmission failure", "transmission failure"],
  ["local failure", "remote failure"],
  ["remote failure", "local failure"],
];
