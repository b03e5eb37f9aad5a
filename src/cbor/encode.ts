import { isBytes } from "../links/foreign_value.ts";
import { builtInOf } from "./built_in.ts";
import { CborError, entryText, located, propertyText } from "./cbor_error.ts";
import { copyBytes, encodeLargeBytes, GREATEST_SHARED_BYTES, SHARED_BUFFER_BYTES } from "./copy_bytes.ts";
import { ItemWriter, Major, UNDEFINED_BYTE } from "./item_writer.ts";
import { type CborLimits, DEFAULT_CBOR_LIMITS, FORBIDDEN_KEY, isNumericKey, numericKeysReason } from "./profile.ts";
import { BIGNUM_TAG, DATE_TAG, MAP_TAG, NEGATIVE_BIGNUM_TAG, SET_TAG } from "./tags.ts";

const LEAST_BUFFER_BYTES = 16_384;
/** A buffer that a large value has made is not kept. */
const GREATEST_KEPT_BYTES = 1_048_576;
const SCRATCH = new DataView(new ArrayBuffer(8));

const MAP_ENTRIES = Map.prototype.entries;
const SET_VALUES = Set.prototype.values;
const GET_TIME = Date.prototype.getTime;

/** What a value is written to, and what it may still have. */
interface Writing {
  readonly out: ItemWriter;
  limits: CborLimits;
  levels: number;
  numericKeys: number;
  /** Whether a value is written now, of which a getter may have another one encoded. */
  isBusy: boolean;
}

function newWriting(): Writing {
  return { out: new ItemWriter(), limits: DEFAULT_CBOR_LIMITS, levels: 0, numericKeys: 0, isBusy: false };
}

/** Writes what is copied at once, in one buffer for all values. */
const TRANSIENT = newWriting();
/** Writes small values that stay where they are, side by side in buffers that are not written over. */
const KEPT = newWriting();
/** Its buffer now: to ask for that takes longer than to make a view. */
let keptBuffer = KEPT.out.bytes.buffer;
/** Whether the value before was small. */
let wasSmall = true;

/**
 * Encodes a value as one item of the strict profile (PROTOCOL.md §4).
 *
 * Values are `undefined`, `null`, booleans, numbers, bigints, strings, `Uint8Array` and the other typed arrays, valid
 * `Date`s, `Map`s, `Set`s, arrays and plain objects of these, also those of another realm. An `ArrayBuffer` arrives as a
 * `Uint8Array`, a hole in an array as `undefined`. Properties whose key is a symbol, and those that are not enumerable, are
 * left out.
 *
 * @param limits What the peer accepts: depth, bignums, numeric keys.
 * @returns Its bytes, which are the caller's to keep; they may be a view on a larger buffer.
 * @throws {CborError} If it contains something else, or crosses a limit, as a value that contains itself does.
 */
export function encodeValue(value: unknown, limits: CborLimits = DEFAULT_CBOR_LIMITS): Uint8Array {
  const large = isBytes(value) ? encodeLargeBytes(value) : undefined;
  if (large !== undefined) return large;
  // A value that is not as small as the one before is written twice, and no more than that.
  const isSmall = typeof value === "string" ? 3 * value.length <= GREATEST_SHARED_BYTES : wasSmall;
  if (isSmall && !KEPT.isBusy) return encodeSmall(value, limits);
  const encoded = encodeTransient(value, limits);
  wasSmall = encoded.length <= GREATEST_SHARED_BYTES;
  return copyBytes(encoded);
}

/** Writes a value where it stays, if it is as small as is supposed. */
function encodeSmall(value: unknown, limits: CborLimits): Uint8Array {
  const { out } = KEPT;
  const capacity = out.bytes.length;
  // Also where somebody has transferred the buffer, which leaves nothing of it, or a value that failed has made it larger.
  if (capacity !== SHARED_BUFFER_BYTES || capacity - out.length < GREATEST_SHARED_BYTES) {
    out.drop();
    out.reserve(1, SHARED_BUFFER_BYTES);
    keptBuffer = out.bytes.buffer;
  }
  const { bytes, length: start } = out;
  writeTo(KEPT, value, limits);
  const length = out.length - start;
  wasSmall = length <= GREATEST_SHARED_BYTES;
  if (wasSmall && out.bytes === bytes) return new Uint8Array(keptBuffer, start, length);
  const encoded = copyBytes(out.bytes.subarray(start, out.length));
  if (out.bytes === bytes) out.length = start;
  else out.drop();
  return encoded;
}

