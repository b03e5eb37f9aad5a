import { Termination } from "../links/mod.ts";

/**
 * The tickets of one operation in one direction, counted, so that sequence numbers need not travel: a ticket that names
 * none has the number after the one before it.
 */
export class TicketCount {
  #next = 0;
  #passed = 0;
  #total = Infinity;

  /** How many have been handed over. */
  get passed(): number {
    return this.#passed;
  }

  /** The number that a ticket has which names none. */
  get next(): number {
    return this.#next;
  }

  /** Whether all tickets up to the completion have passed, in whatever order. */
  get complete(): boolean {
    return this.#passed >= this.#total;
  }

  /** Takes a ticket's number, or the absence of one, and returns the number that it has. */
  number(named: number | undefined): number {
    const number = named ?? this.#next;
    this.#next = number + 1;
    return number;
  }

  /** Notes that a ticket has been handed over. */
  pass(number: number, termination: unknown): void {
    this.#passed += 1;
    if (termination === Termination.COMPLETION) this.#total = number + 1;
  }
}
