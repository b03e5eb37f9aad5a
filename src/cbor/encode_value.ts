import { type CborLimits, cborLimits } from "./cbor_limits.ts";
import { checkEncodable } from "./check_value.ts";
import { encodeUnchecked } from "./codec.ts";
import { writePlainValue } from "./plain_values.ts";
import { copyBytes, encodeLargeBytes } from "./copy_bytes.ts";

/** cbor-x keeps its place in module variables, so an encoding inside of another would garble both. */
let isEncoding = false;

/**
 * Encodes a value as one item of the strict profile (PROTOCOL.md §4).
 *
 * Values are `undefined`, `null`, booleans, numbers, bigints, strings, `Uint8Array` and the other typed arrays, valid
 * `Date`s, `Map`s, `Set`s, arrays and plain objects of these. An `ArrayBuffer` arrives as a `Uint8Array`, a hole in an
 * array as `undefined`, `-0` as `0`. Properties whose key is a symbol, and those that are not enumerable, are left out.
 *
 * @param value The value.
 * @param limits What its encoding may cost; the defaults are what a peer accepts by default.
 * @returns Its bytes, which are the caller's to keep; they may be a view on a larger buffer.
 * @throws {TypeError} If it contains something else; the message says what and where.
 * @throws {RangeError} If it crosses a limit, as a value that contains itself does.
 */
export function encodeValue(value: unknown, limits?: Partial<CborLimits>): Uint8Array {
  const large = value instanceof Uint8Array ? encodeLargeBytes(value) : undefined;
  if (large !== undefined) return large;
  // A plain, exact copy: cbor-x returns a view on a shared buffer, of class `Buffer` where there is one.
  return copyBytes(encodeTransient(value, cborLimits(limits)));
}

/**
 * As {@linkcode encodeValue}, for a caller that copies the bytes at once.
 *
 * @param value The value.
 * @param limits What its encoding may cost.
 * @returns Its bytes, as a view that is only valid until the next value is encoded.
 * @throws {TypeError} As {@linkcode encodeValue}.
 * @throws {RangeError} As {@linkcode encodeValue}.
 */
export function encodeTransient(value: unknown, limits: CborLimits): Uint8Array {
  if (isEncoding) throw new TypeError("Cannot encode a value within a getter of another one that is being encoded");
  isEncoding = true;
  try {
    const plain = writePlainValue(value, limits);
    if (plain !== undefined) return plain;
    checkEncodable(value, limits);
    return encodeUnchecked(value);
  } finally {
    isEncoding = false;
  }
}
