import { isBytes } from "../links/foreign_value.ts";
import { type BuiltIn, builtInOf } from "./built_in.ts";
import { CborError, located, type PlaceSegment } from "./cbor_error.ts";
import { copyBytes, encodeLargeBytes, GREATEST_SHARED_BYTES, SHARED_BUFFER_BYTES } from "./copy_bytes.ts";
import { ItemWriter, Major, UNDEFINED_BYTE } from "./item_writer.ts";
import { type CborLimits, cborLimits, FORBIDDEN_KEY, isNumericKey, Tag } from "./profile.ts";

const LEAST_BUFFER_BYTES = 16_384;
/** A buffer that a large value has made is not kept. */
const GREATEST_KEPT_BYTES = 1_048_576;
const SCRATCH = new DataView(new ArrayBuffer(8));

/** Writes values as items of the strict profile (PROTOCOL.md §4): checks and encodes in one pass. */
class Encoder {
  /** Writes what is copied at once, in one buffer for all values. */
  readonly #transient = new ItemWriter();
  /** Writes small values that stay where they are, side by side in buffers that are not written over. */
  readonly #kept = new ItemWriter();
  /** Their buffer now: to ask for that takes longer than to make a view. */
  #keptBuffer = this.#kept.bytes.buffer;
  #out = this.#transient;
  #wasSmall = true;
  #limits: CborLimits = cborLimits(undefined);
  #levelsLeft = 0;
  #numericKeysLeft = 0;

  /** Encodes a value; the bytes are a view that is only valid until the next value is encoded. */
  encode(value: unknown, limits: CborLimits): Uint8Array {
    const out = this.#transient;
    out.length = 0;
    out.reserve(1, LEAST_BUFFER_BYTES);
    this.#begin(out, limits);
    this.#write(value);
    const encoded = out.bytes.subarray(0, out.length);
    if (out.bytes.length > GREATEST_KEPT_BYTES) out.drop();
    return encoded;
  }

  /** Encodes a value; the bytes are the caller's. */
  encodeKept(value: unknown, limits: CborLimits): Uint8Array {
    // A value that is not as small as the one before is written twice, and no more than that.
    const isSmall = typeof value === "string" ? 3 * value.length <= GREATEST_SHARED_BYTES : this.#wasSmall;
    if (isSmall) return this.#encodeSmall(value, limits);
    const encoded = this.encode(value, limits);
    this.#wasSmall = encoded.length <= GREATEST_SHARED_BYTES;
    return copyBytes(encoded);
  }

  /** Writes a value where it stays, if it is as small as is supposed. */
  #encodeSmall(value: unknown, limits: CborLimits): Uint8Array {
    const out = this.#kept;
    // Also where somebody has transferred the buffer, which leaves nothing of it.
    if (out.bytes.length - out.length < GREATEST_SHARED_BYTES) {
      out.drop();
      out.reserve(1, SHARED_BUFFER_BYTES);
      this.#keptBuffer = out.bytes.buffer;
    }
    const { bytes, length: start } = out;
    let length = -1;
    try {
      this.#begin(out, limits);
      this.#write(value);
      length = out.length - start;
    } finally {
      if (length < 0) {
        out.length = start;
        if (out.bytes !== bytes) out.drop();
      }
    }
    if (out.bytes === bytes && length <= GREATEST_SHARED_BYTES) return new Uint8Array(this.#keptBuffer, start, length);
    this.#wasSmall = length <= GREATEST_SHARED_BYTES;
    const encoded = copyBytes(out.bytes.subarray(start, out.length));
    if (out.bytes === bytes) out.length = start;
    else out.drop();
    return encoded;
  }

