import { Termination } from "../links/ticket.ts";

/** Tells whether a termination is an abort: any but a completion. */
export function isAbort(termination: unknown): boolean {
  return termination !== undefined && termination !== Termination.COMPLETION;
}

/**
 * Counts the tickets of one operation in one direction, so that sequence numbers need not be sent: a ticket that names none
 * has the number after the one before it.
 */
export class TicketCount {
  // Fields and not getters: each ticket asks for them several times. Only this class sets them.

  /** How many have passed. */
  passed = 0;
  /** The number of the next ticket, if it names none. */
  next = 0;
  /**
   * Whether all tickets up to the completion have passed, in any order, and none is missing among those after it. Without
   * the latter a peer could send higher numbers in place of missing ones: the operation would be over here, while the local
   * end holds what came and waits.
   */
  complete = false;
  /** Takes over once a ticket has passed out of order. */
  #disorder: { highest: number; total: number } | undefined = undefined;

  /** Returns the number of a ticket that names this one, or none. */
  number(named: number | undefined): number {
    const number = named ?? this.next;
    this.next = number + 1;
    return number;
  }

  /** Notes that a ticket has passed. */
  pass(number: number, termination: unknown): void {
    if (this.#disorder !== undefined || number !== this.passed) return this.#passDisordered(number, termination);
    this.passed += 1;
    if (termination === Termination.COMPLETION) this.complete = true;
  }

  #passDisordered(number: number, termination: unknown): void {
    // Only grants follow a completion, so how many there are with it is not asked for any more.
    const disorder = this.#disorder ??= { highest: this.passed - 1, total: this.complete ? this.passed : -1 };
    this.passed += 1;
    if (number > disorder.highest) disorder.highest = number;
    if (termination === Termination.COMPLETION) disorder.total = number + 1;
    this.complete = disorder.total >= 0 && this.passed >= disorder.total && this.passed > disorder.highest;
  }
}
