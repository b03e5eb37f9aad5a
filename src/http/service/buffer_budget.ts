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
