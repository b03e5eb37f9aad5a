import { AnyKeys } from "./any_keys.ts";
import { CborError } from "./cbor_error.ts";
import { type CborLimits, DEFAULT_CBOR_LIMITS } from "./cbor_limits.ts";
import { readFloat } from "./float.ts";
import { repeated, TextKeys } from "./map_keys.ts";
import { BYTES_PER_ELEMENT, MAX_DATE_SECONDS, Tag } from "./profile.ts";
import { invalidUtf8 } from "./utf8.ts";

/** Longer text than this goes through cbor-x's `TextDecoder`, which drops a leading U+FEFF: see decode_value.ts. */
const LONG_TEXT_BYTES = 64;

// One pass over one item. It recurses as deep as `maxDepth` allows and allocates nothing but lists of keys for maps of tag
// 259 and for maps of more than 16 keys. A walk is synchronous and calls nothing that could start another, so what it knows
// stands here; functions that hand the offset on take half the time of an object with private methods that keeps it.
let walkLimits = DEFAULT_CBOR_LIMITS;
let walkMarks: number[] | undefined;
let depth = 0;
let containers = 0;
const KEYS = new TextKeys();

/** Passes over one item; all functions here take an offset and return the one after what they have passed. */
function item(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) fail("the bytes end within an item", start);
  const initial = bytes[start]!;
  // What most items are: small integers and short text.
  if (initial < 0x18) return start + 1;
  const info = initial & 0x1f;
  if (initial >= 0x60 && initial < 0x78) return text(bytes, start, start + 1, end, info);
  const content = initial >= 0xe0 ? start + 1 : afterHead(start, end, info);
  switch (initial >> 5) {
    case 0:
    case 1:
      return content;
    case 2:
      return skip(content, end, argument(bytes, start, content, info), "byte string");
    case 3:
      return text(bytes, start, content, end, argument(bytes, start, content, info));
    case 4:
      return array(bytes, content, end, argument(bytes, start, content, info));
    case 5:
      return map(bytes, content, end, argument(bytes, start, content, info));
    case 6:
      return tag(bytes, content, end, argument(bytes, start, content, info));
    default:
      return simple(content, end, info);
  }
}

/** Where the head that starts here ends (RFC 8949 §3). */
function afterHead(start: number, end: number, info: number): number {
  if (info < 24) return start + 1;
  if (info > 27) {
    fail(info === 31 ? "indefinite lengths are not allowed" : `${info} is a reserved length of a head`, start);
  }
  const content = start + 1 + (1 << (info - 24));
  if (content > end) fail("the bytes end within a head", start + 1);
  return content;
}

/** The argument of a head. Beyond 2^53 it is inexact, which no length and no tag number survives. */
function argument(bytes: Uint8Array, start: number, content: number, info: number): number {
  if (info < 24) return info;
  let value = 0;
  for (let i = start + 1; i < content; i++) value = value * 256 + bytes[i]!;
  return value;
}

function skip(offset: number, end: number, length: number, what: string): number {
  const present = end - offset;
  if (length > present) fail(`a ${what} declares ${length} bytes where ${present} are present`, offset);
  return offset + length;
}

function text(bytes: Uint8Array, headStart: number, start: number, end: number, length: number): number {
  const after = skip(start, end, length, "text string");
  let offset = start;
  while (offset < after && bytes[offset]! < 0x80) offset += 1;
  if (offset === after) return after;
  const bad = invalidUtf8(bytes, offset, after);
  if (bad >= 0) fail("a text string is not valid UTF-8", bad);
  if (length > LONG_TEXT_BYTES && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) {
    walkMarks?.push(headStart);
  }
  return after;
}

/** Counts a container and goes one level down. */
function enter(offset: number): void {
  if (++containers > walkLimits.maxContainers) {
    fail(`more than ${walkLimits.maxContainers} arrays, maps and tags (maxContainers)`, offset, "maxContainers");
  }
  if (++depth > walkLimits.maxDepth) {
    fail(`nested deeper than ${walkLimits.maxDepth} levels (maxDepth)`, offset, "maxDepth");
  }
}

function array(bytes: Uint8Array, start: number, end: number, count: number): number {
  const present = end - start;
  if (count > present) fail(`an array declares ${count} items where ${present} bytes are present`, start);
  enter(start);
  let offset = start;
  for (let i = 0; i < count; i++) offset = item(bytes, offset, end);
  depth -= 1;
  return offset;
}

function checkEntries(offset: number, end: number, count: number): void {
  const present = end - offset;
  if (count * 2 > present) fail(`a map declares ${count} entries where ${present} bytes are present`, offset);
}

function map(bytes: Uint8Array, start: number, end: number, count: number): number {
  checkEntries(start, end, count);
  enter(start);
  const first = KEYS.open();
  let offset = start;
  for (let i = 0; i < count; i++) {
    const content = keyContent(bytes, offset, end);
    const after = text(bytes, offset, content, end, argument(bytes, offset, content, bytes[offset]! & 0x1f));
    KEYS.add(first, bytes, content, after);
    offset = item(bytes, after, end);
  }
  KEYS.close(first, bytes);
  depth -= 1;
  return offset;
}

