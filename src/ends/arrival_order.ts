import type { Ticket } from "../links/mod.ts";

/** What is to be done with a ticket that arrives (S7). */
export type Admission =
  /** It is the expected one. */
  | "next"
  /** It came early and waits. */
  | "held"
  /** Its number was seen already, or is no number from 0 (S9). */
  | "duplicate"
  /** More would wait than may (S8). */
  | "overflow";

/** The order of one direction at its receiver, counting from 0 (S7 to S9). */
export class ArrivalOrder {
  readonly #maxHeld: number;
  #expected: number;
  #held: Map<number, Ticket> | undefined;

  /**
   * @param maxHeld How many tickets may wait.
   * @param expected The number that is processed next.
   */
  constructor(maxHeld: number, expected = 0) {
    this.#maxHeld = maxHeld;
    this.#expected = expected;
  }

  /** The number that is processed next. */
  get expected(): number {
    return this.#expected;
  }

  /** Whether the number of a ticket breaks the order (S9). */
  isViolation({ sequenceNumber }: Ticket): boolean {
    return !Number.isSafeInteger(sequenceNumber) || sequenceNumber < this.#expected ||
      this.#held?.has(sequenceNumber) === true;
  }

  /** Says what to do with a ticket, and keeps it if it is to wait. */
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

  /** Takes the expected ticket if it waits. */
  takeNext(): Ticket | undefined {
    const ticket = this.#held?.get(this.#expected);
    if (ticket === undefined) return undefined;
    this.#held?.delete(this.#expected);
    if (this.#held?.size === 0) this.#held = undefined;
    this.#expected += 1;
    return ticket;
  }
}
