import { located, propertyText } from "./cbor_error.ts";
import * as Cost from "./cost.ts";
import { ItemCursor } from "./item_cursor.ts";
import { hasOwnBuffer, LEAST_OWN_BYTES } from "./own_buffers.ts";
import { type CborLimits, DEFAULT_CBOR_LIMITS, indexOf } from "./profile.ts";
import { beginKeys, chargeShape, type Shape, shapes, shapeWith } from "./shapes.ts";
import { readTagged } from "./tagged.ts";

/** Arguments of integers that engines keep in the place of a reference. */
const GREATEST_SMALL = 0x7fff_ffff;

/** The head of a float of eight bytes, and how many bytes both have. */
const FLOAT_64 = 0xfb;
const FLOAT_64_BYTES = 9;
/** So many of them in a row are read faster together. */
const LEAST_DOUBLES = 4;

/** The simple values of the profile, and the head of the first. */
const SIMPLE_VALUES = [false, true, null, undefined];
const LEAST_SIMPLE = 0xf4;
const FLOAT_16 = 0xf9;
const BREAK = 0xff;

/** What stands for the indices of an object that are kept in a hash table. */
const SPARSE = -1;

/**
 * Reads items of the strict profile (PROTOCOL.md §4): checks and decodes in one pass. A reading is synchronous and calls
 * nothing that is the application's, so one decoder serves for all values with the same limits.
 */
export class Decoder<Limits extends CborLimits = CborLimits> extends ItemCursor<Limits> {
  /**
   * Reads the next item, which may end before the bytes do.
   *
   * @returns The value. It shares no memory with the bytes.
   * @throws {CborError} If there is no item of the profile, or it crosses a limit.
   */
  item(): unknown {
    this.begin();
    beginKeys();
    return readItem(this);
  }

  /**
   * Passes over the next item, as {@linkcode item} does. Nothing is made of a byte string.
   *
   * @returns Where the content of a byte string begins.
   * @throws {CborError} As {@linkcode item}.
   */
  skip(): number {
    const initial = this.initialByte();
    if (initial >> 5 === 2) return this.content(this.argument(initial), "a byte string");
    this.item();
    return this.offset;
  }

  /**
   * Reads bytes that hold exactly one item. If it is nothing but a byte string in a buffer that holds nothing else, it comes as
   * a view.
   *
   * @throws {CborError} As {@linkcode item}, or if something follows it.
   */
  decode(bytes: Uint8Array): unknown {
    const { length } = bytes;
    this.reset(bytes, 0, length);
    try {
      const isView = length >= LEAST_OWN_BYTES && bytes[0]! >> 5 === 2 && hasOwnBuffer(bytes);
      const value = isView ? this.viewFrom(this.skip()) : this.item();
      this.finish();
      return value;
    } finally {
      this.release();
    }
  }
}

/** Reads the next item. */
function readItem(cursor: ItemCursor): unknown {
  const initial = cursor.initialByte();
  if (initial < 0x18) {
    cursor.offset += 1;
    return initial;
  }
  if (initial >= 0xe0) return readSimple(cursor, initial);
  const argument = cursor.argument(initial);
  switch (initial >> 5) {
    case 0:
    case 1:
      return readInteger(cursor, argument, initial >= 0x20);
    case 2:
      return cursor.takeBytes(argument, "a byte string");
    case 3:
      return readText(cursor, argument);
    case 4:
      return readArray(cursor, argument);
    case 5:
      return readObject(cursor, argument);
    default:
      return readTag(cursor, argument);
  }
}

/** A number where one holds it exactly. */
function readInteger(cursor: ItemCursor, argument: number, isNegative: boolean): number | bigint {
  if (argument > GREATEST_SMALL) cursor.charge(Cost.NUMBER);
  const value = isNegative ? -1 - argument : argument;
  if (Number.isSafeInteger(value)) return value;
  cursor.charge(Cost.BIGINT);
  // Its head had eight bytes.
  const exact = cursor.scratch(cursor.offset - 8, 8).getBigUint64(0);
  return isNegative ? -1n - exact : exact;
}