  #begin(out: ItemWriter, limits: CborLimits): void {
    this.#out = out;
    this.#limits = limits;
    this.#levelsLeft = limits.maxDepth;
    this.#numericKeysLeft = limits.maxNumericKeys;
  }

  #write(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.#out.text(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return this.#out.byte(value ? 0xf5 : 0xf4);
      case "undefined":
        return this.#out.byte(UNDEFINED_BYTE);
      case "object":
        return value === null ? this.#out.byte(0xf6) : this.#object(value);
      case "bigint":
        return this.#bigint(value);
      default:
        fail(`a ${typeof value} has no encoding`);
    }
  }

  #number(value: number): void {
    // 1 / value tells 0 from -0, which is a float.
    if (value >>> 0 === value && (value !== 0 || 1 / value > 0)) this.#out.head(Major.UNSIGNED, value);
    else if (value !== 0 && Number.isSafeInteger(value)) this.#out.integer(value);
    else this.#out.float(value);
  }

  #bigint(value: bigint): void {
    const isNegative = value < 0n;
    const magnitude = isNegative ? -1n - value : value;
    const bytes = bytesOf(magnitude);
    const { maxBignumBytes } = this.#limits;
    if (bytes.length > maxBignumBytes) {
      fail(`a bigint of ${bytes.length} bytes is above ${maxBignumBytes} (maxBignumBytes)`, "maxBignumBytes");
    }
    this.#enter(Major.TAG, isNegative ? Tag.NEGATIVE_BIGNUM : Tag.BIGNUM);
    this.#out.byteString(bytes);
    this.#levelsLeft += 1;
  }

  #object(value: object): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) this.#members(value as Readonly<Record<string, unknown>>);
    else if (prototype === Array.prototype && Array.isArray(value)) this.#items(value);
    else if (prototype === Uint8Array.prototype && isBytes(value)) this.#out.byteString(value);
    else this.#builtIn(value, builtInOf(value));
  }

  #builtIn(value: object, builtIn: BuiltIn | undefined): void {
    switch (builtIn?.kind) {
      case "object":
        return this.#members(value as Readonly<Record<string, unknown>>);
      case "array":
        return this.#items(value as readonly unknown[]);
      case "bytes":
        return this.#byteString(value as ArrayBufferView);
      case "buffer":
        return this.#out.byteString(new Uint8Array(value as ArrayBuffer));
      case "typed array":
        this.#enter(Major.TAG, builtIn.tag);
        this.#byteString(value as ArrayBufferView);
        this.#levelsLeft += 1;
        return;
      case "map":
        return this.#map(value as ReadonlyMap<unknown, unknown>);
      case "set":
        return this.#set(value as ReadonlySet<unknown>);
      case "date":
        return this.#date(value as Date);
      case undefined:
        fail(`${className(value)} has no encoding; make it a plain object, an array or bytes`);
    }
  }

  /** Goes a level down and writes a head. */
  #enter(major: number, argument: number): void {
    if (--this.#levelsLeft < 0) {
      fail(`nested deeper than ${this.#limits.maxDepth} levels (maxDepth), or contains itself`, "maxDepth");
    }
    this.#out.head(major, argument);
  }

  #items(items: readonly unknown[]): void {
    // A getter may make it longer in the meantime.
    const { length } = items;
    this.#enter(Major.ARRAY, length);
    let i = 0;
    try {
      for (; i < length; i++) this.#write(items[i]);
    } catch (error) {
      throw located(error, i);
    }
    this.#levelsLeft += 1;
  }

  #members(value: Readonly<Record<string, unknown>>): void {
    const keys = Object.keys(value);
    this.#enter(Major.MAP, keys.length);
    let i = 0;
    try {
      for (; i < keys.length; i++) {
        const key = keys[i]!;
        if (key === FORBIDDEN_KEY) fail("an object may not have a property of this name; use a Map");
        this.#out.text(key);
        this.#write(value[key]);
      }
    } catch (error) {
      throw located(error, keys[i]!);
    }
    this.#levelsLeft += 1;
  }

  #byteString({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    this.#out.byteString(new Uint8Array(buffer, byteOffset, byteLength));
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    // What a loop over a map of another realm gives is of that realm, and is what it looks like.
    const entries = [...MAP_ENTRIES.call(map)];
    this.#enter(Major.TAG, Tag.MAP);
    this.#enter(Major.MAP, entries.length);
    for (let i = 0; i < entries.length; i++) {
      const [key, value] = entries[i]!;
      this.#member(key, { kind: "key", index: i });
      try {
        this.#write(value);
      } catch (error) {
        throw located(error, { kind: "get", key });
      }
    }
    this.#levelsLeft += 2;
  }

  #set(set: ReadonlySet<unknown>): void {
    const members = [...SET_VALUES.call(set)];
    this.#enter(Major.TAG, Tag.SET);
    this.#enter(Major.ARRAY, members.length);
    for (let i = 0; i < members.length; i++) this.#member(members[i], { kind: "member", index: i });
    this.#levelsLeft += 2;
  }

  /** Writes a member of a set or a key of a `Map`, of which there may not be many that are numeric. */
  #member(member: unknown, segment: PlaceSegment): void {
    try {
      if (isNumericKey(member) && --this.#numericKeysLeft < 0) {
        const { maxNumericKeys } = this.#limits;
        const reason = `more than ${maxNumericKeys} numbers in sets and as keys of maps (maxNumericKeys)`;
        fail(reason, "maxNumericKeys");
      }
      this.#write(member);
    } catch (error) {
      throw located(error, segment);
    }
  }

  #date(date: Date): void {
    const time = GET_TIME.call(date);
    const seconds = time / 1000;
    // Beyond 2^42 seconds floats lie too wide apart for some milliseconds (S44).
    if (Math.round(seconds * 1000) !== time) {
      fail("an invalid Date, or one that seconds cannot tell exactly, has no encoding");
    }
    this.#enter(Major.TAG, Tag.DATE);
    this.#number(seconds);
    this.#levelsLeft += 1;
  }
}

const MAP_ENTRIES = Map.prototype.entries;
const SET_VALUES = Set.prototype.values;
const GET_TIME = Date.prototype.getTime;

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

function fail(reason: string, limit?: string): never {
  throw new CborError(reason, undefined, limit);
}

function className(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== ""
    ? `an object of class ${name.slice(0, 100)}`
    : "an object with a prototype of its own";
}

/** The encoder that is not at work; none while a getter of a value encodes another one. */
let idle: Encoder | undefined = new Encoder();

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
export function encodeValue(value: unknown, limits?: Partial<CborLimits>): Uint8Array {
  const large = isBytes(value) ? encodeLargeBytes(value) : undefined;
  if (large !== undefined) return large;
  const checked = cborLimits(limits);
  const encoder = idle ?? new Encoder();
  idle = undefined;
  try {
    return encoder.encodeKept(value, checked);
  } finally {
    idle = encoder;
  }
}

/**
 * As {@linkcode encodeValue}, for a caller that copies the bytes at once.
 *
 * @returns Its bytes, as a view that is only valid until the next value is encoded.
 * @throws {CborError} As {@linkcode encodeValue}.
 */
export function encodeTransient(value: unknown, limits: CborLimits): Uint8Array {
  const encoder = idle ?? new Encoder();
  idle = undefined;
  try {
    return encoder.encode(value, limits);
  } finally {
    idle = encoder;
  }
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
