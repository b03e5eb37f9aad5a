import { located, type PlaceSegment } from "./cbor_error.ts";
import { Cost } from "./cost.ts";
import {
  type CborLimits,
  IS_LITTLE_ENDIAN,
  isNumericKey,
  LITTLE_ENDIAN_BIT,
  MAX_DATE_SECONDS,
  Tag,
  TYPED_ARRAYS,
  type TypedArrayConstructor,
} from "./profile.ts";

/** What the content of a tag is read from: the decoder. */
export interface ItemSource {
  /** What one value may cost. */
  readonly limits: CborLimits;
  /** The next byte to be read. */
  readonly offset: number;
  /** Reads the next item. */
  item(): unknown;
  /** Passes over the head of an item of one major type and returns its argument. */
  expect(major: number, otherwise: string): number;
  /** Whether the next item is an integer or a float. */
  isNumber(): boolean;
  /** Passes over bytes and returns a view of them, which is not to be kept. */
  viewBytes(length: number, what: string): Uint8Array;
  /** Passes over bytes and returns a copy of them that is aligned for every typed array. */
  takeBytes(length: number, what: string): Uint8Array<ArrayBuffer>;
  /** Begins a container of so many members, of one item or two each. */
  enter(what: string, count: number, items: 1 | 2, cost: number): void;
  /** Notes that the next items of a container are about to be read. */
  expectNext(count: number): void;
  /** Ends a container. */
  leave(): void;
  /** Counts a number in a set, or as the key of a `Map`. */
  countNumericKey(start: number): void;
  /** Charges for what a key of a table may collide with. */
  noteKey(name: string): void;
  /** Takes what comes next from the budget. */
  charge(cost: number): void;
  /** Refuses a map for a key that stands twice. */
  failRepeated(key: PlaceSegment, start: number): never;
  /** Refuses the item. */
  fail(reason: string, offset?: number, limit?: string): never;
}

/**
 * Reads what stands behind the head of a tag.
 *
 * @throws {CborError} If it is not what the tag says, or the tag is not one of the profile.
 */
export function readTagged(source: ItemSource, tag: number): unknown {
  switch (tag) {
    case Tag.DATE:
      return readDate(source);
    case Tag.BIGNUM:
    case Tag.NEGATIVE_BIGNUM:
      return readBignum(source, tag);
    case Tag.SET:
      return readSet(source);
    case Tag.MAP:
      return readMap(source);
    default: {
      const type = TYPED_ARRAYS.get(tag);
      return type === undefined ? source.fail(`tag ${tag} is not allowed`) : readTypedArray(source, tag, type);
    }
  }
}

/** Seconds since 1970 that make a valid `Date`. */
function readDate(source: ItemSource): Date {
  if (!source.isNumber()) source.fail("a date (tag 1) is neither an integer nor a float");
  const { offset } = source;
  const seconds = source.item();
  if (typeof seconds !== "number" || !(Math.abs(seconds) <= MAX_DATE_SECONDS)) {
    source.fail(`a date (tag 1) of ${seconds} seconds is out of range`, offset);
  }
  source.charge(Cost.DATE);
  return new Date(Math.round(seconds * 1000));
}

function readBignum(source: ItemSource, tag: number): bigint {
  const length = source.expect(2, "a bignum is not a byte string");
  const { maxBignumBytes } = source.limits;
  if (length > maxBignumBytes) {
    const reason = `a bignum of ${length} bytes is above ${maxBignumBytes} (maxBignumBytes)`;
    source.fail(reason, source.offset, "maxBignumBytes");
  }
  source.charge(Cost.BIGINT + Cost.BIGNUM_BYTE * length);
  const magnitude = bigintOf(source.viewBytes(length, "a bignum"));
  return tag === Tag.BIGNUM ? magnitude : -1n - magnitude;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const SCRATCH = new DataView(new ArrayBuffer(8));

function bigintOf(bytes: Uint8Array): bigint {
  if (bytes.length <= 8) {
    SCRATCH.setBigUint64(0, 0n);
    for (let i = 0; i < bytes.length; i++) SCRATCH.setUint8(8 - bytes.length + i, bytes[i]!);
    return SCRATCH.getBigUint64(0);
  }
  let hex = "0x0";
  for (let i = 0; i < bytes.length; i++) hex += HEX[bytes[i]!]!;
  return BigInt(hex);
}

/** Members that are the same are one. */
function readSet(source: ItemSource): Set<unknown> {
  const count = source.expect(4, "a set (tag 258) is not an array");
  source.enter("a set", count, 1, Cost.TABLE + Cost.TABLE_ENTRY * count);
  const set = new Set();
  for (let i = 0; i < count; i++) {
    source.expectNext(1);
    set.add(readMember(source, count, { kind: "member", index: i }));
  }
  source.leave();
  return set;
}

/** A map with keys of any kind. Those that `Map` compares by value may not repeat; the others are never the same. */
function readMap(source: ItemSource): Map<unknown, unknown> {
  const count = source.expect(5, "a map of tag 259 is not a map");
  source.enter("a map", count, 2, Cost.TABLE + Cost.TABLE_ENTRY * count);
  const map = new Map();
  for (let i = 0; i < count; i++) {
    source.expectNext(2);
    const start = source.offset;
    const key = readMember(source, count, { kind: "key", index: i });
    map.set(key, readEntry(source, key));
    if (map.size === i) source.failRepeated({ kind: "key", index: i }, start);
  }
  source.leave();
  return map;
}

function readEntry(source: ItemSource, key: unknown): unknown {
  try {
    return source.item();
  } catch (error) {
    throw located(error, { kind: "get", key });
  }
}

/** Reads one of so many members of a set or keys of a `Map`, of which the numeric ones are counted. */
function readMember(source: ItemSource, count: number, segment: PlaceSegment): unknown {
  const start = source.offset;
  try {
    const member = source.item();
    if (isNumericKey(member)) source.countNumericKey(start);
    else if (count > Cost.FEW_MEMBERS && typeof member === "string") source.noteKey(member);
    return member;
  } catch (error) {
    throw located(error, segment);
  }
}

function readTypedArray(source: ItemSource, tag: number, type: TypedArrayConstructor): ArrayBufferView {
  const { BYTES_PER_ELEMENT: width } = type;
  const length = source.expect(2, `a typed array (tag ${tag}) is not a byte string`);
  if (length % width !== 0) {
    source.fail(`a typed array (tag ${tag}) of ${length} bytes is not a multiple of ${width}`);
  }
  const bytes = source.takeBytes(length, "a typed array");
  if (width > 1 && IS_LITTLE_ENDIAN !== ((tag & LITTLE_ENDIAN_BIT) !== 0)) reverseElements(bytes, width);
  source.charge(Cost.BYTES);
  return new type(bytes.buffer, bytes.byteOffset, length / width);
}

function reverseElements(bytes: Uint8Array, width: number): void {
  for (let start = 0; start < bytes.length; start += width) {
    for (let low = start, high = start + width - 1; low < high; low++, high--) {
      const byte = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = byte;
    }
  }
}
