import type { Clock } from "../../clock.ts";
import { TokenBucket } from "../exchange/rate_limit.ts";

/** Something that holds bytes, and can be told to let go of all. */
export interface BufferHolder {
  /** All holders together hold too much, and this one the most: it gives up what it holds, at once. */
  budgetExceeded(totalBytes: number): void;
}

/**
 * Bounds what many holders hold together. What each may hold is bounded as well, but with thousands of them that is no
 * bound. It is the largest that has to let go, so that nobody suffers for what others hold.
 */
export class BufferBudget {
  readonly #maxBytes: number;
  readonly #held: Map<BufferHolder, number> = new Map();
  #totalBytes = 0;
  #checkIsDue = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What all hold. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Takes note of what a holder holds now; 0 takes it out. */
  reportBuffered(holder: BufferHolder, bytes: number): void {
    this.#totalBytes += bytes - (this.#held.get(holder) ?? 0);
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    if (this.#totalBytes <= this.#maxBytes || this.#checkIsDue) return;
    // Not at once: the holder is at work itself.
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

  /** Looked for only when it matters, so that what is counted for every ticket costs little. */
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
