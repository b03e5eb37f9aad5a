import { type CborLimits, DEFAULT_CBOR_LIMITS, GREATEST_DEPTH } from "./cbor_limits.ts";
import { fail, failAgain, failBignum, failContainers, failCount, failDepth, failNumericKeys } from "./fail.ts";
import { afterHead, argument, expect } from "./heads.ts";
import { containersBefore, indexAfter, readIndex } from "./index_gaps.ts";
import * as mapKeys from "./map_keys.ts";
import { sameBytes } from "./repeated_span.ts";
import { taggedItem, type Walk } from "./tagged_item.ts";
import { invalidUtf8 } from "./utf8.ts";

/** Longer text than this goes through cbor-x's `TextDecoder`, which drops a leading U+FEFF: see decode_value.ts. */
const LONG_TEXT_BYTES = 64;
/** Up to this many keys are compared each with each, which allocates nothing; those of larger maps when they are read. */
const SMALL_MAP_KEYS = 16;
/** Stands among the marks for byte strings, which a decoded value has views on. */
export const VIEWS = -1;

// One pass over one item. It recurses as deep as `maxDepth` allows and allocates nothing but lists of keys for maps of tag
// 259 and for maps of more than 16 keys. A walk is synchronous and calls nothing that could start another, so what it knows
// stands here, in variables of the module that all small items are handled in: an object with private methods that keeps
// it takes twice the time, and functions of another module half as much again.
let limits = DEFAULT_CBOR_LIMITS;
let marks: number[] | undefined;
let levelsLeft = 0;
let containersLeft = 0;
let numericKeysLeft = 0;
/** Start and end of each key of the small maps that are open now, outermost map first. */
const spans = new Int32Array(GREATEST_DEPTH * SMALL_MAP_KEYS * 2);
let top = 0;

/** Passes over one item; all functions here take an offset and return the one after what they have passed. */
function item(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) fail("the bytes end within an item", start);
  const initial = bytes[start]!;
  // What most items are, from small integers on; everything else comes after.
  if (initial < 0x18) return start + 1;
  if (initial >= 0x60 && initial < 0x78) return text(bytes, start + 1, end, initial - 0x60);
  if (initial >= 0xf4 && initial < 0xf8) return start + 1;
  if (initial >= 0xa0 && initial < 0xb8) return map(bytes, start + 1, end, initial - 0xa0);
  if (initial >= 0x80 && initial < 0x98) return array(bytes, start + 1, end, initial - 0x80);
  if (initial === 0xfb && start + 8 < end) return start + 9;
  if (initial === 0x19 && start + 2 < end) return start + 3;
  return otherItem(bytes, start, end, initial);
}

function otherItem(bytes: Uint8Array, start: number, end: number, initial: number): number {
  const info = initial & 0x1f;
  if (initial >= 0xe0) return simple(start + 1, end, info);
  const content = afterHead(start, end, info);
  if (initial < 0x40) return content;
  const length = argument(bytes, start, content, info);
  switch (initial >> 5) {
    case 2:
      return byteString(content, end, length, "byte string");
    case 3:
      return longText(bytes, start, content, end, length);
    case 4:
      return array(bytes, content, end, length);
    case 5:
      return map(bytes, content, end, length);
    default:
      return tag(bytes, content, end, length);
  }
}

function skip(offset: number, end: number, length: number, what: string): number {
  const present = end - offset;
  if (length > present) fail(`a ${what} declares ${length} bytes where ${present} are present`, offset);
  return offset + length;
}

function byteString(offset: number, end: number, length: number, what: string): number {
  if (marks !== undefined && marks[marks.length - 1] !== VIEWS) marks.push(VIEWS);
  return skip(offset, end, length, what);
}

function text(bytes: Uint8Array, start: number, end: number, length: number): number {
  const after = start + length;
  if (after > end) skip(start, end, length, "text string");
  for (let offset = start; offset < after; offset++) {
    if (bytes[offset]! > 0x7f) return otherText(bytes, offset, after);
  }
  return after;
}

/** Passes over text that is not ASCII. */
function otherText(bytes: Uint8Array, start: number, end: number): number {
  const bad = invalidUtf8(bytes, start, end);
  if (bad >= 0) fail("a text string is not valid UTF-8", bad);
  return end;
}

function longText(bytes: Uint8Array, headStart: number, start: number, end: number, length: number): number {
  const after = text(bytes, start, end, length);
  if (length > LONG_TEXT_BYTES && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) {
    marks?.push(headStart);
  }
  return after;
}

/** Counts a container and goes one level down. */
function enter(offset: number): void {
  if (--containersLeft < 0) failContainers(limits, offset);
  if (--levelsLeft < 0) failDepth(limits, offset);
}

function leave(): void {
  levelsLeft += 1;
}

function array(bytes: Uint8Array, start: number, end: number, count: number): number {
  if (count > end - start) failCount("an array", count, "items", start, end);
  enter(start);
  let offset = start;
  for (let i = 0; i < count; i++) offset = item(bytes, offset, end);
  leave();
  return offset;
}

