/**
 * Reads what most messages are made of: text, numbers, booleans, `null`, `undefined`, bytes, arrays and plain objects, as
 * plain_values.ts writes it. It checks and reads in one pass. Whatever else it meets it leaves to `checkItem` and cbor-x,
 * above all what is wrong with an item: they say what and where.
 *
 * @module
 */
import type { CborLimits } from "./cbor_limits.ts";
import { isForbiddenKey } from "./map_keys.ts";
import { recallName, rememberName } from "./name_cache.ts";
import { readUtf8 } from "./utf8.ts";

/** The code of the greatest digit: keys that begin with one may be indices, whose room is counted (P4.16). */
const NINE = 0x39;
/** Larger maps are left to others, who look for repeated keys in another way. */
const MOST_ENTRIES = 16;
/** What an attempt may cost that comes to nothing: larger items are left to others at once. */
const MOST_BYTES = 65_536;
/** The offset once something has been met that is left to others. */
const NOWHERE = 0x3fffffff;
const NOTHING = new Uint8Array(0);

/** Stands for an item that has to be left to others. */
export const NOT_PLAIN: unique symbol = Symbol("not plain");

// As in check_item.ts: a reading is synchronous and none begins within another, so what it knows stands here.
let bytes: Uint8Array = NOTHING;
/** The next byte to be read, or {@linkcode NOWHERE}. */
let offset = 0;
let end = 0;
let levelsLeft = 0;
let containersLeft = 0;
const float = new DataView(new ArrayBuffer(8));

/**
 * Reads one item, if it is made of nothing but what is common.
 *
 * @param source Where it lies.
 * @param start Its first byte.
 * @param last The byte after the last one that it may use; not beyond the bytes.
 * @param limits What it may cost.
 * @returns The value, in which byte strings are views; {@linkcode NOT_PLAIN} if the item is to be checked and decoded in
 * the other way.
 */
export function readPlainItem(source: Uint8Array, start: number, last: number, limits: CborLimits): unknown {
  if (last - start > MOST_BYTES || last >= NOWHERE) return NOT_PLAIN;
  bytes = source;
  offset = start;
  end = last;
  levelsLeft = limits.maxDepth;
  containersLeft = limits.maxContainers;
  const value = item();
  bytes = NOTHING;
  return offset === NOWHERE ? NOT_PLAIN : value;
}

/**
 * Tells where the item ended that was read last.
 *
 * @returns The offset after it.
 */
export function plainItemEnd(): number {
  return offset;
}

/** Leaves the item to others: nothing is read any more. */
function giveUp(): undefined {
  offset = NOWHERE;
}

function item(): unknown {
  if (offset >= end) return giveUp();
  const initial = bytes[offset]!;
  if (initial < 0x18) {
    offset += 1;
    return initial;
  }
  if (initial >= 0xe0) return simple(initial);
  const argument = head(initial & 0x1f);
  switch (initial >> 5) {
    case 0:
      return argument;
    case 1:
      return -1 - argument;
    case 2:
      return byteString(argument);
    case 3:
      return text(argument);
    case 4:
      return array(argument);
    case 5:
      return map(argument);
    default:
      return giveUp();
  }
}

/** Reads the head that begins here and returns its argument. Those of eight bytes are big integers, or hostile. */
function head(info: number): number {
  const start = offset;
  if (info < 24) {
    offset = start + 1;
    return info;
  }
  const size = 1 << (info - 24);
  if (info > 26 || start + 1 + size > end) {
    giveUp();
    return 0;
  }
  offset = start + 1 + size;
  if (size === 1) return bytes[start + 1]!;
  if (size === 2) return bytes[start + 1]! << 8 | bytes[start + 2]!;
  return bytes[start + 1]! * 0x1000000 + (bytes[start + 2]! << 16 | bytes[start + 3]! << 8 | bytes[start + 4]!);
}

function simple(initial: number): unknown {
  switch (initial) {
    case 0xf4:
      offset += 1;
      return false;
    case 0xf5:
      offset += 1;
      return true;
    case 0xf6:
      offset += 1;
      return null;
    case 0xf7:
      offset += 1;
      return undefined;
    case 0xfb:
      return double();
    default:
      return giveUp();
  }
}

function double(): number | undefined {
  const start = offset + 1;
  if (start + 8 > end) return giveUp();
  for (let i = 0; i < 8; i++) float.setUint8(i, bytes[start + i]!);
  offset = start + 8;
  return float.getFloat64(0);
}

/** Passes over as many bytes and returns where they begin; nowhere, if they are not there. */
function content(length: number): number {
  const start = offset;
  offset = start + length;
  if (offset <= end) return start;
  giveUp();
  return -1;
}

function byteString(length: number): Uint8Array | undefined {
  const start = content(length);
  return start < 0 ? undefined : new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
}

function text(length: number): string | undefined {
  const start = content(length);
  if (start < 0) return undefined;
  return readUtf8(bytes, start, start + length) ?? giveUp();
}

function array(count: number): unknown[] | undefined {
  if (count > end - offset || --levelsLeft < 0 || --containersLeft < 0) return giveUp();
  const items: unknown[] = [];
  for (let i = 0; i < count && offset < end; i++) items.push(item());
  if (items.length < count) return giveUp();
  levelsLeft += 1;
  return items;
}

function map(count: number): Record<string, unknown> | undefined {
  if (count > MOST_ENTRIES || --levelsLeft < 0 || --containersLeft < 0) return giveUp();
  const object: Record<string, unknown> = {};
  // A bit for each key, so that most need not be looked up.
  let sketch = 0;
  for (let i = 0; i < count; i++) {
    const start = offset + 1;
    const name = key();
    if (name === undefined) return undefined;
    const bit = 1 << ((bytes[start]! * 7 + bytes[offset - 1]! * 3 + name.length) & 31);
    if ((sketch & bit) !== 0 && Object.hasOwn(object, name)) return giveUp();
    sketch |= bit;
    object[name] = item();
  }
  levelsLeft += 1;
  return object;
}

/** Reads a key of less than 24 bytes that neither is forbidden nor may be an index. */
function key(): string | undefined {
  const length = offset < end ? bytes[offset]! - 0x60 : -1;
  const start = offset + 1;
  if (length <= 0 || length >= 24 || start + length > end || bytes[start]! <= NINE) return giveUp();
  offset = start + length;
  const name = recallName(bytes, start, length) ?? newName(start, length);
  // None of the forbidden ones is longer or shorter.
  return name === undefined || length >= 9 && length <= 11 && isForbiddenKey(name) ? giveUp() : name;
}

function newName(start: number, length: number): string | undefined {
  const name = readUtf8(bytes, start, start + length);
  if (name !== undefined) rememberName(name, bytes, start, length);
  return name;
}
