import type { SeededRandom } from "../seeded_random.ts";

/** How a network cuts what it carries. */
export type Splitting = "whole" | "pieces" | "bytes";

/** Bytes of a body that are cut at every boundary; longer than all envelopes of a run, shorter than one large payload. */
const SINGLE_BYTES = 3_000;

/** Cuts the bytes of one body into chunks that have nothing to do with those that were written. */
export class Splitter {
  readonly #random: SeededRandom;
  readonly #splitting: Splitting;
  #singles = SINGLE_BYTES;

  constructor(splitting: Splitting, random: SeededRandom) {
    this.#splitting = splitting;
    this.#random = random;
  }

  /** Cuts one chunk; each piece has a buffer of its own, as it would have behind a socket. */
  split(chunk: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let start = 0; start < chunk.length;) {
      const end = Math.min(start + this.#length(chunk.length - start), chunk.length);
      pieces.push(chunk.slice(start, end));
      start = end;
    }
    return pieces;
  }

  #length(left: number): number {
    if (this.#splitting === "whole") return left;
    if (this.#splitting === "bytes" && this.#singles > 0) {
      this.#singles -= 1;
      return 1;
    }
    return this.#random.integer(1, left > 20_000 ? 16_384 : this.#random.pick([3, 40, 400, 4_000]));
  }
}
