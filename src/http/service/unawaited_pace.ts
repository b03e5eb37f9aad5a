import type { Clock } from "../../clock.ts";
import { TokenBucket } from "../exchange/rate_limit.ts";

/** As much of what may be taken in a second may be taken at once: what a client gives up together that has had enough. */
const AT_ONCE = 1 / 10;
/**
 * What an abort counts as. The operation has begun, its handler runs, and everything that waits for it is woken: opened and
 * cancelled, an operation takes four times as long as one that is opened one-way.
 */
const ABORT_TOKENS = 4;
/** Milliseconds that whoever has taken all waits at least: often enough, and no timer for every single operation. */
const PORTION_MS = 10;

/** How fast operations of one exchange are taken that nobody waits for (any more), P9.11. */
export class UnawaitedPace {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;

  constructor(clock: Clock, maxPerSecond: number) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(maxPerSecond, Math.max(1, maxPerSecond * AT_ONCE));
  }

  /** When another may be asked for that was not let in. */
  get againAtMs(): number {
    return Math.max(this.#bucket.nextAtMs, this.#clock.now() + PORTION_MS);
  }

  /** Counts one more and tells whether it may be taken now. */
  admits(isAbort: boolean): boolean {
    return this.#bucket.take(isAbort ? ABORT_TOKENS : 1, this.#clock.now());
  }
}
