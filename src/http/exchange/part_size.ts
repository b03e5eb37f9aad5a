/** Bytes of the first full part: five seconds' worth on a line of 50 kbit/s. */
const FIRST_BYTES = 32_768;
/** The least that parts shrink to. */
const LEAST_BYTES = 16_384;
/** Bytes that every server takes in one part, so that clients need not ask (P7.17). */
export const UNASKED_PART_BYTES = 262_144;
/** A part that is through sooner than this could have been larger. */
const SOON_MS = 500;
/** One that takes longer should be smaller: a server waits some 10 s for a request, of which two share the line. */
const LATE_MS = 2_000;

/** How long a part may be, so that it is through in good time on the line that there is. */
export class PartSize {
  #bytes = FIRST_BYTES;

  /** Bytes that the next part may have. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A part is through, after so long; one that was not full says nothing of the line. */
  took(ms: number, bytes: number): void {
    if (bytes < this.#bytes) return;
    if (ms < SOON_MS) this.#bytes = Math.min(this.#bytes * 2, UNASKED_PART_BYTES);
    else if (ms > LATE_MS) this.#bytes = Math.max(this.#bytes / 2, LEAST_BYTES);
  }
}
