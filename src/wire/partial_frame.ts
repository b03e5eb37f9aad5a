const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);
const LEAST_CAPACITY = 64;

/**
 * Bytes that are made room for at once, for each byte of the frame that is present: of a message of 64 KiB, in chunks as
 * the platforms bring them, each byte is then copied once.
 */
const GROWTH = 4;

/**
 * The bytes of a frame that has not arrived as a whole. The buffer grows by what is present and never by what is declared
 * alone, so each byte is copied two times at the most on average, whatever the chunks are.
 */
export class PartialFrame {
  readonly #growth: number;
  #bytes = NOTHING;
  #length = 0;

  /** @param growth Bytes that are made room for at once, for each that is present. */
  constructor(growth: number = GROWTH) {
    this.#growth = growth;
  }

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** The bytes, with room behind them. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /**
   * Appends a part of a chunk.
   *
   * @param chunk The chunk.
   * @param start The first byte of the part.
   * @param end The byte after its last one.
   * @param total How many bytes there will be in the end; the buffer never grows beyond it.
   */
  append(chunk: Uint8Array, start: number, end: number, total: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(this.#roomFor(needed, total));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk.subarray(start, end), this.#length);
    this.#length = needed;
  }

  /**
   * Hands the bytes over, to be viewed by payloads, and begins anew.
   *
   * @returns The bytes, with or without room behind them.
   */
  take(): Uint8Array {
    const bytes = this.#bytes;
    this.clear();
    return bytes;
  }

  /** Drops the bytes. */
  clear(): void {
    this.#bytes = NOTHING;
    this.#length = 0;
  }

  /** The total, or a part of it that is less than so many times what is present: the last time is never for a few bytes. */
  #roomFor(needed: number, total: number): number {
    let capacity = Math.max(needed, total);
    while (capacity > LEAST_CAPACITY && capacity >= this.#growth * needed) {
      capacity = Math.ceil(capacity / this.#growth);
    }
    return capacity;
  }
}
