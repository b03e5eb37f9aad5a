import { type CborLimits, encodeTransient } from "../cbor/mod.ts";

const NOTHING = new Uint8Array(0);
const TEXT_ENCODER = new TextEncoder();
/** Up to this many characters a loop beats `encodeInto`, as long as they are ASCII. */
const SHORT_TEXT_LENGTH = 24;

/** The major types of RFC 8949 §3.1 that the envelope uses, shifted into place. */
export const Major: Readonly<{ UNSIGNED: 0x00; NEGATIVE: 0x20; BYTES: 0x40; TEXT: 0x60; ARRAY: 0x80; MAP: 0xa0 }> =
  Object.freeze({ UNSIGNED: 0x00, NEGATIVE: 0x20, BYTES: 0x40, TEXT: 0x60, ARRAY: 0x80, MAP: 0xa0 });

/** CBOR's `undefined`. */
export const UNDEFINED_BYTE = 0xf7;

/**
 * The length of the shortest head.
 *
 * @param argument Its argument, an integer from 0.
 * @returns 1, 2, 3, 5 or 9 bytes.
 */
export function headLength(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 0x100) return 2;
  if (argument < 0x10000) return 3;
  return argument < 0x100000000 ? 5 : 9;
}

/**
 * Writes the shortest head.
 *
 * @param bytes Over what.
 * @param offset Where.
 * @param major The major type.
 * @param argument Its argument, a safe integer from 0.
 * @returns The offset after it.
 */
export function writeHeadAt(bytes: Uint8Array, offset: number, major: number, argument: number): number {
  if (argument < 24) {
    bytes[offset] = major | argument;
    return offset + 1;
  }
  const size = headLength(argument) - 1;
  bytes[offset] = major | (size === 1 ? 24 : size === 2 ? 25 : size === 4 ? 26 : 27);
  let rest = argument;
  for (let i = offset + size; i > offset; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return offset + 1 + size;
}

/** One growing buffer and what is written into it: the heads of an envelope, and values. */
export class ItemWriter {
  /** The buffer. What lies from `length` on is to be written. */
  bytes: Uint8Array<ArrayBuffer> = NOTHING;
  /** How many bytes are written. */
  length = 0;
  readonly #limits: CborLimits;

  /**
   * Makes a writer without a buffer.
   *
   * @param limits What a value may cost.
   */
  constructor(limits: CborLimits) {
    this.#limits = limits;
  }

  /**
   * Makes room. The buffer grows by doubling at the least, so that what is copied stays linear in what is written.
   *
   * @param count How many bytes are to be written.
   * @param leastCapacity How large the buffer must be at the least.
   */
  reserve(count: number, leastCapacity = 256): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2, leastCapacity));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Gives the buffer away; the next one is made when it is needed. */
  drop(): void {
    this.bytes = NOTHING;
    this.length = 0;
  }

  /**
   * Writes the shortest head.
   *
   * @param major The major type.
   * @param argument Its argument, a safe integer from 0.
   */
  head(major: number, argument: number): void {
    if (argument < 24 && this.length < this.bytes.length) {
      this.bytes[this.length++] = major | argument;
      return;
    }
    this.reserve(9);
    this.length = this.headAt(this.length, major, argument);
  }

  /**
   * Writes the shortest head over reserved bytes.
   *
   * @param offset Where.
   * @param major The major type.
   * @param argument Its argument, a safe integer from 0.
   * @returns The offset after it.
   */
  headAt(offset: number, major: number, argument: number): number {
    return writeHeadAt(this.bytes, offset, major, argument);
  }

  /**
   * Writes an integer.
   *
   * @param value A safe integer.
   */
  integer(value: number): void {
    if (value < 0) this.head(Major.NEGATIVE, -1 - value);
    else this.head(Major.UNSIGNED, value);
  }

  /**
   * Writes bytes as they are.
   *
   * @param bytes The bytes.
   */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /**
   * Writes a byte string.
   *
   * @param bytes Its content.
   */
  byteString(bytes: Uint8Array): void {
    this.reserve(bytes.length + 9);
    this.head(Major.BYTES, bytes.length);
    this.raw(bytes);
  }

  /**
   * Writes a text string.
   *
   * @param text The text.
   * @throws {TypeError} If it has a lone surrogate, which is no text.
   */
  text(text: string): void {
    this.reserve(text.length * 3 + 9);
    if (text.length < SHORT_TEXT_LENGTH && this.#ascii(text)) return;
    if (!text.isWellFormed()) throw new TypeError("Cannot encode the text: it has a lone surrogate");
    // A guess that holds for ASCII; where it does not, the text moves up.
    const guess = headLength(text.length);
    const start = this.length + guess;
    const { written } = TEXT_ENCODER.encodeInto(text, this.bytes.subarray(start));
    const need = headLength(written);
    if (need !== guess) this.bytes.copyWithin(this.length + need, start, start + written);
    this.length = this.headAt(this.length, Major.TEXT, written) + written;
  }

  /** Writes text of less than 24 characters if all of them are ASCII. */
  #ascii(text: string): boolean {
    const { bytes, length } = this;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[length + 1 + i] = unit;
    }
    bytes[length] = Major.TEXT | text.length;
    this.length = length + 1 + text.length;
    return true;
  }

  /**
   * Writes any value (PROTOCOL.md §4).
   *
   * @param value The value.
   * @throws {TypeError} If it contains something that has no encoding.
   * @throws {RangeError} If it crosses a limit.
   */
  value(value: unknown): void {
    if (typeof value === "string") this.text(value);
    else if (typeof value === "number" && value >>> 0 === value) this.integer(value);
    else if (value instanceof Uint8Array) this.byteString(value);
    else this.raw(encodeTransient(value, this.#limits));
  }
}
