import { checkInteger, MAX_BIGNUM_BYTES, MAX_CONTAINERS, MAX_DEPTH, MAX_NUMERIC_KEYS } from "../limits.ts";

/** What one CBOR value may cost whoever reads it. */
export interface CborLimits {
  /** Levels of arrays, maps and tags inside each other. */
  readonly maxDepth: number;
  /** Arrays, maps and tags in one value. */
  readonly maxContainers: number;
  /** Bytes of one bignum. */
  readonly maxBignumBytes: number;
  /** Members of sets and keys of `Map`s in one value that are numbers, or text of up to ten digits. */
  readonly maxNumericKeys: number;
}

/** The limits that hold where none are given. */
export const DEFAULT_CBOR_LIMITS: CborLimits = Object.freeze({
  maxDepth: MAX_DEPTH,
  maxContainers: MAX_CONTAINERS,
  maxBignumBytes: MAX_BIGNUM_BYTES,
  maxNumericKeys: MAX_NUMERIC_KEYS,
});

/**
 * The most that `maxDepth` can be set to: each level costs a stack frame here and one in cbor-x, which overflowed from
 * 2,200 levels on (measured on Node, Deno and Bun with default stacks).
 */
export const GREATEST_DEPTH = 512;

/**
 * Fills in the limits that are not given and checks those that are.
 *
 * @param limits Some limits, or none.
 * @returns All of them.
 * @throws {RangeError} If one is not an integer in its range.
 */
export function cborLimits(limits: Partial<CborLimits> | undefined): CborLimits {
  if (limits === undefined) return DEFAULT_CBOR_LIMITS;
  return {
    maxDepth: checkInteger("maxDepth", limits.maxDepth ?? MAX_DEPTH, 1, GREATEST_DEPTH),
    maxContainers: checkInteger("maxContainers", limits.maxContainers ?? MAX_CONTAINERS),
    maxBignumBytes: checkInteger("maxBignumBytes", limits.maxBignumBytes ?? MAX_BIGNUM_BYTES),
    maxNumericKeys: checkInteger("maxNumericKeys", limits.maxNumericKeys ?? MAX_NUMERIC_KEYS),
  };
}
