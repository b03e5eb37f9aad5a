import { CborError } from "./cbor_error.ts";
import type { CborLimits } from "./cbor_limits.ts";

/**
 * Refuses an item.
 *
 * @param reason Why.
 * @param offset Where.
 * @param limit The limit that it crosses, if it is for that.
 * @throws {CborError} Always.
 */
export function fail(reason: string, offset: number, limit?: string): never {
  throw new CborError(reason, offset, limit);
}

/**
 * Refuses a map for a key that stands twice.
 *
 * @param offset The first byte of the key.
 * @throws {CborError} Always.
 */
export function failAgain(offset: number): never {
  fail("a map has the same key twice", offset);
}

/**
 * Refuses an array or a map that declares more than there is.
 *
 * @param what Which of them.
 * @param count What it declares.
 * @param unit What of.
 * @param offset Where its content begins.
 * @param end Where the bytes end.
 * @throws {CborError} Always.
 */
export function failCount(what: string, count: number, unit: string, offset: number, end: number): never {
  fail(`${what} declares ${count} ${unit} where ${end - offset} bytes are present`, offset);
}

/**
 * Refuses an item for too many containers.
 *
 * @param limits The limits.
 * @param offset Where there are too many.
 * @throws {CborError} Always.
 */
export function failContainers(limits: CborLimits, offset: number): never {
  fail(`more than ${limits.maxContainers} arrays, maps and tags (maxContainers)`, offset, "maxContainers");
}

/**
 * Refuses an item for its depth.
 *
 * @param limits The limits.
 * @param offset Where it is too deep.
 * @throws {CborError} Always.
 */
export function failDepth(limits: CborLimits, offset: number): never {
  fail(`nested deeper than ${limits.maxDepth} levels (maxDepth)`, offset, "maxDepth");
}

/**
 * Refuses an item for a bignum that is too long.
 *
 * @param limits The limits.
 * @param offset Where its content begins.
 * @param length Its bytes.
 * @throws {CborError} Always.
 */
export function failBignum(limits: CborLimits, offset: number, length: number): never {
  fail(`a bignum of ${length} bytes is above ${limits.maxBignumBytes} (maxBignumBytes)`, offset, "maxBignumBytes");
}

/**
 * Refuses an item for too many numeric keys.
 *
 * @param limits The limits.
 * @param offset Where there are too many.
 * @throws {CborError} Always.
 */
export function failNumericKeys({ maxNumericKeys }: CborLimits, offset: number): never {
  fail(`more than ${maxNumericKeys} numbers in sets and as keys of maps (maxNumericKeys)`, offset, "maxNumericKeys");
}
