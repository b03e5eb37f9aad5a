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
