/**
 * Writes what most messages are made of: text, numbers, booleans, `null`, `undefined`, bytes, arrays and plain objects. It
 * checks and writes in one pass, in a third of the time that a check of its own and cbor-x take for a small message. Whatever
 * else it meets it leaves to them, what is wrong with a value above all: they say what and where.
 *
 * @module
 */
import type { CborLimits } from "./cbor_limits.ts";
import { isForbiddenKey } from "./map_keys.ts";

/** Text of up to this many characters is written character by character; for longer text the platform's encoder is faster. */
const SHORT_TEXT_LENGTH = 48;
/** The code of the greatest digit: keys that begin with one may be indices, whose room is counted (P4.16). */
const NINE = 0x39;
const LEAST_BUFFER_BYTES = 16_384;
/** A buffer that a large value has made is not kept. */
const GREATEST_KEPT_BYTES = 1_048_576;
const TEXT_ENCODER = new TextEncoder();

// As in check_item.ts: an encoding is synchronous and none begins within another, so what it knows stands here.
let bytes = new Uint8Array(LEAST_BUFFER_BYTES);
let view = new DataView(bytes.buffer);
let length = 0;
let levelsLeft = 0;
let containersLeft = 0;

/**
 * Writes a value, if it is made of nothing but what is common.
 *
 * @param value The value.
 * @param limits What its encoding may cost.
 * @returns Its bytes, as a view that is only valid until the next value is written; `undefined` if it is to be checked and
 * encoded in the other way. Nothing has been done then that could be noticed, but that getters have been called.
 */
export function writePlainValue(value: unknown, limits: CborLimits): Uint8Array | undefined {
  length = 0;
  levelsLeft = limits.maxDepth;
  containersLeft = limits.maxContainers;
  const written = write(value) ? bytes.subarray(0, length) : undefined;
  if (bytes.length > GREATEST_KEPT_BYTES) replaceBuffer(new Uint8Array(LEAST_BUFFER_BYTES));
  return written;
}

/** Writes one value; false if it has to be left to others. */
function write(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return writeText(value);
    case "number":
      writeNumber(value);
      return true;
    case "boolean":
      writeByte(value ? 0xf5 : 0xf4);
      return true;
    case "undefined":
      writeByte(0xf7);
      return true;
    case "object":
      return value === null ? writeNull() : writeObject(value);
    default:
      return false;
  }
}

function writeNull(): boolean {
  writeByte(0xf6);
  return true;
}

function writeObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) return writeBytes(value);
  if (--levelsLeft < 0 || --containersLeft < 0) return false;
  const isWritten = prototype === Array.prototype ? writeItems(value as readonly unknown[]) : writeMembers(value);
  levelsLeft += 1;
  return isWritten;
}

function writeItems(items: readonly unknown[]): boolean {
  // One with this prototype need not be an array.
  if (!Array.isArray(items)) return false;
  // A getter may make it longer in the meantime.
  const count = items.length;
  writeHead(0x80, count);
  for (let i = 0; i < count; i++) {
    if (!write(items[i])) return false;
  }
  return true;
}

function writeMembers(value: object): boolean {
  const keys = Object.keys(value);
  writeHead(0xa0, keys.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (key.charCodeAt(0) <= NINE || isForbiddenKey(key) || !writeText(key)) return false;
    if (!write((value as Record<string, unknown>)[key])) return false;
  }
  return true;
}

function writeBytes(value: object): boolean {
  if (!(value instanceof Uint8Array)) return false;
  writeHead(0x40, value.length);
  reserve(value.length);
  bytes.set(value, length);
  length += value.length;
  return true;
}

function writeNumber(value: number): void {
  if (value >>> 0 === value) return writeHead(0x00, value);
  if (value < 0 && value >= -0x1_0000_0000 && Number.isInteger(value)) return writeHead(0x20, -1 - value);
  reserve(9);
  bytes[length] = 0xfb;
  view.setFloat64(length + 1, value);
  length += 9;
}

function writeText(text: string): boolean {
  if (text.length > SHORT_TEXT_LENGTH) return writeLongText(text);
  // Three bytes for each character are the most there can be, and a head of two.
  reserve(text.length * 3 + 2);
  const start = length;
  const content = start + (text.length < 24 ? 1 : 2);
  length = content;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return writeLongText(text, start);
    bytes[length++] = unit;
  }
  if (text.length < 24) bytes[start] = 0x60 | text.length;
  else {
    bytes[start] = 0x78;
    bytes[start + 1] = text.length;
  }
  return true;
}

function writeLongText(text: string, start = length): boolean {
  if (!text.isWellFormed()) return false;
  length = start;
  reserve(text.length * 3 + 5);
  // A guess that holds for ASCII; where it does not, the text moves.
  const guess = headLength(text.length);
  const { written } = TEXT_ENCODER.encodeInto(text, bytes.subarray(start + guess));
  const need = headLength(written);
  if (need !== guess) bytes.copyWithin(start + need, start + guess, start + guess + written);
  writeHead(0x60, written);
  length += written;
  return true;
}

function headLength(argument: number): number {
  return argument < 24 ? 1 : argument < 0x100 ? 2 : argument < 0x10000 ? 3 : 5;
}

function writeByte(byte: number): void {
  reserve(1);
  bytes[length++] = byte;
}

/** Writes the shortest head of an argument below 2^32. */
function writeHead(major: number, argument: number): void {
  reserve(5);
  if (argument < 24) {
    bytes[length++] = major | argument;
  } else if (argument < 0x100) {
    bytes[length] = major | 24;
    bytes[length + 1] = argument;
    length += 2;
  } else if (argument < 0x10000) {
    bytes[length] = major | 25;
    view.setUint16(length + 1, argument);
    length += 3;
  } else {
    bytes[length] = major | 26;
    view.setUint32(length + 1, argument);
    length += 5;
  }
}

function reserve(count: number): void {
  const needed = length + count;
  if (needed <= bytes.length) return;
  const grown = new Uint8Array(Math.max(needed, bytes.length * 2));
  grown.set(bytes.subarray(0, length));
  replaceBuffer(grown);
}

function replaceBuffer(buffer: Uint8Array<ArrayBuffer>): void {
  bytes = buffer;
  view = new DataView(buffer.buffer);
}