function readSimple(cursor: ItemCursor, initial: number): unknown {
  if (initial >= FLOAT_16 && initial <= FLOAT_64) return cursor.float(2 << (initial - FLOAT_16));
  const index = initial - LEAST_SIMPLE;
  if (index < 0 || index >= SIMPLE_VALUES.length) {
    cursor.fail(
      initial === BREAK
        ? "a break stands outside of any item"
        : "only false, true, null and undefined are allowed of the simple values",
    );
  }
  cursor.offset += 1;
  return SIMPLE_VALUES[index];
}

function readText(cursor: ItemCursor, length: number): string {
  const start = cursor.content(length, "a text string");
  if (length > 1) cursor.charge(Cost.TEXT + Cost.TEXT_BYTE * length);
  return cursor.textFrom(start);
}

function readArray(cursor: ItemCursor, count: number): unknown[] {
  cursor.enter("an array", count, 1, Cost.ARRAY + Cost.SLOT * count);
  // There is a byte for each item of all arrays that are open, so this makes no room for what is only declared.
  const items: unknown[] = count === 0 ? [] : new Array(count);
  let i = 0;
  try {
    while (i < count) {
      cursor.awaited -= 1;
      const member = readItem(cursor);
      items[i++] = member;
      // Numbers seldom come alone.
      if (typeof member === "number") {
        i = (member | 0) === member ? readIntegers(cursor, items, i) : readDoubles(cursor, items, i);
      }
    }
  } catch (error) {
    throw located(error, `[${i}]`);
  }
  cursor.levels += 1;
  return items;
}

/**
 * Reads integers from 0 with heads of up to three bytes that follow each other.
 *
 * @param items Where they belong.
 * @param first The place of the first one.
 * @returns The place after the last one.
 */
function readIntegers(cursor: ItemCursor, items: unknown[], first: number): number {
  const source = cursor.bytes;
  const last = cursor.end - 2;
  let at = cursor.offset;
  let i = first;
  for (; i < items.length && at < last; i++) {
    const initial = source[at]!;
    if (initial > 0x19) break;
    if (initial < 0x18) {
      items[i] = initial;
      at += 1;
    } else if (initial === 0x18) {
      items[i] = source[at + 1]!;
      at += 2;
    } else {
      items[i] = source[at + 1]! << 8 | source[at + 2]!;
      at += 3;
    }
  }
  cursor.offset = at;
  cursor.awaited -= i - first;
  return i;
}

/**
 * Reads floats of eight bytes that follow each other, if they are worth it.
 *
 * @param items Where they belong.
 * @param first The place of the first one.
 * @returns The place after the last one.
 */
function readDoubles(cursor: ItemCursor, items: unknown[], first: number): number {
  const source = cursor.bytes;
  const start = cursor.offset;
  const mostBytes = Math.min(cursor.end, start + FLOAT_64_BYTES * (items.length - first));
  let after = start;
  while (after + FLOAT_64_BYTES <= mostBytes && source[after] === FLOAT_64) after += FLOAT_64_BYTES;
  const count = (after - start) / FLOAT_64_BYTES;
  if (count < LEAST_DOUBLES) return first;
  cursor.charge(Cost.NUMBER * count);
  const view = cursor.viewOfAll();
  for (let i = 0; i < count; i++) items[first + i] = view.getFloat64(start + 1 + FLOAT_64_BYTES * i);
  cursor.offset = after;
  cursor.awaited -= count;
  return first + count;
}

