import { AnyKeys } from "./any_keys.ts";
import { fail, failAgain, failCount } from "./fail.ts";
import { readFloat } from "./float.ts";
import { argument, expect } from "./heads.ts";
import { isNumericKey } from "./numeric_key.ts";
import { BYTES_PER_ELEMENT, MAX_DATE_SECONDS, Tag } from "./profile.ts";

/** What the items in a tag need of the walk over the whole. */
export interface Walk {
  /** Passes over an item and returns the offset after it. */
  item(bytes: Uint8Array, start: number, end: number): number;
  /** Begins a container whose content begins here. */
  enter(offset: number): void;
  /** Ends it. */
  leave(): void;
  /** Passes over as many bytes and returns the offset after them. */
  byteString(offset: number, end: number, length: number, what: string): number;
  /** Checks the length of a bignum whose content begins here. */
  checkBignum(length: number, offset: number): void;
  /** Counts a numeric key that begins here (P4.15). */
  countNumericKey(offset: number): void;
}

/**
 * Passes over what stands behind the head of a tag (P4.6).
 *
 * @param walk The walk.
 * @param bytes Where it lies.
 * @param start Its first byte.
 * @param end The byte after the last one that it may use.
 * @param number The tag.
 * @returns The offset after it.
 * @throws {CborError} If it is not what the tag says, or the tag is not of the profile.
 */
export function taggedItem(walk: Walk, bytes: Uint8Array, start: number, end: number, number: number): number {
  const width = BYTES_PER_ELEMENT.get(number);
  if (width !== undefined) return typedArray(walk, bytes, start, end, number, width);
  if (number === Tag.DATE) return date(walk, bytes, start, end);
  if (number === Tag.BIGNUM || number === Tag.NEGATIVE_BIGNUM) return bignum(walk, bytes, start, end);
  if (number === Tag.SET) return set(walk, bytes, start, end);
  if (number !== Tag.MAP) fail(`tag ${number} is not allowed`, start);
  return anyMap(walk, bytes, start, end);
}

function typedArray(
  walk: Walk,
  bytes: Uint8Array,
  start: number,
  end: number,
  number: number,
  width: number,
): number {
  const content = expect(bytes, start, end, 2, `a typed array (tag ${number}) is not a byte string`);
  const length = argument(bytes, start, content, bytes[start]! & 0x1f);
  if (length % width !== 0) {
    fail(`a typed array (tag ${number}) of ${length} bytes is not a multiple of ${width}`, content);
  }
  return walk.byteString(content, end, length, "typed array");
}

function bignum(walk: Walk, bytes: Uint8Array, start: number, end: number): number {
  const content = expect(bytes, start, end, 2, "a bignum is not a byte string");
  const length = argument(bytes, start, content, bytes[start]! & 0x1f);
  walk.checkBignum(length, content);
  return walk.byteString(content, end, length, "bignum");
}

/** Seconds since 1970 that make a valid `Date`; integers of 8 bytes would become bigints, which dates are not made of. */
function date(walk: Walk, bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) fail("the bytes end within an item", start);
  const initial = bytes[start]!;
  const isInteger = initial >> 5 <= 1 && (initial & 0x1f) < 27;
  if (!isInteger && (initial < 0xf9 || initial > 0xfb)) {
    fail("a date (tag 1) is neither an integer of up to 32 bits nor a float", start);
  }
  const after = walk.item(bytes, start, end);
  const seconds = isInteger ? 0 : readFloat(bytes, start);
  if (!(Math.abs(seconds) <= MAX_DATE_SECONDS)) fail(`a date (tag 1) of ${seconds} seconds is out of range`, start);
  return after;
}

/** Members that are the same are one. */
function set(walk: Walk, bytes: Uint8Array, start: number, end: number): number {
  const content = expect(bytes, start, end, 4, "a set (tag 258) is not an array");
  const count = argument(bytes, start, content, bytes[start]! & 0x1f);
  if (count > end - content) failCount("an array", count, "items", content, end);
  walk.enter(content);
  let offset = content;
  for (let i = 0; i < count; i++) offset = numericKey(walk, bytes, offset, end);
  walk.leave();
  return offset;
}

/** A map with keys of any kind. Those that `Map` compares by value may not repeat; the others are never the same. */
function anyMap(walk: Walk, bytes: Uint8Array, start: number, end: number): number {
  const content = expect(bytes, start, end, 5, "a map of tag 259 is not a map");
  const count = argument(bytes, start, content, bytes[start]! & 0x1f);
  if (count * 2 > end - content) failCount("a map", count, "entries", content, end);
  walk.enter(content);
  const keys = new AnyKeys(bytes);
  let offset = content;
  for (let i = 0; i < count; i++) {
    const after = numericKey(walk, bytes, offset, end);
    keys.add(offset, after);
    offset = walk.item(bytes, after, end);
  }
  const again = keys.repeated();
  if (again >= 0) failAgain(again);
  walk.leave();
  return offset;
}

/** Passes over a member or key, which may be a numeric one. */
function numericKey(walk: Walk, bytes: Uint8Array, start: number, end: number): number {
  const after = walk.item(bytes, start, end);
  if (isNumericKey(bytes, start, after)) walk.countNumericKey(start);
  return after;
}
