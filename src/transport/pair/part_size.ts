/** Bytes of the first full part: a line of 50 kbit/s carries them in five seconds. */
const FIRST_BYTES = 32_768;

/** The size below which parts do not shrink. */
const LEAST_BYTES = 16_384;

/** Bytes that every server takes in one part without stating so (P7.17). */
export const UNASKED_PART_BYTES = 262_144;

/** A part that is answered sooner than this could have been larger. */
const SOON_MS = 500;

/** A part that takes longer should be smaller: a server waits about 10 s for a request, and two share the line. */
const LATE_MS = 2_000;

/** Adapts the size of the parts of a pair to the speed of the line. */
export class PartSize {
  #bytes = FIRST_BYTES;

  /** Bytes that the next part may have. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A part has been answered after so long. If it was not full, it does not show how fast the line is. */
  took(ms: number, bytes: number): void {
    if (bytes < this.#bytes) return;
    if (ms < SOON_MS) this.#bytes = Math.min(this.#bytes * 2, UNASKED_PART_BYTES);
    else if (ms > LATE_MS) this.#bytes = Math.max(this.#bytes / 2, LEAST_BYTES);
  }
}
