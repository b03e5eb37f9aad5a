/** The tags of the strict profile besides those of typed arrays (PROTOCOL.md §4). */
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

/**
 * Bytes of one element for each tag of RFC 8746 §2.1 that JavaScript has a typed array for: no tag 76 (reserved), no half
 * and no quadruple floats.
 */
export const BYTES_PER_ELEMENT: ReadonlyMap<number, number> = new Map([
  ...[64, 68, 72].map((tag) => [tag, 1] as const),
  ...[65, 69, 73, 77].map((tag) => [tag, 2] as const),
  ...[66, 70, 74, 78, 81, 85].map((tag) => [tag, 4] as const),
  ...[67, 71, 75, 79, 82, 86].map((tag) => [tag, 8] as const),
]);

/** The greatest time of a `Date`, 8.64e15 milliseconds from 1970 (ECMA-262 §21.4.1.1). */
export const MAX_DATE_SECONDS = 8.64e12;
