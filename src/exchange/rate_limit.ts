const SECOND_MS = 1_000;

/** Limits how many times in a second a peer may send what is cheap to send and costs work. */
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
 * Lets a number of tokens through in a second, evenly, and a few at once. If there is a token, any number may be taken, and
 * what was not there is owed. So the bucket may hold fewer tokens than are taken at once.
 */
export class TokenBucket {
  readonly #tokenMs: number;
  /** Milliseconds in which all tokens but one come. */
  readonly #spareMs: number;
  #fullAtMs = -Infinity;

  /** Gets `perSecond` tokens, holds at most `capacity` of them, at least 1, and is full at first. */
  constructor(perSecond: number, capacity: number) {
    this.#tokenMs = SECOND_MS / perSecond;
    this.#spareMs = (capacity - 1) * this.#tokenMs;
  }

  /** When there is a token again; in the past if there is one. */
  get nextAtMs(): number {
    return this.#fullAtMs - this.#spareMs;
  }

  /** Takes some tokens if there is one, and tells whether there was. */
  take(tokens: number, nowMs: number): boolean {
    if (nowMs < this.nextAtMs) return false;
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + tokens * this.#tokenMs;
    return true;
  }
}
