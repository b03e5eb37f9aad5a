import type { Clock, Timer } from "../clock.ts";

/**
 * The turns of all exchanges of a link that have more to read than one turn is long: one each time that the event loop
 * has been round, the one that has waited longest first.
 *
 * A timer, since nothing else lets others in everywhere: with `setImmediate` or a message to itself a program that is
 * busy for a millisecond each time held up a socket's echo by 0.4 s and more (Deno 2.9).
 */
export class Turns {
  readonly #clock: Clock;
  readonly #waiting: Set<() => void> = new Set();
  #timer: Timer = undefined;

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
    this.#timer = this.#clock.setTimer(this.#next, 0);
  }

  readonly #next = (): void => {
    const [take] = this.#waiting;
    if (take === undefined) return;
    this.#waiting.delete(take);
    if (this.#waiting.size > 0) this.#schedule();
    take();
  };
}
