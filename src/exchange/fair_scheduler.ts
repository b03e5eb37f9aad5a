import type { Clock, Timer } from "../clock.ts";

/**
 * Runs the work of a link's exchanges that have more to read, or to end, than fits into one time slice: one of them in each
 * turn of the event loop, the one that has waited longest first.
 */
export class FairScheduler {
  readonly #clock: Clock;
  readonly #waiting: Set<() => void> = new Set();
  #timer: Timer = undefined;
  #isDeferred = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `take` later, after those that wait already. */
  add(take: () => void): void {
    if (this.#waiting.size === 0) this.#schedule();
    this.#waiting.add(take);
  }

  /** Runs `take` no more. */
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

/** How long one time slice may be. */
export interface SliceLength {
  /**
   * Operations that begin or end in it at most. What their handlers do comes after the slice and cannot be timed within it;
   * to begin and answer an operation takes 10 to 30 µs.
   */
  readonly operations: number;
  /** Operations that end in it where an exchange fails: each takes 30 to 70 µs, with the work of its handler. */
  readonly endings: number;
  /** Milliseconds, about. */
  readonly ms: number;
}

/** Tickets between two readings of the clock. Reading it takes as long as a small ticket does. */
const TICKETS_PER_LOOK = 64;

/** Limits how much of what a peer has sent is read before others go on. */
export class TimeSlice {
  readonly #clock: Clock;
  readonly #length: SliceLength;
  /** Unknown until the clock is read, which most slices are too short for. */
  #endsAt = Infinity;
  #operations = 0;
  #tickets = 0;
  #isSpent = false;

  constructor(clock: Clock, length: SliceLength) {
    this.#clock = clock;
    this.#length = length;
  }

  /** Whether the slice is over. */
  get spent(): boolean {
    return this.#isSpent;
  }

  /** A new slice begins. */
  begin(): void {
    this.#endsAt = Infinity;
    this.#operations = 0;
    this.#tickets = 0;
    this.#isSpent = false;
  }

  /** Counts an item that may begin or end an operation; tells whether the slice is over. */
  spendOperation(): boolean {
    this.#operations += 1;
    if (this.#operations >= this.#length.operations) this.#isSpent = true;
    return this.spendTicket();
  }

  /** Counts a ticket; tells whether the slice is over. */
  spendTicket(): boolean {
    this.#tickets += 1;
    if (this.#tickets % TICKETS_PER_LOOK === 0) this.#look();
    return this.#isSpent;
  }

  #look(): void {
    const nowMs = this.#clock.now();
    if (this.#endsAt === Infinity) this.#endsAt = nowMs + this.#length.ms;
    else if (nowMs >= this.#endsAt) this.#isSpent = true;
  }
}

/** Calls `action` with each item from an index on, in order: with `perSlice` of them at once, with the others later. */
export function forEachSliced<T>(
  items: readonly T[],
  perSlice: number,
  scheduler: FairScheduler,
  action: (item: T) => void,
  from = 0,
): void {
  const until = from + perSlice;
  for (const item of items.slice(from, until)) action(item);
  if (until < items.length) scheduler.add(() => forEachSliced(items, perSlice, scheduler, action, until));
}
