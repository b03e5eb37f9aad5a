/**
 * The rules of one direction of an operation, for the application that sends in it and for the end that receives: the order of
 * its parts, and its allowance.
 *
 * @module
 */
import type { Metadata } from "../links/ticket.ts";
import { describeValue } from "../links/foreign_value.ts";

/** Payloads that may be sent in a direction before any grant (S14). */
export const IMPLICIT_ALLOWANCE = 1;

/** Whether a value can be an allowance: a positive safe integer (S10, S20). */
export function isAllowance(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0; // isSafeInteger proves that it is a number
}

/** The sum of two allowances, limited to the safe integers: a peer may grant as often as it likes. */
export function addAllowance(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}

/**
 * The stage that a direction has reached:
 *
 * ```text
 *  initial ──metadata──▶ metadata ──payload──▶ streaming ──completion──▶ completed
 *     └───────────────payload───────────────────▲ │
 *     └──completion──▶ completed                  └─payload─▶ streaming
 * ```
 *
 * The same order binds the local application (S20) and the peer (S10).
 */
export type Stage = "initial" | "metadata" | "streaming" | "completed";

/** The parts of a step or ticket whose order is checked. */
export interface Emission {
  readonly initialMetadata?: Metadata | undefined;
  readonly payload?: unknown;
  readonly allowance?: unknown;
}

/** Why an emission is not allowed. */
export interface Violation {
  /** The reason, for the middle of an error message. */
  readonly what: string;
  /** Whether a number is out of range. Otherwise the order is wrong. */
  readonly outOfRange?: true;
}

/** The stage after an emission, or the reason why the emission is not allowed. */
export function nextStage(stage: Stage, emission: Emission, completes: boolean): Stage | Violation {
  const { initialMetadata, payload, allowance } = emission;
  if (allowance !== undefined && !isAllowance(allowance)) {
    return {
      what: `an allowance must be a positive safe integer, got ${describeValue(allowance)}`,
      outOfRange: true,
    };
  }
  if (initialMetadata === undefined && payload === undefined && !completes) return stage;
  if (stage === "completed") {
    if (initialMetadata !== undefined) return { what: "initial metadata may not follow a completion" };
    return {
      what: payload === undefined ? "a direction may be completed once" : "a payload may not follow a completion",
    };
  }
  if (initialMetadata !== undefined) {
    if (stage === "metadata") return { what: "initial metadata may be said once" };
    if (stage === "streaming") return { what: "initial metadata may not follow a payload" };
  }
  if (completes) return "completed";
  return payload === undefined ? "metadata" : "streaming";
}
