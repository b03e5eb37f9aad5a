import { HEADROOM_BYTES, takeHeadroom } from "../cbor/copy_bytes.ts";
import { ItemWriter } from "../cbor/item_writer.ts";

/** The least capacity of a buffer. */
const LEAST_BUFFER_BYTES = 4_096;
/** The most that a new buffer is made for, going by the one before it. */
const GREATEST_FIRST_BYTES = 262_144;

/** Frames that wait in the order in which they are written: in one buffer, and in chunks before it. */
export class FrameBuffer {
  /** The buffer. Whatever is cut off its end has not been written. */
  readonly out: ItemWriter = new ItemWriter();
  #firstBytes = LEAST_BUFFER_BYTES;
  /** What has been written before what is in the buffer, the oldest first; there are few. */
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #chunkBytes = 0;
  #takenChunks = 0;

  /** Bytes that wait. */
  get byteLength(): number {
    return this.#chunkBytes + this.out.length;
  }

  /** How many chunks have been taken, ever. */
  get takenChunks(): number {
    return this.#takenChunks;
  }

  /**
   * Counts the chunks that have what is written so far.
   *
   * @param end Where that ends in the buffer.
   * @returns As many as {@linkcode takenChunks} will be when all of it has been taken.
   */
  chunksUpTo(end: number): number {
    return this.#takenChunks + this.#chunks.length + (end > 0 ? 1 : 0);
  }

  /**
   * Leaves room for the head of a frame.
   *
   * @param headBytes How long it probably is.
   * @returns Where it is.
   */
  begin(headBytes: number): number {
    const start = this.out.length;
    this.out.reserve(headBytes, this.#firstBytes);
    this.out.length = start + headBytes;
    return start;
  }

  /**
   * Ends a frame with a payload: where that lies, if it has room for what is written of the frame before it, with the two
   * as a chunk of their own.
   *
   * @param start Where the frame starts.
   * @param payload The payload.
   */
  addLarge(start: number, payload: Uint8Array): void {
    const chunk = this.inPlace(start, payload);
    if (chunk === undefined) return this.out.raw(payload);
    this.out.length = start;
    this.setAside();
    this.#keep(chunk);
  }

  /**
   * Makes a chunk of a payload where it lies.
   *
   * @param start Where the frame starts that it belongs to, all else of which is written.
   * @param payload The payload.
   * @returns The whole frame; `undefined` if there is no room for it.
   */
  inPlace(start: number, payload: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const { out } = this;
    const room = out.length - start <= HEADROOM_BYTES ? takeHeadroom(payload) : undefined;
    const chunkStart = HEADROOM_BYTES - (out.length - start);
    room?.set(out.bytes.subarray(start, out.length), chunkStart);
    return room?.subarray(chunkStart);
  }

  /** Makes a chunk of what is in the buffer, so that it is not copied when more follows. */
  setAside(): void {
    this.#keep(this.#takeBuffer());
  }

  /**
   * Hands over the first of the bytes that wait, as many as there are without copying them.
   *
   * @returns The chunk, on a buffer of its own, or `undefined` if there are none.
   */
  takeNext(): Uint8Array<ArrayBuffer> | undefined {
    if (this.byteLength > 0) this.#takenChunks += 1;
    if (this.#chunkBytes === 0) return this.#takeBuffer();
    const chunk = this.#chunks.shift()!;
    this.#chunkBytes -= chunk.length;
    return chunk;
  }

  /** Drops all bytes that wait. */
  drop(): void {
    this.#chunks.length = 0;
    this.#chunkBytes = 0;
    this.out.drop();
  }

  #takeBuffer(): Uint8Array<ArrayBuffer> | undefined {
    const { bytes, length } = this.out;
    if (length === 0) return undefined;
    this.out.length = 0;
    if (length * 4 <= bytes.length) {
      // Little of a large buffer: the buffer stays, and shrinks step by step if that goes on.
      this.#firstBytes = Math.max(LEAST_BUFFER_BYTES, bytes.length >> 1);
      if (bytes.length > LEAST_BUFFER_BYTES) this.out.drop();
      return bytes.slice(0, length);
    }
    this.#firstBytes = Math.min(bytes.length, GREATEST_FIRST_BYTES);
    this.out.drop();
    return bytes.subarray(0, length);
  }

  #keep(chunk: Uint8Array<ArrayBuffer> | undefined): void {
    if (chunk === undefined) return;
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
  }
}
