import type { Clock, Timer } from "../../clock.ts";

/**
 * The turns of all exchanges of a link that have more to read, or to end, than one turn is long: one each time that all
 * others have been let in, the one that has waited longest first.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #waiting: Set<() => void> = new Set();
  #timer: Timer = undefined;
  #isDeferred = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits for a turn. */
  add(take: () => void): void {
    if (this.#waiting.size === 0) this.#schedule();
    this.#waiting.add(take);
  }

  /** Waits no longer. */
  remove(take: () => void): void {
    if (this.#waiting.delete(take) && this.#waiting.size === 0) this.#clock.clearTimer(this.#timer);
  }

  #schedule(): void {
    const { defer } = this.#clock;
    if (this.#isDeferred) return;
    if (defer === undefined) this.#timer = this.#clock.setTimer(this.#next, 0);
    else {
      this.#isDeferred = true;
      defer(this.#deferred);
    }
  }

  readonly #deferred = (): void => {
    this.#isDeferred = false;
    this.#next();
  };

  readonly #next = (): void => {
    const [take] = this.#waiting;
    if (take === undefined) return;
    this.#waiting.delete(take);
    if (this.#waiting.size > 0) this.#schedule();
    take();
  };
}

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

/**
 * Does something with each of many: with the first at once, and with as many more each time that it is their turn.
 *
 * @param items What it is done with, in order.
 * @param perTurn With how many in one turn.
 * @param turns Where the others wait.
 * @param action What is done.
 * @param from Where to begin.
 */
export function eachInTurns<T>(
  items: readonly T[],
  perTurn: number,
  turns: Turns,
  action: (item: T) => void,
  from = 0,
): void {
  const until = from + perTurn;
  for (const item of items.slice(from, until)) action(item);
  if (until < items.length) turns.add(() => eachInTurns(items, perTurn, turns, action, until));
}
