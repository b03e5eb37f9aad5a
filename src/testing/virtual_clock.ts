import { type Clock, MAX_TIMER_DELAY_MS, type Timer } from "../clock.ts";
import { nextTurn } from "./_next_turn.ts";

/** A clock that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /** Timers that are set and have neither fired nor been cleared: 0 when nothing has leaked. */
  readonly pendingTimers: number;

  /**
   * Lets time pass. Timers that fall due fire in the order of their moments, those of one moment in the order in which
   * they were set, and after each one everything that it caused runs before the next.
   *
   * @param ms How many milliseconds pass, from 0.
   * @returns Resolves when the moment is reached and all that it caused has run. Rejects with what a timer throws.
   * @throws {RangeError} If `ms` is not a finite number from 0.
   * @throws {TypeError} If the clock is advancing already.
   */
  advance(ms: number): Promise<void>;

  /**
   * Lets everything run that waits for no timer, while no time passes.
   *
   * @returns Resolves when the queue of microtasks is empty.
   */
  runMicrotasks(): Promise<void>;
}

/**
 * Makes a clock for tests: it stands still until {@linkcode VirtualClock.advance} moves it, so that a test of minutes takes
 * none.
 *
 * @param startMs What the clock shows at first, in milliseconds.
 * @returns The clock.
 * @throws {RangeError} If `startMs` is not a finite number.
 *
 * @example A minute passes at once
 * ```ts
 * import { virtualClock } from "@ticketlink/ticketlink/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = virtualClock();
 * const fired: string[] = [];
 * clock.setTimer(() => fired.push("later"), 60_000);
 * clock.setTimer(() => fired.push("sooner"), 1_000);
 *
 * await clock.advance(60_000);
 * assertEquals(fired, ["sooner", "later"]);
 * assertEquals(clock.now(), 60_000);
 * ```
 */
export function virtualClock(startMs = 0): VirtualClock {
  if (!Number.isFinite(startMs)) {
    throw new RangeError(`Cannot make a virtual clock: expected a finite start in milliseconds, got ${startMs}`);
  }
  return new SteppedClock(startMs);
}

/** One timer; the object itself is its handle. */
interface PendingTimer {
  readonly dueMs: number;
  readonly callback: () => void;
}

class SteppedClock implements VirtualClock {
  #nowMs: number;
  #advancing = false;
  /** In the order in which they were set, so that the first of equal moments is the first set. */
  readonly #timers: Set<PendingTimer> = new Set();

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    // The platforms take such a delay for 1 and fire at once; a test is where that should show.
    if (!(delayMs >= 0 && delayMs <= MAX_TIMER_DELAY_MS)) {
      throw new RangeError(`Cannot set a timer: expected a delay from 0 to ${MAX_TIMER_DELAY_MS} ms, got ${delayMs}`);
    }
    const timer: PendingTimer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(timer: Timer): void {
    for (const pending of this.#timers) {
      if (pending === timer) this.#timers.delete(pending);
    }
  }

  async advance(ms: number): Promise<void> {
    this.#checkStep(ms);
    this.#advancing = true;
    try {
      const targetMs = this.#nowMs + ms;
      // What was begun before this call may still have timers to set, counted from the old moment.
      await nextTurn();
      for (let timer = this.#firstDue(targetMs); timer !== undefined; timer = this.#firstDue(targetMs)) {
        this.#timers.delete(timer);
        this.#nowMs = timer.dueMs;
        timer.callback();
        await nextTurn();
      }
      this.#nowMs = targetMs;
    } finally {
      this.#advancing = false;
    }
  }

  runMicrotasks(): Promise<void> {
    return nextTurn();
  }

  #checkStep(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0) {
      throw new RangeError(`Cannot advance the clock: expected a finite number of milliseconds from 0, got ${ms}`);
    }
    if (this.#advancing) throw new TypeError("Cannot advance the clock: it is advancing already");
  }

  #firstDue(untilMs: number): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer;
    }
    return first;
  }
}
