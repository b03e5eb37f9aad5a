import { Code, type Metadata } from "../links/mod.ts";
import { describeValue } from "../links/foreign_value.ts";
import { isAllowance } from "./window.ts";

/**
 * How far one direction of an operation has come, by what has been said in it:
 *
 * ```text
 *  fresh ──metadata──▶ headed ──payload──▶ flowing ──completion──▶ completed
 *    └───────────────payload────────────────▲ │
 *    └──completion──▶ completed               └─payload─▶ flowing
 * ```
 *
 * The same order binds the local customer (S20) and the peer (S10).
 */
export type Stage = "fresh" | "headed" | "flowing" | "completed";

/** What one step says, as far as order is concerned. */
export interface Said {
  readonly initialMetadata?: Metadata | undefined;
  readonly payload?: unknown;
  readonly allowance?: unknown;
}

/** A step that may not be said, in words and with what kind of mistake it is. */
export interface Violation {
  /** What is wrong, for a message: the middle of a sentence. */
  readonly what: string;
  /** Whether a number is out of range, as against something said at the wrong time. */
  readonly outOfRange: boolean;
}

/**
 * Takes the next step in one direction.
 *
 * @param stage How far the direction has come.
 * @param said What the step says.
 * @param completes Whether it completes the direction.
 * @returns How far it has come then, or what is wrong with the step.
 */
export function nextStage(stage: Stage, said: Said, completes: boolean): Stage | Violation {
  const { initialMetadata, payload, allowance } = said;
  if (allowance !== undefined && !isAllowance(allowance)) {
    return {
      what: `an allowance must be a positive safe integer, got ${describeValue(allowance)}`,
      outOfRange: true,
    };
  }
  if (initialMetadata === undefined && payload === undefined && !completes) return stage;
  if (stage === "completed") return misplaced(afterCompletion(initialMetadata, payload));
  if (initialMetadata !== undefined) {
    if (stage === "headed") return misplaced("initial metadata may be said once");
    if (stage === "flowing") return misplaced("initial metadata may not follow a payload");
  }
  if (completes) return "completed";
  return payload === undefined ? "headed" : "flowing";
}

function misplaced(what: string): Violation {
  return { what, outOfRange: false };
}

function afterCompletion(initialMetadata: Metadata | undefined, payload: unknown): string {
  if (initialMetadata !== undefined) return "initial metadata may not follow a completion";
  if (payload !== undefined) return "a payload may not follow a completion";
  return "a direction may be completed once";
}

/** The code of every violation that is told to the peer but those of S3 (S10). */
export const VIOLATION_CODE: Code = Code.INTERNAL;
