import { entryText, located } from "./cbor_error.ts";
import * as Cost from "./cost.ts";
import type { ItemCursor } from "./item_cursor.ts";
import { isNumericKey } from "./profile.ts";
import { failRepeated, noteKey } from "./shapes.ts";
import {
  BIGNUM_TAG,
  DATE_TAG,
  IS_LITTLE_ENDIAN,
  LEAST_TYPED_TAG,
  LITTLE_ENDIAN_BIT,
  MAP_TAG,
  MAX_DATE_SECONDS,
  NEGATIVE_BIGNUM_TAG,
  SET_TAG,
  TYPED_ARRAYS,
  type TypedArrayConstructor,
} from "./tags.ts";

/** Reads the next item. */
type ReadItem = (cursor: ItemCursor) => unknown;

/**
 * Reads what stands behind the head of a tag.
 *
 * @throws {CborError} If it is not what the tag says, or the tag is not one of the profile.
 */
export function readTagged(cursor: ItemCursor, tag: number, item: ReadItem): unknown {
  switch (tag) {
    case DATE_TAG:
      return readDate(cursor, item);
    case BIGNUM_TAG:
      return readBignum(cursor);
    case NEGATIVE_BIGNUM_TAG:
      return -1n - readBignum(cursor);
    case SET_TAG:
      return readSet(cursor, item);
    case MAP_TAG:
      return readMap(cursor, item);
    default: {
      const type = TYPED_ARRAYS[tag - LEAST_TYPED_TAG];
      return type === undefined ? cursor.fail(`tag ${tag} is not allowed`) : readTypedArray(cursor, tag, type);
    }
  }
}

/** Seconds since 1970 that make a valid `Date`. */
function readDate(cursor: ItemCursor, item: ReadItem): Date {
  const initial = cursor.initialByte();
  if (initial >= 0x40 && (initial < 0xf9 || initial > 0xfb)) {
    cursor.fail("a date (tag 1) is neither an integer nor a float");
  }
  const start = cursor.offset;
  const seconds = item(cursor);
  if (typeof seconds !== "number" || !(Math.abs(seconds) <= MAX_DATE_SECONDS)) {
    cursor.fail(`a date (tag 1) of ${seconds} seconds is out of range`, start);
  }
  cursor.charge(Cost.DATE);
  return new Date(Math.round(seconds * 1000));
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function readBignum(cursor: ItemCursor): bigint {
  const length = cursor.expect(2, "a bignum is not a byte string");
  const { maxBignumBytes } = cursor.limits;
  if (length > maxBignumBytes) {
    const reason = `a bignum of ${length} bytes is above ${maxBignumBytes} (maxBignumBytes)`;
    cursor.fail(reason, cursor.offset, "maxBignumBytes");
  }
  cursor.charge(Cost.BIGINT + Cost.BIGNUM_BYTE * length);
  const start = cursor.content(length, "a bignum");
  if (length <= 8) return cursor.scratch(start, length).getBigUint64(0);
  let hex = "0x";
  for (let i = start; i < cursor.offset; i++) hex += HEX[cursor.bytes[i]!]!;
  return BigInt(hex);
}

/** Members that are the same are one. */
function readSet(cursor: ItemCursor, item: ReadItem): Set<unknown> {
  const count = cursor.expect(4, "a set (tag 258) is not an array");
  cursor.enter("a set", count, 1, Cost.TABLE + Cost.TABLE_ENTRY * count);
  const set = new Set();
  for (let i = 0; i < count; i++) {
    cursor.awaited -= 1;
    set.add(readMember(cursor, item, count, "member", i));
  }
  cursor.levels += 1;
  return set;
}

/** A map with keys of any kind. Those that `Map` compares by value may not repeat; the others are never the same. */
function readMap(cursor: ItemCursor, item: ReadItem): Map<unknown, unknown> {
  const count = cursor.expect(5, "a map of tag 259 is not a map");
  cursor.enter("a map", count, 2, Cost.TABLE + Cost.TABLE_ENTRY * count);
  const map = new Map();
  for (let i = 0; i < count; i++) {
    cursor.awaited -= 2;
    const start = cursor.offset;
    const key = readMember(cursor, item, count, "key", i);
    try {
      map.set(key, item(cursor));
    } catch (error) {
      throw located(error, entryText(key));
    }
    if (map.size === i) failRepeated(`.key(${i})`, start);
  }
  cursor.levels += 1;
  return map;
}

/** Reads one of so many members of a set or keys of a `Map`, of which the numeric ones are counted. */
function readMember(cursor: ItemCursor, item: ReadItem, count: number, kind: string, index: number): unknown {
  const start = cursor.offset;
  try {
    const member = item(cursor);
    if (isNumericKey(member)) cursor.countNumericKey(start);
    else if (count > Cost.FEW_MEMBERS && typeof member === "string") noteKey(cursor, member);
    return member;
  } catch (error) {
    throw located(error, `.${kind}(${index})`);
  }
}

function readTypedArray(cursor: ItemCursor, tag: number, type: TypedArrayConstructor): ArrayBufferView {
  const { BYTES_PER_ELEMENT: width } = type;
  const length = cursor.expect(2, `a typed array (tag ${tag}) is not a byte string`);
  if (length % width !== 0) {
    cursor.fail(`a typed array (tag ${tag}) of ${length} bytes is not a multiple of ${width}`);
  }
  const copy = cursor.takeBytes(length, "a typed array");
  if (width > 1 && IS_LITTLE_ENDIAN !== ((tag & LITTLE_ENDIAN_BIT) !== 0)) {
    for (let start = 0; start < length; start += width) copy.subarray(start, start + width).reverse();
  }
  cursor.charge(Cost.BYTES);
  return new type(copy.buffer, copy.byteOffset, length / width);
}
