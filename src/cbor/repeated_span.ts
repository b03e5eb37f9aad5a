/**
 * Looks for two spans of bytes that are the same. No hash table could do it: whoever knows its hash makes all keys fall
 * together, and V8's for numbers and for text that looks like an index is known, so that 16,000 chosen keys took it half a
 * second. Here a hash only sorts; where it cannot tell spans apart their bytes do, which takes n · log n steps at the worst.
 *
 * @param bytes Where the spans lie.
 * @param spans The start and the end of each, in turn.
 * @param first Where in the list the first of them is.
 * @param top Where in the list the last of them ends.
 * @returns The start of a span that is the same as an earlier one, or -1.
 */
export function repeatedSpan(bytes: Uint8Array, spans: readonly number[], first: number, top: number): number {
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

/** FNV-1a (draft-eastlake-fnv), 32 bits. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

function repeatedInRun(bytes: Uint8Array, spans: readonly number[], run: number[]): number {
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
