const SECOND_MS = 1_000;

/** Counts by the second what costs work and what a peer can send cheaply. */
export class SecondMeter {
  readonly #maxPerSecond: number;
  #secondStartMs = -Infinity;
  #count = 0;

  constructor(maxPerSecond: number) {
    this.#maxPerSecond = maxPerSecond;
  }

  /** Counts one more and tells whether that is still within the limit. */
  count(nowMs: number): boolean {
    if (nowMs - this.#secondStartMs >= SECOND_MS) {
      this.#secondStartMs = nowMs;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= this.#maxPerSecond;
  }
}

/**
 * Lets so much through in a second, as evenly as it comes, and a little at once. Whoever asks while there is a token gets
 * as many as he needs, and what was not there is owed: so the bucket may be smaller than what one needs.
 */
export class TokenBucket {
  readonly #tokenMs: number;
  /** Milliseconds in which all tokens but one come. */
  readonly #spareMs: number;
  #fullAtMs = -Infinity;

  /**
   * @param perSecond Tokens that come in a second.
   * @param capacity Tokens that there are at the most, and at first; at least 1.
   */
  constructor(perSecond: number, capacity: number) {
    this.#tokenMs = SECOND_MS / perSecond;
    this.#spareMs = (capacity - 1) * this.#tokenMs;
  }

  /** When there is a token again, or has been. */
  get nextAtMs(): number {
    return this.#fullAtMs - this.#spareMs;
  }

  /** Takes so many, if there is one; tells whether there was. */
  take(tokens: number, nowMs: number): boolean {
    if (nowMs < this.nextAtMs) return false;
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + tokens * this.#tokenMs;
    return true;
  }
}
