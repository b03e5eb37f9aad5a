import { Code, type Metadata } from "../links/mod.ts";
import { describeValue } from "../links/describe_value.ts";
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
type Stage = "fresh" | "headed" | "flowing" | "completed";

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

/** Checks what is said in one direction against its order, and remembers how far it has come. */
export class Direction {
  #stage: Stage = "fresh";

  /** Whether the direction's completion has been said. */
  get completed(): boolean {
    return this.#stage === "completed";
  }

  /**
   * Takes the next step.
   *
   * @param said What it says.
   * @param completes Whether it completes the direction.
   * @returns What is wrong with it; the stage is then unchanged.
   */
  advance(said: Said, completes: boolean): Violation | undefined {
    const { initialMetadata, payload, allowance } = said;
    if (allowance !== undefined && !isAllowance(allowance)) {
      return {
        what: `an allowance must be a positive safe integer, got ${describeValue(allowance)}`,
        outOfRange: true,
      };
    }
    if (initialMetadata === undefined && payload === undefined && !completes) return undefined;
    if (this.#stage === "completed") return misplaced(afterCompletion(initialMetadata, payload));
    if (initialMetadata !== undefined) {
      if (this.#stage === "headed") return misplaced("initial metadata may be said once");
      if (this.#stage === "flowing") return misplaced("initial metadata may not follow a payload");
      this.#stage = "headed";
    }
    if (payload !== undefined) this.#stage = "flowing";
    if (completes) this.#stage = "completed";
    return undefined;
  }
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
