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
