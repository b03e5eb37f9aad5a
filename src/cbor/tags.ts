/**
 * The tags of the profile (PROTOCOL.md §4). Nothing is imported here, so that bundlers write the numbers where they are used.
 *
 * @module
 */

/** RFC 8949 §3.4.2: seconds since 1970. */
export const DATE_TAG = 1;
/** RFC 8949 §3.4.3. */
export const BIGNUM_TAG = 2;
/** RFC 8949 §3.4.3. */
export const NEGATIVE_BIGNUM_TAG = 3;
/** IANA registry of CBOR tags: mathematical finite set. */
export const SET_TAG = 258;
/** IANA registry of CBOR tags: map with key-value operations of `Map`. */
export const MAP_TAG = 259;

/** The greatest time of a `Date`, 8.64e15 milliseconds from 1970 (ECMA-262 §21.4.1.1). */
export const MAX_DATE_SECONDS = 8.64e12;

/** The bit of the tags of typed arrays that says little-endian, where an element has several bytes. */
export const LITTLE_ENDIAN_BIT = 4;
/** The tag of the first of them, that of `Uint8Array`. */
export const LEAST_TYPED_TAG = 64;

/** A constructor of typed arrays, as far as the codec uses one. */
export interface TypedArrayConstructor {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView;
}

/** The typed arrays of JavaScript from that tag on (RFC 8746 §2.1): no tag 76 (reserved), no floats of 16 and of 128 bits. */
export const TYPED_ARRAYS: readonly (TypedArrayConstructor | undefined)[] = [
  // Big-endian, then little-endian; the order of single bytes says that they are clamped.
  ...[Uint8Array, Uint16Array, Uint32Array, BigUint64Array],
  ...[Uint8ClampedArray, Uint16Array, Uint32Array, BigUint64Array],
  ...[Int8Array, Int16Array, Int32Array, BigInt64Array],
  ...[undefined, Int16Array, Int32Array, BigInt64Array],
  ...[undefined, Float32Array, Float64Array, undefined],
  ...[undefined, Float32Array, Float64Array],
];

/** Whether this machine keeps numbers little-endian, as all that run JavaScript do today. */
export const IS_LITTLE_ENDIAN: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
