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
 * What a direction has said last, as an error message names it. Each but the last may be left out, and payloads follow payloads:
 *
 * ```text
 *  nothing ──▶ initial metadata ──▶ a payload ──▶ a completion
 * ```
 *
 * The same order binds the local application (S20) and the peer (S10).
 */
export type Stage = "nothing" | "initial metadata" | "a payload" | "a completion";

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
  readonly outOfRange: boolean;
}

/** The stage after an emission, or the reason why the emission is not allowed. */
export function nextStage(stage: Stage, emission: Emission, completes: boolean): Stage | Violation {
  const { initialMetadata, payload, allowance } = emission;
  if (allowance !== undefined && !isAllowance(allowance)) {
    return { what: `an allowance must be a positive safe integer, got ${describeValue(allowance)}`, outOfRange: true };
  }
  let first: Stage | undefined = completes ? "a completion" : undefined;
  if (payload !== undefined) first = "a payload";
  if (initialMetadata !== undefined) first = "initial metadata";
  if (first === undefined) return stage;
  if (stage === "a completion" || first === "initial metadata" && stage !== "nothing") {
    return { what: `${first} may not follow ${stage}`, outOfRange: false };
  }
  if (completes) return "a completion";
  return payload === undefined ? "initial metadata" : "a payload";
}
