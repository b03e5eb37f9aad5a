/** Numbers that look random and are the same on every run. */
export interface SeededRandom {
  /** A number from 0, below 1. */
  next(): number;
  /** An integer from `minimum` to `maximum`, both included. */
  integer(minimum: number, maximum: number): number;
  /** Whether something of that probability happens. */
  chance(probability: number): boolean;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /** The items in another order. */
  shuffle<T>(items: readonly T[]): T[];
}

/** Makes a generator of numbers from a seed: a 32-bit xorshift (Marsaglia 2003, triple 13, 17, 5). */
export function seededRandom(seed: number): SeededRandom {
  let state = seed | 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 8; round++) next(); // small seeds begin with small numbers
  const integer = (minimum: number, maximum: number): number => minimum + Math.floor(next() * (maximum - minimum + 1));
  const pick = <T>(items: readonly T[]): T => items[integer(0, items.length - 1)] as T; // in range
  return {
    next,
    integer,
    pick,
    chance: (probability) => next() < probability,
    shuffle: (items) => {
      const left = [...items];
      return Array.from(items, () => left.splice(integer(0, left.length - 1), 1)).flat() as typeof left;
    },
  };
}
