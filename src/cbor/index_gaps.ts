/**
 * Engines keep properties that are array indices in an array, with room for all between: V8 makes it for an index that is
 * less than this beyond the room there is. So `{"1023":0}`, seven bytes, takes 12 KB, and half a million of them 6 GB.
 */
const WIDE_GAP = 1_024;
/** So many take about as much room as a small container. */
const INDICES_PER_CONTAINER = 8;
/** Digits of the greatest array index. */
const MOST_DIGITS = 10;
const ZERO = 0x30;

/**
 * Tells as how many containers a key counts for the room that it makes in its object (P4.16).
 *
 * @param index The key, an array index.
 * @param next What {@linkcode indexAfter} returned for the index before, 0 for the first.
 * @returns How many.
 */
export function containersBefore(index: number, next: number): number {
  const gap = index - next;
  return gap < INDICES_PER_CONTAINER || gap >= WIDE_GAP ? 0 : Math.floor(gap / INDICES_PER_CONTAINER);
}

/**
 * Tells where the room of an object ends with one more key.
 *
 * @param index The key, an array index.
 * @param next Where it ended before.
 * @returns The index after it.
 */
export function indexAfter(index: number, next: number): number {
  return index < next || index - next >= WIDE_GAP ? next : index + 1;
}

/**
 * Reads a key as an array index.
 *
 * @param bytes Where its text lies.
 * @param start The first byte.
 * @param end The byte after the last one.
 * @returns The index, or -1 if it is none.
 */
export function readIndex(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0 || length > MOST_DIGITS || (length > 1 && bytes[start] === ZERO)) return -1;
  let index = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    index = index * 10 + digit;
  }
  return index;
}

/**
 * Tells of a key what {@linkcode readIndex} tells of its bytes.
 *
 * @param key The key.
 * @returns The index, or -1 if it is none.
 */
export function indexOf(key: string): number {
  return key.length <= MOST_DIGITS && /^(0|[1-9][0-9]*)$/.test(key) ? Number(key) : -1;
}