/**
 * As {@linkcode encodeValue}, for a caller that copies the bytes at once.
 *
 * @returns Its bytes, as a view that is only valid until the next value is encoded.
 * @throws {CborError} As {@linkcode encodeValue}.
 */
export function encodeTransient(value: unknown, limits: CborLimits): Uint8Array {
  const writing = TRANSIENT.isBusy ? newWriting() : TRANSIENT;
  const { out } = writing;
  out.length = 0;
  out.reserve(1, LEAST_BUFFER_BYTES);
  writeTo(writing, value, limits);
  const encoded = out.bytes.subarray(0, out.length);
  if (out.bytes.length > GREATEST_KEPT_BYTES) out.drop();
  return encoded;
}

/**
 * Writes a value after what is written already. The common ones of an envelope take no detour.
 *
 * @throws {CborError} As {@linkcode encodeValue}.
 */
export function writeValue(out: ItemWriter, value: unknown, limits: CborLimits): void {
  if (typeof value === "string") out.text(value);
  else if (typeof value === "number" && value >>> 0 === value && (value !== 0 || 1 / value > 0)) out.integer(value);
  else if (isBytes(value)) out.byteString(value);
  else out.raw(encodeTransient(value, limits));
}

function writeTo(writing: Writing, value: unknown, limits: CborLimits): void {
  writing.limits = limits;
  writing.levels = limits.maxDepth;
  writing.numericKeys = limits.maxNumericKeys;
  writing.isBusy = true;
  try {
    write(writing, value);
  } finally {
    writing.isBusy = false;
  }
}

function fail(reason: string, limit?: keyof CborLimits): never {
  throw new CborError(reason, undefined, limit);
}

/** Writes a value as an item of the strict profile (PROTOCOL.md §4): checks and encodes in one pass. */
function write(writing: Writing, value: unknown): void {
  switch (typeof value) {
    case "string":
      return writing.out.text(value);
    case "number":
      return writeNumber(writing, value);
    case "boolean":
      return writing.out.byte(value ? 0xf5 : 0xf4);
    case "undefined":
      return writing.out.byte(UNDEFINED_BYTE);
    case "object":
      return value === null ? writing.out.byte(0xf6) : writeObject(writing, value);
    case "bigint":
      return writeBigint(writing, value);
    default:
      fail(`a ${typeof value} has no encoding`);
  }
}

function writeNumber(writing: Writing, value: number): void {
  // 1 / value tells 0 from -0, which is a float.
  if (value >>> 0 === value && (value !== 0 || 1 / value > 0)) writing.out.head(Major.UNSIGNED, value);
  else if (value !== 0 && Number.isSafeInteger(value)) writing.out.integer(value);
  else writing.out.float(value);
}

function writeBigint(writing: Writing, value: bigint): void {
  const isNegative = value < 0n;
  const bytes = bytesOf(isNegative ? -1n - value : value);
  const { maxBignumBytes } = writing.limits;
  if (bytes.length > maxBignumBytes) {
    fail(`a bigint of ${bytes.length} bytes is above ${maxBignumBytes} (maxBignumBytes)`, "maxBignumBytes");
  }
  enter(writing, Major.TAG, isNegative ? NEGATIVE_BIGNUM_TAG : BIGNUM_TAG);
  writing.out.byteString(bytes);
  writing.levels += 1;
}

/** The bytes of a number from 0, without leading zeros. */
function bytesOf(magnitude: bigint): Uint8Array {
  if (magnitude >> 64n === 0n) {
    SCRATCH.setBigUint64(0, magnitude);
    let zeros = 0;
    while (zeros < 8 && SCRATCH.getUint8(zeros) === 0) zeros += 1;
    return new Uint8Array(SCRATCH.buffer, zeros);
  }
  const digits = magnitude.toString(16);
  const hex = digits.length % 2 === 0 ? digits : `0${digits}`;
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(i * 2, i * 2 + 2), 16));
}

function writeObject(writing: Writing, value: object): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) writeMembers(writing, value as Readonly<Record<string, unknown>>);
  else if (prototype === Array.prototype && Array.isArray(value)) writeItems(writing, value);
  else if (prototype === Uint8Array.prototype && isBytes(value)) writing.out.byteString(value);
  else writeBuiltIn(writing, value);
}