function map(bytes: Uint8Array, start: number, end: number, count: number): number {
  if (count * 2 > end - start) failCount("a map", count, "entries", start, end);
  enter(start);
  const isLarge = count > SMALL_MAP_KEYS;
  const first = isLarge ? mapKeys.openManyKeys() : top;
  // A bit for each key of a small map, so that most need not be compared with the others.
  let sketch = 0;
  let nextIndex = 0;
  let offset = start;
  for (let i = 0; i < count; i++) {
    const initial = offset < end ? bytes[offset]! : 0;
    const isShort = initial >= 0x60 && initial < 0x78;
    const content = isShort ? offset + 1 : longKeyContent(bytes, offset, end);
    const after = isShort ? text(bytes, content, end, initial - 0x60) : longKey(bytes, offset, content, end);
    if (isLarge) mapKeys.addToManyKeys(bytes, content, after);
    else sketch = addKey(first, sketch, bytes, content, after);
    if (content < after && bytes[content]! <= 0x39) nextIndex = countGap(bytes, content, after, nextIndex);
    offset = item(bytes, after, end);
  }
  if (isLarge) mapKeys.closeManyKeys(first, bytes);
  else top = first;
  leave();
  return offset;
}

function longKeyContent(bytes: Uint8Array, start: number, end: number): number {
  return expect(bytes, start, end, 3, "a map has a key that is not text; only maps of tag 259 may");
}

function longKey(bytes: Uint8Array, start: number, content: number, end: number): number {
  return longText(bytes, start, content, end, argument(bytes, start, content, bytes[start]! & 0x1f));
}

function addKey(first: number, sketch: number, bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  // None of the forbidden ones is longer or shorter.
  if (length >= 9 && length <= 11) mapKeys.refuseForbidden(bytes, start, length);
  const bit = length === 0 ? 1 : 1 << ((bytes[start]! * 7 + bytes[end - 1]! * 3 + length) & 31);
  if ((sketch & bit) !== 0) refuseAgain(first, bytes, start, length);
  spans[top] = start;
  spans[top + 1] = end;
  top += 2;
  return sketch | bit;
}

function refuseAgain(first: number, bytes: Uint8Array, start: number, length: number): void {
  for (let i = first; i < top; i += 2) {
    const other = spans[i]!;
    if (spans[i + 1]! - other === length && sameBytes(bytes, other, bytes, start, length)) failAgain(start);
  }
}

/** Counts the room that a key makes in its object (P4.16), and returns the index after it. */
function countGap(bytes: Uint8Array, start: number, end: number, nextIndex: number): number {
  const index = readIndex(bytes, start, end);
  if (index < 0) return nextIndex;
  containersLeft -= containersBefore(index, nextIndex);
  if (containersLeft < 0) failContainers(limits, start);
  return indexAfter(index, nextIndex);
}

const WALK: Walk = {
  item,
  enter,
  leave,
  byteString,
  checkBignum(length, offset) {
    if (length > limits.maxBignumBytes) failBignum(limits, offset, length);
  },
  countNumericKey(offset) {
    if (--numericKeysLeft < 0) failNumericKeys(limits, offset);
  },
};

function tag(bytes: Uint8Array, start: number, end: number, number: number): number {
  enter(start);
  const after = taggedItem(WALK, bytes, start, end, number);
  leave();
  return after;
}

function simple(content: number, end: number, info: number): number {
  if (info >= 25 && info <= 27) return skip(content, end, 1 << (info - 24), "float");
  fail(
    info === 31 ? "a break stands outside of any item" : "only false, true, null and undefined are allowed",
    content - 1,
  );
}

/**
 * Checks that one item of the strict profile (PROTOCOL.md §4) lies at an offset: well-formed, of definite lengths that the
 * bytes present can fill, within the limits, of allowed tags and simple values, with valid UTF-8 and without a key twice.
 * Whatever passes is safe to decode.
 *
 * @param bytes Where the item lies.
 * @param offset Its first byte.
 * @param end The byte after the last one that it may use; not beyond the bytes.
 * @param walkLimits What it may cost.
 * @param decodingMarks If given, takes what `decodeChecked` must know: in rising order, the offset of each long text string
 * that begins with U+FEFF, and between them {@linkcode VIEWS} if there are byte strings.
 * @returns The offset after the item.
 * @throws {CborError} If there is no such item.
 */
export function checkItem(
  bytes: Uint8Array,
  offset: number,
  end: number,
  walkLimits: CborLimits = DEFAULT_CBOR_LIMITS,
  decodingMarks?: number[],
): number {
  limits = walkLimits;
  marks = decodingMarks;
  levelsLeft = walkLimits.maxDepth;
  containersLeft = walkLimits.maxContainers;
  numericKeysLeft = walkLimits.maxNumericKeys;
  top = 0;
  mapKeys.resetManyKeys();
  return item(bytes, offset, end);
}
