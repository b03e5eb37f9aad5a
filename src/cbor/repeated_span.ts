/** What {@linkcode inTable} returns when it gives up. */
const UNKNOWN = -2;
/** Steps that a table takes for one span: less than two on average, unless its spans are chosen to fall together. */
const MAX_STEPS_PER_SPAN = 8;

/**
 * Looks for two spans of bytes that are the same. Whoever knows the hash of a table makes all spans fall together, so one
 * that takes too many steps is given up; then the hash only sorts, and where it cannot tell spans apart their bytes do, which
 * takes n · log n steps at the worst.
 *
 * @param bytes Where the spans lie.
 * @param spans The start and the end of each, in turn.
 * @param first Where in the list the first of them is.
 * @param top Where in the list the last of them ends.
 * @returns The start of a span that is the same as an earlier one, or -1.
 */
export function repeatedSpan(bytes: Uint8Array, spans: ArrayLike<number>, first: number, top: number): number {
  const found = inTable(bytes, spans, first, top);
  return found === UNKNOWN ? inOrder(bytes, spans, first, top) : found;
}

function inTable(bytes: Uint8Array, spans: ArrayLike<number>, first: number, top: number): number {
  const size = 2 ** Math.ceil(Math.log2(top - first));
  // The place of a span in the list, counted from 1.
  const table = new Int32Array(size);
  let steps = ((top - first) / 2) * MAX_STEPS_PER_SPAN;
  for (let i = first; i < top; i += 2) {
    const start = spans[i]!;
    const length = spans[i + 1]! - start;
    let slot = hashOf(bytes, start, start + length) & (size - 1);
    for (; table[slot] !== 0; slot = (slot + 1) & (size - 1)) {
      const other = table[slot]! - 1;
      const isSame = spans[other + 1]! - spans[other]! === length &&
        sameBytes(bytes, spans[other]!, bytes, start, length);
      if (isSame) return start;
      if (--steps < 0) return UNKNOWN;
    }
    table[slot] = i + 1;
  }
  return -1;
}

function inOrder(bytes: Uint8Array, spans: ArrayLike<number>, first: number, top: number): number {
  const count = (top - first) / 2;
  // One number holds a hash and, below it, an index.
  const hashes = 2 ** Math.min(32, 53 - Math.ceil(Math.log2(count + 1)));
  const order = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const at = first + i * 2;
    order[i] = (hashOf(bytes, spans[at]!, spans[at + 1]!) % hashes) * count + i;
  }
  order.sort();
  for (let i = 0; i < count;) {
    const begin = i;
    const hash = Math.floor(order[i]! / count);
    while (i < count && Math.floor(order[i]! / count) === hash) i += 1;
    if (i - begin < 2) continue;
    const run = Array.from(order.subarray(begin, i), (each) => first + (each % count) * 2);
    const repeated = repeatedInRun(bytes, spans, run);
    if (repeated >= 0) return repeated;
  }
  return -1;
}

/** FNV-1a (draft-eastlake-fnv), 32 bits, with its high bits, which all bytes have changed, brought down. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function repeatedInRun(bytes: Uint8Array, spans: ArrayLike<number>, run: number[]): number {
  const compare = (a: number, b: number): number => {
    return compareSpans(bytes, spans[a]!, spans[a + 1]!, spans[b]!, spans[b + 1]!);
  };
  run.sort(compare);
  for (let i = 1; i < run.length; i++) {
    if (compare(run[i - 1]!, run[i]!) === 0) return Math.max(spans[run[i - 1]!]!, spans[run[i]!]!);
  }
  return -1;
}

function compareSpans(bytes: Uint8Array, start: number, end: number, otherStart: number, otherEnd: number): number {
  const length = end - start;
  if (length !== otherEnd - otherStart) return length - (otherEnd - otherStart);
  for (let i = 0; i < length; i++) {
    const difference = bytes[start + i]! - bytes[otherStart + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Tells whether bytes are the same.
 *
 * @param a Some bytes.
 * @param aStart Where to begin in them.
 * @param b Other bytes, or the same.
 * @param bStart Where to begin in those.
 * @param length How many to compare; both have as many.
 * @returns Whether they are.
 */
export function sameBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (a[aStart + i] !== b[bStart + i]) return false;
  }
  return true;
}
