import { CborError } from "../cbor/cbor_error.ts";
import { Decoder } from "../cbor/decode.ts";
import { Major, UNDEFINED_BYTE } from "../cbor/item_writer.ts";
import { recallName, rememberName } from "../cbor/name_cache.ts";
import { readUtf8 } from "../cbor/utf8.ts";
import type { WireLimits } from "./wire_limits.ts";

const NOTHING: Uint8Array = new Uint8Array(0);
const NO_BUFFER: ArrayBufferLike = NOTHING.buffer;
/** The least argument that needs one, two, four and eight bytes. */
const LEAST_ARGUMENTS: readonly number[] = [24, 0x100, 0x10000, 0x100000000];

/**
 * Reads the items of one frame in order. The heads of the envelope must be the shortest (P3.6), those inside of values
 * need not be. One serves for all frames of a body.
 */
export class ItemReader {
  /** Where the frame lies. */
  bytes: Uint8Array = NOTHING;
  /** The next byte to be read. */
  offset = 0;
  /** The byte after the frame. */
  end = 0;
  /** What a frame may cost. */
  readonly limits: WireLimits;
  readonly #decoder: Decoder;
  /** What the last view was made of, and its buffer: to ask for that takes longer than to make a view. */
  #viewed: Uint8Array = NOTHING;
  #buffer = NO_BUFFER;

  /**
   * Makes a reader of nothing.
   *
   * @param limits What a frame may cost.
   */
  constructor(limits: WireLimits) {
    this.limits = limits;
    this.#decoder = new Decoder(limits);
  }

  /**
   * Begins a frame.
   *
   * @param bytes Where it lies.
   * @param offset The first byte of its content.
   * @param end The byte after its last one; not beyond the bytes.
   */
  reset(bytes: Uint8Array, offset: number, end: number): void {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  /** Lets go of the frame, so that no chunk is kept alive until the next one comes. */
  release(): void {
    this.reset(NOTHING, 0, 0);
    this.#viewed = NOTHING;
    this.#buffer = NO_BUFFER;
  }

  /**
   * Reads the head of an item of one major type.
   *
   * @param major The major type.
   * @param what What the item is, for the message.
   * @returns The argument.
   * @throws {CborError} If there is no such head.
   */
  head(major: number, what: string): number {
    const start = this.offset;
    if (start >= this.end) this.#fail(`the frame ends where ${what} is expected`, start);
    const initial = this.bytes[start]!;
    if ((initial & 0xe0) !== major) this.#fail(`expected ${what}, got an item of type ${initial >> 5}`, start);
    const info = initial & 0x1f;
    if (info >= 24) return this.#longArgument(info, what);
    this.offset = start + 1;
    return info;
  }

  #longArgument(info: number, what: string): number {
    const start = this.offset;
    if (info > 27) this.#fail(`${what} has an indefinite or reserved length`, start);
    const size = 1 << (info - 24);
    if (start + 1 + size > this.end) this.#fail(`the frame ends within the head of ${what}`, start);
    let argument = 0;
    for (let i = 1; i <= size; i++) argument = argument * 256 + this.bytes[start + i]!;
    if (argument < LEAST_ARGUMENTS[info - 24]!) this.#fail(`the head of ${what} is not the shortest`, start);
    if (!Number.isSafeInteger(argument)) this.#fail(`the number of ${what} is above 2^53 - 1`, start);
    this.offset = start + 1 + size;
    return argument;
  }

  /**
   * Reads an integer of either sign.
   *
   * @param what What it is, for the message.
   * @returns The integer.
   * @throws {CborError} If there is none.
   */
  integer(what: string): number {
    const initial = this.offset < this.end ? this.bytes[this.offset]! : Major.UNSIGNED | 24;
    if (initial < 24) {
      this.offset += 1;
      return initial;
    }
    return (initial & 0xe0) === Major.NEGATIVE ? -1 - this.head(Major.NEGATIVE, what) : this.head(Major.UNSIGNED, what);
  }

  /**
   * Reads a text string of the envelope.
   *
   * @param what What it is, for the message.
   * @returns The text.
   * @throws {CborError} If there is none.
   */
  text(what: string): string {
    const start = this.#string(Major.TEXT, what);
    const text = readUtf8(this.bytes, start, this.offset);
    if (text === undefined) this.#fail(`${what} is not valid UTF-8`, start);
    return text;
  }

