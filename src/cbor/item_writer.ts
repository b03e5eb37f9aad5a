import { CborError } from "./cbor_error.ts";

const NOTHING = new Uint8Array(0);
const TEXT_ENCODER = new TextEncoder();
/** Up to this many characters a loop beats `encodeInto`, as long as they are ASCII. */
const SHORT_TEXT_LENGTH = 48;
const TWO_TO_32 = 0x1_0000_0000;

/** The major types of RFC 8949 §3.1, shifted into place. An enum, as bundlers write its numbers where they are used. */
export enum Major {
  UNSIGNED = 0x00,
  NEGATIVE = 0x20,
  BYTES = 0x40,
  TEXT = 0x60,
  ARRAY = 0x80,
  MAP = 0xa0,
  TAG = 0xc0,
}

/** CBOR's `undefined`. */
export const UNDEFINED_BYTE = 0xf7;

/**
 * The length of the shortest head: 1, 2, 3, 5 or 9 bytes.
 *
 * @param argument Its argument, a safe integer from 0.
 */
export function headLength(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 0x100) return 2;
  if (argument < 0x10000) return 3;
  return argument < TWO_TO_32 ? 5 : 9;
}

/**
 * Writes the shortest head over bytes that are there.
 *
 * @param major The major type, one of {@linkcode Major}.
 * @param argument Its argument, a safe integer from 0.
 * @returns The offset after it.
 */
export function writeHeadAt(bytes: Uint8Array, offset: number, major: number, argument: number): number {
  if (argument < 24) {
    bytes[offset] = major | argument;
    return offset + 1;
  }
  if (argument < 0x100) {
    bytes[offset] = major | 24;
    bytes[offset + 1] = argument;
    return offset + 2;
  }
  if (argument < 0x10000) {
    bytes[offset] = major | 25;
    bytes[offset + 1] = argument >> 8;
    bytes[offset + 2] = argument;
    return offset + 3;
  }
  if (argument < TWO_TO_32) {
    bytes[offset] = major | 26;
    return writeUint32(bytes, offset + 1, argument);
  }
  bytes[offset] = major | 27;
  return writeUint32(bytes, writeUint32(bytes, offset + 1, Math.floor(argument / TWO_TO_32)), argument % TWO_TO_32);
}

function writeUint32(bytes: Uint8Array, offset: number, value: number): number {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
  return offset + 4;
}

/** One growing buffer and the items that are written into it. */
export class ItemWriter {
  /** The whole of a buffer, for others to read and to write over. What lies from `length` on is to be written. */
  bytes: Uint8Array<ArrayBuffer> = NOTHING;
  /** How many bytes are written. */
  length = 0;
  /** A view of the buffer, made when it is needed. */
  #view: DataView | undefined = undefined;

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
    this.#replace(grown);
  }

  /** Gives the buffer away; the next one is made when it is needed. */
  drop(): void {
    this.#replace(NOTHING);
    this.length = 0;
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.#view = undefined;
  }

  /** Writes one byte. */
  byte(byte: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /**
   * Writes the shortest head.
   *
   * @param argument Its argument, a safe integer from 0.
   */
  head(major: number, argument: number): void {
    if (this.length + 9 > this.bytes.length) this.reserve(9);
    this.length = writeHeadAt(this.bytes, this.length, major, argument);
  }

  /** Writes a safe integer. */
  integer(value: number): void {
    if (value < 0) this.head(Major.NEGATIVE, -1 - value);
    else this.head(Major.UNSIGNED, value);
  }

  /** Writes a number as a float of 64 bits. */
  float(value: number): void {
    const { length } = this;
    if (length + 9 > this.bytes.length) this.reserve(9);
    this.bytes[length] = 0xfb;
    (this.#view ??= new DataView(this.bytes.buffer)).setFloat64(length + 1, value);
    this.length = length + 9;
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Writes a byte string. */
  byteString(bytes: Uint8Array): void {
    this.reserve(bytes.length + 9);
    this.head(Major.BYTES, bytes.length);
    this.raw(bytes);
  }

  /**
   * Writes a text string.
   *
   * @throws {CborError} If it has a lone surrogate, which is no text.
   */
  text(text: string): void {
    // Three bytes for each character are the most there can be.
    this.reserve(text.length * 3 + 9);
    if (text.length <= SHORT_TEXT_LENGTH) this.#short(text);
    else this.#long(text);
  }

  /** Writes text character by character. */
  #short(text: string): void {
    const { bytes } = this;
    const { length } = text;
    const start = this.length + (length < 24 ? 1 : 2);
    let offset = start;
    for (let i = 0; i < length; i++) {
      let point = text.charCodeAt(i);
      if (point < 0x80) {
        bytes[offset++] = point;
        continue;
      }
      if (point < 0x800) bytes[offset++] = 0xc0 | point >> 6;
      else {
        if (point >> 11 === 0x1b) {
          point = text.codePointAt(i++)!;
          if (point < 0x10000) throw loneSurrogate();
          bytes[offset++] = 0xf0 | point >> 18;
          bytes[offset++] = 0x80 | point >> 12 & 0x3f;
        } else bytes[offset++] = 0xe0 | point >> 12;
        bytes[offset++] = 0x80 | point >> 6 & 0x3f;
      }
      bytes[offset++] = 0x80 | point & 0x3f;
    }
    this.#close(start, offset);
  }

  #long(text: string): void {
    if (!text.isWellFormed()) throw loneSurrogate();
    // A guess that holds for ASCII.
    const start = this.length + headLength(text.length);
    const { written } = TEXT_ENCODER.encodeInto(text, this.bytes.subarray(start));
    this.#close(start, start + written);
  }

  /** Writes the head of a text that has been written where the head of ASCII text would end; others move up. */
  #close(start: number, end: number): void {
    const length = end - start;
    const content = this.length + headLength(length);
    if (content !== start) this.bytes.copyWithin(content, start, end);
    writeHeadAt(this.bytes, this.length, Major.TEXT, length);
    this.length = content + length;
  }
}

function loneSurrogate(): CborError {
  return new CborError("a string with a lone surrogate is not text");
}
