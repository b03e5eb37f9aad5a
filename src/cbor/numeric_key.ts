import { afterHead, argument } from "./heads.ts";
import { Tag } from "./profile.ts";

/** Text of more digits is no array index, so engines hash it as any other text. */
const MOST_DIGITS = 10;

/**
 * Tells whether a member of a set, or a key of a map of tag 259, is a number or looks like one (P4.15). V8 hashes numbers,
 * big integers and text that is an array index without a secret, so chosen ones fall together in its tables.
 *
 * @param bytes Where it lies.
 * @param start Its first byte; it is known to be an item of the profile.
 * @param end The byte after its last one.
 * @returns Whether it is.
 */
export function isNumericKey(bytes: Uint8Array, start: number, end: number): boolean {
  const initial = bytes[start]!;
  switch (initial >> 5) {
    case 0:
    case 1:
      return true;
    case 3:
      return areDigits(bytes, afterHead(start, end, initial & 0x1f), end);
    case 6: {
      const content = afterHead(start, end, initial & 0x1f);
      const number = argument(bytes, start, content, initial & 0x1f);
      return number === Tag.BIGNUM || number === Tag.NEGATIVE_BIGNUM;
    }
    default:
      return initial > 0xf8;
  }
}

function areDigits(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > MOST_DIGITS) return false;
  for (let i = start; i < end; i++) {
    if (bytes[i]! < 0x30 || bytes[i]! > 0x39) return false;
  }
  return true;
}

/**
 * Tells of a decoded member or key what {@linkcode isNumericKey} tells of its bytes.
 *
 * @param key The member or key.
 * @returns Whether it is a number or looks like one.
 */
export function isNumericValue(key: unknown): boolean {
  switch (typeof key) {
    case "number":
    case "bigint":
      return true;
    case "string":
      return key.length <= MOST_DIGITS && /^[0-9]+$/.test(key);
    default:
      return false;
  }
}
