import type { Clock } from "../../clock.ts";

/** How long one turn of reading may be. */
export interface TurnLength {
  /**
   * Operations that it begins or ends at the most. What their handlers do at once comes after the turn and cannot be timed
   * within it; begun and answered, an operation takes 10 to 30 µs.
   */
  readonly operations: number;
  /** Operations that are ended at once where an exchange fails: each takes 30 to 70 µs, its handler's own work included. */
  readonly endings: number;
  /** Milliseconds, give or take a ticket. */
  readonly ms: number;
}

/** Tickets from one look at the clock to the next, which takes as long as a small ticket does. */
const TICKETS_PER_LOOK = 64;

/** How much of what a peer has sent is read before others have their turn. */
export class TurnBudget {
  readonly #clock: Clock;
  readonly #length: TurnLength;
  #endsAt = 0;
  #operations = 0;
  #tickets = 0;
  #isSpent = false;

  constructor(clock: Clock, length: TurnLength) {
    this.#clock = clock;
    this.#length = length;
  }

  /** Whether the turn is over. */
  get spent(): boolean {
    return this.#isSpent;
  }

  /** A turn begins. */
  begin(): void {
    this.#endsAt = this.#clock.now() + this.#length.ms;
    this.#operations = 0;
    this.#tickets = 0;
    this.#isSpent = false;
  }

  /** Counts an item that is more than a payload, and may begin or end an operation; tells whether the turn is over. */
  spendOperation(): boolean {
    this.#operations += 1;
    if (this.#operations >= this.#length.operations) this.#isSpent = true;
    return this.spendTicket();
  }

  /** Counts a ticket; tells whether the turn is over. */
  spendTicket(): boolean {
    this.#tickets += 1;
    if (this.#tickets % TICKETS_PER_LOOK === 0 && this.#clock.now() >= this.#endsAt) this.#isSpent = true;
    return this.#isSpent;
  }
}