  /**
   * Reads a byte string of the envelope.
   *
   * @param what What it is, for the message.
   * @returns Its content, as a view.
   * @throws {CborError} If there is none.
   */
  byteString(what: string): Uint8Array {
    const start = this.#string(Major.BYTES, what);
    return this.#view(start, this.offset);
  }

  /** Passes over a string and returns where its content starts. */
  #string(major: number, what: string): number {
    const length = this.head(major, what);
    const start = this.offset;
    if (length > this.end - start) {
      this.#fail(`${what} declares ${length} bytes where ${this.end - start} are present`, start);
    }
    this.offset = start + length;
    return start;
  }

  /** A plain `Uint8Array`, also where the bytes are a `Buffer`. */
  #view(start: number, end: number): Uint8Array {
    const { bytes } = this;
    if (bytes !== this.#viewed) {
      this.#viewed = bytes;
      this.#buffer = bytes.buffer;
    }
    return new Uint8Array(this.#buffer, bytes.byteOffset + start, end - start);
  }

  /**
   * Passes over any value of the strict profile.
   *
   * @throws {CborError} If there is none.
   */
  skip(): void {
    this.#decoder.skip(this.bytes, this.offset, this.end);
    this.offset = this.#decoder.offset;
  }

  /**
   * Passes over CBOR's `undefined`.
   *
   * @returns Whether it was there.
   */
  skipUndefined(): boolean {
    const isThere = this.offset < this.end && this.bytes[this.offset] === UNDEFINED_BYTE;
    if (isThere) this.offset += 1;
    return isThere;
  }

  /**
   * Tells whether a text string comes next.
   *
   * @returns Whether it does.
   */
  isText(): boolean {
    return this.offset < this.end && (this.bytes[this.offset]! & 0xe0) === Major.TEXT;
  }

  /**
   * Passes over all that is left of the frame.
   *
   * @returns It, as a view.
   */
  rest(): Uint8Array {
    const start = this.offset;
    this.offset = this.end;
    return this.#view(start, this.end);
  }

  /**
   * Reads any value of the strict profile (PROTOCOL.md §4).
   *
   * @returns The value. A byte string comes as a view; all else shares no memory with the frame.
   * @throws {CborError} If there is none.
   */
  value(): unknown {
    const { offset: start, end } = this;
    const initial = start < end ? this.bytes[start]! : 0;
    if (initial < 24) {
      if (start === end) this.#fail("the bytes end within an item", start);
      this.offset = start + 1;
      return initial;
    }
    const length = initial >> 5 === 2 ? this.#stringLength(initial & 0x1f) : -1;
    if (length >= 0) {
      this.offset += length;
      return this.#view(this.offset - length, this.offset);
    }
    const value = this.#decoder.read(this.bytes, start, end);
    this.offset = this.#decoder.offset;
    return value;
  }

  /** Passes over the head of a byte string that is there as a whole and returns its length; -1 if it is not. */
  #stringLength(info: number): number {
    const start = this.offset + 1;
    const size = info < 24 ? 0 : 1 << (info - 24);
    if (info > 26 || start + size > this.end) return -1;
    let length = size === 0 ? info : 0;
    for (let i = 0; i < size; i++) length = length * 256 + this.bytes[start + i]!;
    if (start + size + length > this.end) return -1;
    this.offset = start + size;
    return length;
  }

  /**
   * Reads any value that is likely to be one of a few short texts.
   *
   * @returns The value.
   * @throws {CborError} If there is none.
   */
  name(): unknown {
    const { bytes, offset: start } = this;
    const length = start < this.end ? bytes[start]! - Major.TEXT : -1;
    if (length < 0 || length >= 24 || start + 1 + length > this.end) return this.value();
    const known = recallName(bytes, start + 1, length);
    if (known !== undefined) {
      this.offset = start + 1 + length;
      return known;
    }
    const value = this.value();
    if (typeof value === "string") rememberName(value, bytes, start + 1, length);
    return value;
  }

  /**
   * Checks that the frame is read to its end.
   *
   * @throws {CborError} If something follows.
   */
  finish(): void {
    if (this.offset !== this.end) this.#fail(`${this.end - this.offset} bytes follow the item`, this.offset);
  }

  #fail(reason: string, offset: number): never {
    throw new CborError(reason, offset);
  }
}
