/**
 * Seeded randomness, and values of every kind that can be encoded.
 *
 * @module
 */

/** A source of numbers from 0 to below 1. */
export type Random = () => number;

/**
 * A seeded source of randomness (mulberry32).
 *
 * @param seed Any integer.
 * @returns The source.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * An integer from 0 to below a bound.
 *
 * @param random The source.
 * @param bound The bound.
 * @returns The integer.
 */
export function below(random: Random, bound: number): number {
  return Math.floor(random() * bound);
}

const ALPHABET = ["a", "Z", "0", " ", "\u0000", "\u007f", "ä", "߿", "水", "\ufeff", "\uffff", "𐅑", "😀", "\u{10ffff}"];
const NUMBERS = [0, 0, 1, 23, 24, 255, 256, 65535, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 0.1, 1.5, 1e300];
const SPECIAL_NUMBERS = [NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_SAFE_INTEGER];
const LENGTHS = [0, 1, 3, 23, 24, 31, 32, 63, 64, 65, 255, 256, 300];

/** Names that objects have of their prototype, and names that libraries use. */
const KEYS = ["constructor", "prototype", "hasOwnProperty", "toString", "__keys__", "1", "10", "id", "name"];
const TYPED_ARRAYS = [
  ...[Uint8ClampedArray, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array],
  ...[BigInt64Array, BigUint64Array],
];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)]!;
}

/**
 * Text with characters of every length in UTF-8.
 *
 * @param random The source.
 * @returns The text.
 */
export function randomText(random: Random): string {
  const isAscii = random() < 0.5;
  const length = random() < 0.8 ? below(random, 12) : pick(random, LENGTHS);
  return Array.from({ length }, () => isAscii ? "x" : pick(random, ALPHABET)).join("");
}

function randomNumber(random: Random): number {
  return random() < 0.2 ? pick(random, SPECIAL_NUMBERS) : pick(random, NUMBERS) * (random() < 0.3 ? -1 : 1);
}

function randomBigint(random: Random): bigint {
  const shift = random() < 0.5 ? below(random, 40) : below(random, 300);
  const magnitude = BigInt(below(random, random() < 0.2 ? 3 : 2 ** 31)) << BigInt(shift);
  return random() < 0.5 ? magnitude : -magnitude;
}

function randomBytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: pick(random, LENGTHS) }, () => below(random, 256));
}

function randomTypedArray(random: Random): unknown {
  const bytes = new Uint8Array(below(random, 5) * 8).map(() => below(random, 256));
  return new (pick(random, TYPED_ARRAYS))(bytes.buffer);
}

function randomLeaf(random: Random): unknown {
  switch (below(random, 9)) {
    case 0:
      return pick(random, [null, undefined, true, false]);
    case 1:
    case 2:
      return randomNumber(random);
    case 3:
      return randomBigint(random);
    case 4:
      return randomBytes(random);
    case 5:
      return randomTypedArray(random);
    case 6:
      return new Date(below(random, 2 ** 42) - 2 ** 41);
    default:
      return randomText(random);
  }
}

function randomKey(random: Random): string {
  return random() < 0.3 ? pick(random, KEYS) : randomText(random);
}

function list(random: Random, depth: number): unknown[] {
  const length = random() < 0.95 ? below(random, 6) : 30;
  return Array.from({ length }, () => randomValue(random, depth - 1));
}

/**
 * A value of any kind.
 *
 * @param random The source.
 * @param depth How deep arrays, objects, maps and sets may lie in each other.
 * @returns The value.
 */
export function randomValue(random: Random, depth = 4): unknown {
  if (depth <= 0) return randomLeaf(random);
  switch (below(random, 8)) {
    case 0:
      return list(random, depth);
    case 1:
    case 2:
      return Object.fromEntries(list(random, depth).map((value) => [randomKey(random), value]));
    case 3:
      return new Set(list(random, depth));
    case 4:
      return new Map(list(random, depth).map((value) => [randomValue(random, depth - 1), value]));
    default:
      return randomLeaf(random);
  }
}
