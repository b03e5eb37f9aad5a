/**
 * The rules of one direction of an operation, for the application that sends in it and for the end that receives: the order of
 * its parts, its allowance, and the order of its tickets.
 *
 * @module
 */
import type { Metadata, Ticket } from "../links/ticket.ts";
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
  readonly outOfRange: boolean;
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
  if (stage === "completed") return misplaced(afterCompletion(initialMetadata, payload));
  if (initialMetadata !== undefined) {
    if (stage === "metadata") return misplaced("initial metadata may be said once");
    if (stage === "streaming") return misplaced("initial metadata may not follow a payload");
  }
  if (completes) return "completed";
  return payload === undefined ? "metadata" : "streaming";
}

function misplaced(what: string): Violation {
  return { what, outOfRange: false };
}

function afterCompletion(initialMetadata: Metadata | undefined, payload: unknown): string {
  if (initialMetadata !== undefined) return "initial metadata may not follow a completion";
  if (payload !== undefined) return "a payload may not follow a completion";
  return "a direction may be completed once";
}

/** What a receiver does with a ticket, by its sequence number (S7). */
export type Admission =
  /** It is the expected ticket: process it. */
  | "next"
  /** It arrived early and is held. */
  | "held"
  /** Its number has arrived before, or is not an integer from 0 (S9). */
  | "duplicate"
  /** It arrived early, and too many tickets are held already (S8). */
  | "overflow";

/** Restores the order of one direction's tickets (S7 to S9). */
export class ArrivalOrder {
  readonly #maxHeld: number;
  #expected: number;
  #held: Map<number, Ticket> | undefined;

  constructor(maxHeld: number, expected = 0) {
    this.#maxHeld = maxHeld;
    this.#expected = expected;
  }

  /** The sequence number of the next ticket to process. */
  get expected(): number {
    return this.#expected;
  }

  /** Whether the number of a ticket breaks the order (S9). */
  isViolation({ sequenceNumber }: Ticket): boolean {
    return !Number.isSafeInteger(sequenceNumber) || sequenceNumber < this.#expected ||
      this.#held?.has(sequenceNumber) === true;
  }

  /** Decides what to do with a ticket, and holds it if it is early. */
  admit(ticket: Ticket): Admission {
    const { sequenceNumber } = ticket;
    if (sequenceNumber === this.#expected) {
      this.#expected += 1;
      return "next";
    }
    if (this.isViolation(ticket)) return "duplicate";
    this.#held ??= new Map();
    if (this.#held.size >= this.#maxHeld) return "overflow";
    this.#held.set(sequenceNumber, ticket);
    return "held";
  }

  /** Takes the expected ticket if it is held. */
  takeNext(): Ticket | undefined {
    const ticket = this.#held?.get(this.#expected);
    if (ticket === undefined) return undefined;
    this.#held?.delete(this.#expected);
    if (this.#held?.size === 0) this.#held = undefined;
    this.#expected += 1;
    return ticket;
  }
}
