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
export function filledLimits<Limits extends CborLimits>(defaults: Limits, given: Partial<Limits> | undefined): Limits {
  if (given === undefined) return defaults;
  const names = Object.keys(defaults) as (keyof Limits & string)[]; // the defaults have these properties and no others
  const limits = names.map((name) => {
    const limit: unknown = given[name] ?? defaults[name];
    return [name, checkInteger(name, limit as number, 1, name === "maxDepth" ? GREATEST_DEPTH : undefined)];
  });
  return Object.fromEntries(limits) as Limits; // of the same names
}

/** {@linkcode filledLimits} of values alone. */
export function cborLimits(limits: Partial<CborLimits> | undefined): CborLimits {
  return filledLimits(DEFAULT_CBOR_LIMITS, limits);
}

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
  if (typeof key !== "string") return typeof key === "number" || typeof key === "bigint";
  return key.length <= MOST_DIGITS && key.charCodeAt(0) <= NINE && /^[0-9]+$/.test(key);
}

/** What is wrong with a value that has more of those than it may. */
export function numericKeysReason({ maxNumericKeys }: CborLimits): string {
  return `more than ${maxNumericKeys} numbers in sets and as keys of maps (maxNumericKeys)`;
}
