import type { Clock } from "../../clock.ts";
import { TokenBucket } from "../../exchange/rate_limit.ts";

/** Something that buffers bytes, and can be told to drop them. */
export interface BufferHolder {
  /** All holders together buffer too much, and this one the most: it drops what it holds, at once. */
  budgetExceeded(totalBytes: number): void;
}

/**
 * Bounds what many holders buffer together. Each has a limit of its own, but with thousands of them the sum is unbounded.
 * The largest holder has to drop what it holds, so that others do not suffer for it.
 */
export class BufferBudget {
  readonly #maxBytes: number;
  readonly #held: Map<BufferHolder, number> = new Map();
  #totalBytes = 0;
  #checkIsDue = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What all holders buffer. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Sets what a holder buffers now; 0 removes it. */
  reportBuffered(holder: BufferHolder, bytes: number): void {
    this.#totalBytes += bytes - (this.#held.get(holder) ?? 0);
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    if (this.#totalBytes <= this.#maxBytes || this.#checkIsDue) return;
    // In a microtask: a holder that reports is not asked to drop everything amid that, and may drop something by itself.
    this.#checkIsDue = true;
    queueMicrotask(this.#check);
  }

  readonly #check = (): void => {
    this.#checkIsDue = false;
    while (this.#totalBytes > this.#maxBytes) {
      const largest = this.#largest();
      if (largest === undefined) return;
      const totalBytes = this.#totalBytes;
      this.reportBuffered(largest, 0);
      largest.budgetExceeded(totalBytes);
    }
  };

  /** Searched only when the budget is exceeded, so that counting, which every ticket does, is cheap. */
  #largest(): BufferHolder | undefined {
    let largest: BufferHolder | undefined;
    let most = 0;
    for (const [holder, bytes] of this.#held) {
      if (bytes <= most) continue;
      most = bytes;
      largest = holder;
    }
    return largest;
  }
}

/** The part of a second's operations that is allowed at once: clients often cancel many operations together. */
const BURST_SHARE = 1 / 10;

/** What an abort counts as: an operation that is cancelled takes four times as long as a one-way one (measured). */
const ABORT_TOKENS = 4;

/** Milliseconds to wait at least when none is left, so that not every operation sets a timer. */
const MIN_WAIT_MS = 10;

/** Rate-limits one-way and cancelled operations, whose handlers outlive `maxOperations` (P9.11). */
export class AbandonRateLimit {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;

  constructor(clock: Clock, maxPerSecond: number) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(maxPerSecond, Math.max(1, maxPerSecond * BURST_SHARE));
  }

  /** When an operation that was refused may be tried again. */
  get againAtMs(): number {
    return Math.max(this.#bucket.nextAtMs, this.#clock.now() + MIN_WAIT_MS);
  }

  /** Counts one more if it is allowed now, and returns whether it is. */
  tryTake(isAbort: boolean): boolean {
    return this.#bucket.take(isAbort ? ABORT_TOKENS : 1, this.#clock.now());
  }
}