function keyContent(bytes: Uint8Array, start: number, end: number): number {
  if (start < end && bytes[start]! >= 0x60 && bytes[start]! < 0x78) return start + 1;
  return expect(bytes, start, end, 3, "a map has a key that is not text; only maps of tag 259 may");
}

function tag(bytes: Uint8Array, start: number, end: number, number: number): number {
  enter(start);
  const after = tagContent(bytes, start, end, number);
  depth -= 1;
  return after;
}

function tagContent(bytes: Uint8Array, start: number, end: number, number: number): number {
  const width = BYTES_PER_ELEMENT.get(number);
  if (width !== undefined) return typedArray(bytes, start, end, number, width);
  if (number === Tag.DATE) return date(bytes, start, end);
  if (number === Tag.BIGNUM || number === Tag.NEGATIVE_BIGNUM) return bignum(bytes, start, end);
  if (number === Tag.SET) {
    const content = expect(bytes, start, end, 4, "a set (tag 258) is not an array");
    return array(bytes, content, end, argument(bytes, start, content, bytes[start]! & 0x1f));
  }
  if (number !== Tag.MAP) fail(`tag ${number} is not allowed`, start);
  const content = expect(bytes, start, end, 5, "a map of tag 259 is not a map");
  return anyMap(bytes, content, end, argument(bytes, start, content, bytes[start]! & 0x1f));
}

/** Passes over the next head, which must be of a certain major type. */
function expect(bytes: Uint8Array, start: number, end: number, majorType: number, otherwise: string): number {
  if (start >= end) fail("the bytes end within an item", start);
  const initial = bytes[start]!;
  if (initial >> 5 !== majorType) fail(otherwise, start);
  return afterHead(start, end, initial & 0x1f);
}

function typedArray(bytes: Uint8Array, start: number, end: number, number: number, width: number): number {
  const content = expect(bytes, start, end, 2, `a typed array (tag ${number}) is not a byte string`);
  const length = argument(bytes, start, content, bytes[start]! & 0x1f);
  if (length % width !== 0) {
    fail(`a typed array (tag ${number}) of ${length} bytes is not a multiple of ${width}`, content);
  }
  return skip(content, end, length, "typed array");
}

function bignum(bytes: Uint8Array, start: number, end: number): number {
  const content = expect(bytes, start, end, 2, "a bignum is not a byte string");
  const length = argument(bytes, start, content, bytes[start]! & 0x1f);
  const { maxBignumBytes } = walkLimits;
  if (length > maxBignumBytes) {
    fail(`a bignum of ${length} bytes is above ${maxBignumBytes} (maxBignumBytes)`, content, "maxBignumBytes");
  }
  return skip(content, end, length, "bignum");
}

/** Seconds since 1970 that make a valid `Date`; integers of 8 bytes would become bigints, which dates are not made of. */
function date(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) fail("the bytes end within an item", start);
  const initial = bytes[start]!;
  const isInteger = initial >> 5 <= 1 && (initial & 0x1f) < 27;
  if (!isInteger && (initial < 0xf9 || initial > 0xfb)) {
    fail("a date (tag 1) is neither an integer of up to 32 bits nor a float", start);
  }
  const after = item(bytes, start, end);
  const seconds = isInteger ? 0 : readFloat(bytes, start);
  if (!(Math.abs(seconds) <= MAX_DATE_SECONDS)) fail(`a date (tag 1) of ${seconds} seconds is out of range`, start);
  return after;
}

/** A map with keys of any kind. Those that `Map` compares by value may not repeat; the others are never the same. */
function anyMap(bytes: Uint8Array, start: number, end: number, count: number): number {
  checkEntries(start, end, count);
  enter(start);
  const keys = new AnyKeys(bytes);
  let offset = start;
  for (let i = 0; i < count; i++) {
    const after = item(bytes, offset, end);
    keys.add(offset, after);
    offset = item(bytes, after, end);
  }
  const again = keys.repeated();
  if (again >= 0) throw repeated(again);
  depth -= 1;
  return offset;
}

function simple(content: number, end: number, info: number): number {
  if (info >= 20 && info <= 23) return content;
  if (info >= 25 && info <= 27) return skip(content, end, 1 << (info - 24), "float");
  fail(
    info === 31 ? "a break stands outside of any item" : "only false, true, null and undefined are allowed",
    content - 1,
  );
}

function fail(reason: string, offset: number, limit?: string): never {
  throw new CborError(reason, offset, limit);
}

/**
 * Checks that one item of the strict profile (PROTOCOL.md §4) lies at an offset: well-formed, of definite lengths that the
 * bytes present can fill, within the limits, of allowed tags and simple values, with valid UTF-8 and without a key twice.
 * Whatever passes is safe to decode.
 *
 * @param bytes Where the item lies.
 * @param offset Its first byte.
 * @param end The byte after the last one that it may use; not beyond the bytes.
 * @param limits What it may cost.
 * @param marks If given, takes the offset of each long text string that begins with U+FEFF, in rising order.
 * @returns The offset after the item.
 * @throws {CborError} If there is no such item.
 */
export function checkItem(
  bytes: Uint8Array,
  offset: number,
  end: number,
  limits: CborLimits = DEFAULT_CBOR_LIMITS,
  marks?: number[],
): number {
  walkLimits = limits;
  walkMarks = marks;
  depth = 0;
  containers = 0;
  KEYS.reset();
  return item(bytes, offset, end);
}
