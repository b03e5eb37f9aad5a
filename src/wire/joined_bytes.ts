import { PartialFrame } from "./partial_frame.ts";

/** Pieces of fewer bytes are copied together, since each object that is kept costs some more. */
const LEAST_PIECE_BYTES = 4_096;
/** Bytes that are made room for, or are kept with those of a piece, for each that is there; at most. */
const GROWTH = 2;
const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/**
 * The bytes of something large that comes in pieces. The first half waits in the chunks in which it has come, and only then
 * is there room for all of it: so large pieces are copied once, and nothing is made room for that a peer only declares.
 */
export class JoinedBytes {
  readonly #small = new PartialFrame(GROWTH);
  #pieces: Uint8Array[] = [];
  #whole: Uint8Array | undefined;
  #length = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends a part of a chunk, which must not change until all is taken.
   *
   * @param chunk The chunk.
   * @param start The first byte of the part.
   * @param end The byte after its last one.
   * @param total How many bytes there will be in the end.
   */
  append(chunk: Uint8Array, start: number, end: number, total: number): void {
    const before = this.#length;
    this.#length += end - start;
    if (this.#whole === undefined && GROWTH * this.#length >= total) this.#join(total);
    if (this.#whole !== undefined) this.#whole.set(chunk.subarray(start, end), before);
    else if (isWorthKeeping(chunk, end - start)) this.#keep(chunk.subarray(start, end));
    else this.#small.append(chunk, start, end, total);
  }

  /** Hands over what is there, as a whole, and begins anew. */
  take(): Uint8Array {
    const whole = this.#whole ?? NOTHING;
    this.clear();
    return whole;
  }

  /** Drops the bytes. */
  clear(): void {
    this.#small.clear();
    this.#pieces = [];
    this.#whole = undefined;
    this.#length = 0;
  }

  #keep(piece: Uint8Array): void {
    this.#closeSmall();
    this.#pieces.push(piece);
  }

  /** What comes next does not follow the small pieces. */
  #closeSmall(): void {
    const { length } = this.#small;
    if (length > 0) this.#pieces.push(this.#small.take().subarray(0, length));
  }

  #join(total: number): void {
    this.#closeSmall();
    const whole = new Uint8Array(total);
    let length = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, length);
      length += piece.length;
    }
    this.#pieces = [];
    this.#whole = whole;
  }
}

/** Whether a part of a chunk is so much of it that the chunk may be kept for its sake. */
function isWorthKeeping({ buffer }: Uint8Array, length: number): boolean {
  return length >= LEAST_PIECE_BYTES && GROWTH * length >= buffer.byteLength;
}
