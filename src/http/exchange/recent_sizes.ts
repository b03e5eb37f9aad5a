/** Of the sizes seen, how many smaller ones it takes to forget most of what a larger one had. */
const MEMORY = 64;

/** The largest of the sizes seen of late, as a guess at the next ones. */
export class RecentSizes {
  #largestBytes = 0;

  /** The largest of late; 0 if none has been seen. */
  get largestBytes(): number {
    return this.#largestBytes;
  }

  /** Takes note of one. A larger one counts at once. */
  note(bytes: number): void {
    if (bytes >= this.#largestBytes) this.#largestBytes = bytes;
    else this.#largestBytes += (bytes - this.#largestBytes) / MEMORY;
  }
}
