import { placeOf } from "../src/cbor/collisions.ts";

/** What has been found so far. */
const indices: number[] = [];

/**
 * Text that JavaScriptCore keeps in one place of its tables: rapidhash without a seed multiplies what begins and ends the
 * text, combined with a constant, and these make a factor of zero of it (`RapidHash.h` of WebKit). They differ in the eight
 * characters between.
 *
 * @param number Which one, below 10^8.
 * @returns Text of 16 characters.
 */
export function collidingText(number: number): string {
  return `\u0093K\u00b8\u008b${String(number).padStart(8, "0")}\u00c9\u00ac.\u0096`;
}

/**
 * Array indices that JavaScriptCore keeps in one place of the hash table of an object, far enough from each other to be kept
 * in one.
 *
 * @param number Which one, below some thousands: each takes as long to find as 4,096 hashes.
 * @returns The index.
 */
export function collidingIndex(number: number): number {
  for (let i = (indices.at(-1) ?? 1_000_000) + 1; indices.length <= number; i++) {
    if (placeOf("", i) === 0) indices.push(i);
  }
  return indices[number]!;
}
