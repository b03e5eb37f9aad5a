/**
 * Integers that V8's `Map` and `Set` keep in one bucket: the low bits of its hash for small integers, which has no seed, are
 * all zero (Thomas Wang's 32-bit mix, `ComputeUnseededHash` in V8).
 *
 * @param count How many.
 * @returns The integers, rising.
 */
export function collidingIntegers(count: number): number[] {
  const mask = 2 ** Math.floor(Math.log2(count)) - 1;
  const found: number[] = [];
  for (let i = 0; found.length < count && i < 2 ** 30; i++) {
    if ((hashOf(i) & mask) === 0) found.push(i);
  }
  return found;
}

function hashOf(key: number): number {
  let hash = ~key + (key << 15);
  hash ^= hash >>> 12;
  hash += hash << 2;
  hash ^= hash >>> 4;
  hash = Math.imul(hash, 2057);
  return hash ^ (hash >>> 16);
}