/** Writes what is not as plain; what it is has been found out by `builtInOf`. */
function writeBuiltIn(writing: Writing, value: object): void {
  const builtIn = builtInOf(value);
  switch (builtIn) {
    case "Object":
      return writeMembers(writing, value as Readonly<Record<string, unknown>>);
    case "Array":
      return writeItems(writing, value as readonly unknown[]);
    case "Uint8Array":
      return writeBytes(writing, value as ArrayBufferView);
    case "ArrayBuffer":
      return writing.out.byteString(new Uint8Array(value as ArrayBuffer));
    case "Map":
      return writeMap(writing, value as ReadonlyMap<unknown, unknown>);
    case "Set":
      return writeSet(writing, value as ReadonlySet<unknown>);
    case "Date":
      return writeDate(writing, value as Date);
    case undefined:
      fail(`${className(value)} has no encoding; make it a plain object, an array or bytes`);
  }
  enter(writing, Major.TAG, builtIn);
  writeBytes(writing, value as ArrayBufferView);
  writing.levels += 1;
}

function className(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== ""
    ? `an object of class ${name.slice(0, 100)}`
    : "an object with a prototype of its own";
}

/** Goes a level down and writes a head. */
function enter(writing: Writing, major: number, argument: number): void {
  if (--writing.levels < 0) {
    fail(`nested deeper than ${writing.limits.maxDepth} levels (maxDepth), or contains itself`, "maxDepth");
  }
  writing.out.head(major, argument);
}

function writeItems(writing: Writing, items: readonly unknown[]): void {
  // A getter may make it longer in the meantime.
  const { length } = items;
  enter(writing, Major.ARRAY, length);
  let i = 0;
  try {
    for (; i < length; i++) write(writing, items[i]);
  } catch (error) {
    throw located(error, `[${i}]`);
  }
  writing.levels += 1;
}

function writeMembers(writing: Writing, value: Readonly<Record<string, unknown>>): void {
  const keys = Object.keys(value);
  enter(writing, Major.MAP, keys.length);
  let i = 0;
  try {
    for (; i < keys.length; i++) {
      const key = keys[i]!;
      if (key === FORBIDDEN_KEY) fail("an object may not have a property of this name; use a Map");
      writing.out.text(key);
      write(writing, value[key]);
    }
  } catch (error) {
    throw located(error, propertyText(keys[i]!));
  }
  writing.levels += 1;
}

function writeBytes(writing: Writing, { buffer, byteOffset, byteLength }: ArrayBufferView): void {
  writing.out.byteString(new Uint8Array(buffer, byteOffset, byteLength));
}

function writeMap(writing: Writing, map: ReadonlyMap<unknown, unknown>): void {
  // What a loop over a map of another realm gives is of that realm, and is what it looks like.
  const entries = [...MAP_ENTRIES.call(map)];
  enter(writing, Major.TAG, MAP_TAG);
  enter(writing, Major.MAP, entries.length);
  for (let i = 0; i < entries.length; i++) {
    const [key, value] = entries[i]!;
    writeMember(writing, key, "key", i);
    try {
      write(writing, value);
    } catch (error) {
      throw located(error, entryText(key));
    }
  }
  writing.levels += 2;
}

function writeSet(writing: Writing, set: ReadonlySet<unknown>): void {
  const members = [...SET_VALUES.call(set)];
  enter(writing, Major.TAG, SET_TAG);
  enter(writing, Major.ARRAY, members.length);
  for (let i = 0; i < members.length; i++) writeMember(writing, members[i], "member", i);
  writing.levels += 2;
}

/** Writes a member of a set or a key of a `Map`, of which there may not be many that are numeric. */
function writeMember(writing: Writing, member: unknown, kind: string, index: number): void {
  try {
    if (isNumericKey(member) && --writing.numericKeys < 0) fail(numericKeysReason(writing.limits), "maxNumericKeys");
    write(writing, member);
  } catch (error) {
    throw located(error, `.${kind}(${index})`);
  }
}

function writeDate(writing: Writing, date: Date): void {
  const time = GET_TIME.call(date);
  const seconds = time / 1000;
  // Beyond 2^42 seconds floats lie too wide apart for some milliseconds (S44).
  if (Math.round(seconds * 1000) !== time) {
    fail("an invalid Date, or one that seconds cannot tell exactly, has no encoding");
  }
  enter(writing, Major.TAG, DATE_TAG);
  writeNumber(writing, seconds);
  writing.levels += 1;
}
