import { checkInteger, MAX_BIGNUM_BYTES, MAX_DEPTH, MAX_EXPANSION, MAX_NUMERIC_KEYS } from "../limits.ts";

/** What one CBOR value may cost the side that reads it. */
export interface CborLimits {
  /** Levels of arrays, maps and tags inside each other. */
  readonly maxDepth: number;
  /** Bytes of one bignum. */
  readonly maxBignumBytes: number;
  /** Members of sets and keys of `Map`s in one value that are numbers, or text of up to ten digits. */
  readonly maxNumericKeys: number;
  /**
   * What decoding may cost for each byte of the value: bytes of memory, or work that takes as long. Each value may cost
   * 32,768 besides.
   */
  readonly maxExpansion: number;
}

/** How CBOR values are read and written. */
export interface CborOptions extends Partial<CborLimits> {
  /**
   * Whether each decoded byte string has an `ArrayBuffer` of its own. Otherwise those shorter than 4 KiB may share one
   * with others of the same message.
   */
  readonly ownBuffers?: boolean;
}

/** The limits that hold where none are given. */
export const DEFAULT_CBOR_LIMITS: CborLimits = Object.freeze({
  maxDepth: MAX_DEPTH,
  maxBignumBytes: MAX_BIGNUM_BYTES,
  maxNumericKeys: MAX_NUMERIC_KEYS,
  maxExpansion: MAX_EXPANSION,
});

/** The most that `maxDepth` can be set to: each level costs stack frames, of which default stacks hold some thousands. */
export const GREATEST_DEPTH = 512;

/**
 * Fills in the limits that are not given and checks those that are.
 *
 * @throws {RangeError} If one is not an integer in its range.
 */
export function cborLimits(limits: Partial<CborLimits> | undefined): CborLimits {
  if (limits === undefined) return DEFAULT_CBOR_LIMITS;
  return {
    maxDepth: checkInteger("maxDepth", limits.maxDepth ?? MAX_DEPTH, 1, GREATEST_DEPTH),
    maxBignumBytes: checkInteger("maxBignumBytes", limits.maxBignumBytes ?? MAX_BIGNUM_BYTES),
    maxNumericKeys: checkInteger("maxNumericKeys", limits.maxNumericKeys ?? MAX_NUMERIC_KEYS),
    maxExpansion: checkInteger("maxExpansion", limits.maxExpansion ?? MAX_EXPANSION),
  };
}

/** The tags of the profile besides those of typed arrays (PROTOCOL.md §4). */
export const Tag: Readonly<{ DATE: 1; BIGNUM: 2; NEGATIVE_BIGNUM: 3; SET: 258; MAP: 259 }> = Object.freeze({
  /** RFC 8949 §3.4.2: seconds since 1970. */
  DATE: 1,
  /** RFC 8949 §3.4.3. */
  BIGNUM: 2,
  /** RFC 8949 §3.4.3. */
  NEGATIVE_BIGNUM: 3,
  /** IANA registry of CBOR tags: mathematical finite set. */
  SET: 258,
  /** IANA registry of CBOR tags: map with key-value operations of `Map`. */
  MAP: 259,
});

/** A constructor of typed arrays, as far as the codec uses one. */
export interface TypedArrayConstructor {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView;
}

/** The typed arrays of JavaScript by their tags of RFC 8746 §2.1: no tag 76 (reserved), no quadruple floats. */
export const TYPED_ARRAYS: ReadonlyMap<number, TypedArrayConstructor> = new Map<number, TypedArrayConstructor>([
  [64, Uint8Array],
  [65, Uint16Array],
  [66, Uint32Array],
  [67, BigUint64Array],
  [68, Uint8ClampedArray],
  [69, Uint16Array],
  [70, Uint32Array],
  [71, BigUint64Array],
  [72, Int8Array],
  [73, Int16Array],
  [74, Int32Array],
  [75, BigInt64Array],
  [77, Int16Array],
  [78, Int32Array],
  [79, BigInt64Array],
  [81, Float32Array],
  [82, Float64Array],
  [85, Float32Array],
  [86, Float64Array],
]);

/** The bit of these tags that says little-endian, where an element has several bytes. */
export const LITTLE_ENDIAN_BIT = 4;
/** Whether this machine keeps numbers little-endian, as all that run JavaScript do today. */
export const IS_LITTLE_ENDIAN: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The greatest time of a `Date`, 8.64e15 milliseconds from 1970 (ECMA-262 §21.4.1.1). */
export const MAX_DATE_SECONDS = 8.64e12;

/** The one key that no map may have: some code takes what stands there for an object's prototype. */
export const FORBIDDEN_KEY = "__proto__";

/** Digits of the greatest array index. */
const MOST_DIGITS = 10;
/** The code of the greatest digit. */
const NINE = 0x39;

/**
 * Reads a key as an array index: decimal digits without a sign or leading zeros.
 *
 * @returns The index; -1 if it is none.
 */
export function indexOf(key: string): number {
  if (key.length > MOST_DIGITS || !(key.charCodeAt(0) <= NINE)) return -1;
  return /^(0|[1-9][0-9]*)$/.test(key) ? Number(key) : -1;
}

/**
 * Tells whether a member of a set, or a key of a `Map`, is a number or looks like one. Engines hash numbers, and text that
 * is an array index, without a secret, so chosen ones fall together in their tables.
 */
export function isNumericKey(key: unknown): boolean {
  switch (typeof key) {
    case "number":
    case "bigint":
      return true;
    case "string":
      return key.length <= MOST_DIGITS && key.charCodeAt(0) <= NINE && /^[0-9]+$/.test(key);
    default:
      return false;
  }
}
