import type { Clock, Timer } from "../../clock.ts";

/**
 * The turns of all exchanges of a link that have more to read, or to end, than one turn is long: one each time that the event
 * loop has been round, the one that has waited longest first.
 *
 * After some time the next turn comes with a timer, since nothing else lets all others in everywhere: with `setImmediate` or
 * a message to itself alone, a program that is busy for a millisecond each time held up a socket's echo by 60 ms and more
 * (Deno 2.9). With a timer alone a server rests for a millisecond or two after each turn, which for calls in great numbers
 * was most of the time.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #roundMs: number;
  readonly #waiting: Set<() => void> = new Set();
  #timer: Timer = undefined;
  #isDeferred = false;
  #isTurn = false;
  /** When all others have been let in for certain. */
  #roundAtMs = 0;

  /** @param roundMs Milliseconds of turns after which a timer is waited for. */
  constructor(clock: Clock, roundMs: number) {
    this.#clock = clock;
    this.#roundMs = roundMs;
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
    const nowMs = this.#clock.now();
    if (!this.#isTurn) this.#roundAtMs = nowMs;
    if (defer === undefined || nowMs - this.#roundAtMs >= this.#roundMs) {
      this.#timer = this.#clock.setTimer(this.#round, 0);
    } else {
      this.#isDeferred = true;
      defer(this.#deferred);
    }
  }

  readonly #round = (): void => {
    this.#roundAtMs = this.#clock.now();
    this.#next();
  };

  readonly #deferred = (): void => {
    this.#isDeferred = false;
    this.#next();
  };

  #next(): void {
    const [take] = this.#waiting;
    if (take === undefined) return;
    this.#waiting.delete(take);
    this.#isTurn = true;
    if (this.#waiting.size > 0) this.#schedule();
    take();
    this.#isTurn = false;
  }
}
