import { Termination } from "../../links/mod.ts";

/**
 * The tickets of one operation in one direction, counted, so that sequence numbers need not travel: a ticket that names
 * none has the number after the one before it.
 */
export class TicketCount {
  #next = 0;
  #passed = 0;
  #highest = -1;
  /** How many there are with the completion; -1 while that is not known. */
  #total = -1;

  /** How many have been handed over. */
  get passed(): number {
    return this.#passed;
  }

  /** The number that a ticket has which names none. */
  get next(): number {
    return this.#next;
  }

  /**
   * Whether all tickets up to the completion have passed, in whatever order, and none is missing among those after it.
   * Without the latter a peer could make up for missing numbers with higher ones: the operation would be over here, while
   * its receiver holds what came and waits.
   */
  get complete(): boolean {
    return this.#total >= 0 && this.#passed >= this.#total && this.#passed > this.#highest;
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
    this.#highest = Math.max(this.#highest, number);
    if (termination === Termination.COMPLETION) this.#total = number + 1;
  }
}