function readObject(cursor: ItemCursor, count: number): Record<string, unknown> {
  const isTable = count > Cost.FEW_KEYS;
  cursor.enter("a map", count, 2, Cost.OBJECT + count * (isTable ? Cost.OBJECT_ENTRY : Cost.SLOT));
  const object: Record<string, unknown> = {};
  const { root, use } = shapes;
  let shape: Shape | undefined = root;
  let nextIndex = 0;
  let name: string | undefined;
  try {
    for (let i = 0; i < count; i++) {
      name = undefined;
      cursor.awaited -= 2;
      const guess: Shape | undefined = shape?.next;
      if (guess !== undefined && skipKey(cursor, guess.name)) {
        name = guess.name;
        if (guess.lastUse !== use) chargeShape(cursor, guess);
        shape = guess;
      } else {
        const start = cursor.offset;
        const key = readKey(cursor);
        shape = shapeWith(cursor, shape, key, object, start);
        name = key;
      }
      const index = shape === undefined ? indexOf(name) : shape.index;
      if (index >= 0) nextIndex = chargeIndex(cursor, index, nextIndex, isTable);
      const value = readItem(cursor);
      if (shape === undefined ? name in Object.prototype : shape.isInherited) define(object, name, value);
      else object[name] = value;
    }
  } catch (error) {
    throw name === undefined ? error : located(error, propertyText(name));
  }
  cursor.levels += 1;
  return object;
}

/** Passes over a key if it is the expected one, of less than 24 ASCII characters. */
function skipKey(cursor: ItemCursor, name: string): boolean {
  const { length } = name;
  const source = cursor.bytes;
  const start = cursor.offset + 1;
  if (length > 23 || source[cursor.offset] !== (0x60 | length) || start + length > cursor.end) return false;
  for (let i = 0; i < length; i++) {
    if (source[start + i] !== name.charCodeAt(i)) return false;
  }
  cursor.offset = start + length;
  return true;
}

function readKey(cursor: ItemCursor): string {
  // The longer ones, and those with longer heads, are read as any text.
  return cursor.shortText() ??
    readText(cursor, cursor.expect(3, "a map has a key that is not text; only maps of tag 259 may"));
}

/**
 * Charges for a key that is an array index: for a place in a hash table if one lies far off, for room for all up to it
 * otherwise.
 *
 * @param nextIndex The first one that there is no room for, 0 if the object has none so far, {@linkcode SPARSE} for a hash
 * table.
 * @returns What it is then.
 */
function chargeIndex(cursor: ItemCursor, index: number, nextIndex: number, isTable: boolean): number {
  if (nextIndex === SPARSE || index - nextIndex >= Cost.WIDE_GAP) {
    if (nextIndex !== SPARSE) cursor.charge(Cost.SPARSE_INDICES);
    // Members of a large object have been charged for as entries of one.
    if (!isTable) cursor.charge(Cost.SPARSE_INDEX);
    return SPARSE;
  }
  if (index < nextIndex) return nextIndex;
  cursor.charge((nextIndex === 0 ? Cost.INDICES : 0) + (index + 1 - nextIndex) * Cost.INDEX);
  return index + 1;
}

function readTag(cursor: ItemCursor, tag: number): unknown {
  cursor.enter("a tag", 0, 1, 0);
  const value = readTagged(cursor, tag, readItem);
  cursor.levels += 1;
  return value;
}

/** Makes an own property where an assignment could reach the prototype. */
function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
}

const DEFAULT_DECODER = new Decoder(DEFAULT_CBOR_LIMITS);

/**
 * Decodes bytes that hold exactly one item of the strict profile (PROTOCOL.md §4).
 *
 * Maps become plain objects, those of tag 259 `Map`s; integers numbers where these hold them exactly, and bigints
 * otherwise. The value shares no memory with the bytes. A byte string of 4 KiB and more, or a typed array of as many bytes,
 * has an `ArrayBuffer` of its own; smaller ones may share one with others of the same value, but with nothing else.
 *
 * @param bytes The bytes.
 * @param decoder Holds the limits; the default ones if none is given.
 * @throws {CborError} If they are anything but one such item.
 */
export function decodeValue(bytes: Uint8Array, decoder: Decoder = DEFAULT_DECODER): unknown {
  return decoder.decode(bytes);
}
