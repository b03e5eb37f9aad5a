import type { Recipe, ValueRecipe } from "./recipe.ts";

const NULL: Recipe = { kind: "simple", initial: 0xf6 };
const SMALL: Recipe = { kind: "integer", width: 0, negative: false };
const HALF: Recipe = { kind: "float", width: 2, special: false };
const KEY: Recipe = { kind: "text", length: 4, alphabet: "ascii", fresh: true };

function objectOf(count: number, keys: (Recipe & { kind: "object" })["keys"], more: object = {}): Recipe {
  return { kind: "object", count, keys, alphabet: "ascii", length: 4, gap: 1, of: [NULL], ...more };
}

const ITEMS: readonly Recipe[] = [
  { kind: "array", count: 0, of: [NULL] },
  { kind: "array", count: 1, of: [HALF] },
  { kind: "array", count: 2, of: [SMALL] },
  { kind: "nest", levels: 60, within: "array", of: HALF },
  { kind: "nest", levels: 59, within: "object", of: KEY },
  { kind: "nest", levels: 30, within: "set", of: NULL },
  objectOf(0, "repeated"),
  objectOf(1, "new"),
  objectOf(16, "new"),
  objectOf(17, "new"),
  objectOf(115, "new", { length: 9 }),
  objectOf(1_000, "new"),
  objectOf(8, "permuted"),
  objectOf(400, "permuted"),
  objectOf(12, "index", { gap: 65_537 }),
  objectOf(1, "index", { gap: 1_023 }),
  objectOf(16, "index", { gap: 100 }),
  objectOf(8, "inherited"),
  // What JavaScriptCore keeps in one place.
  objectOf(16, "chosen"),
  objectOf(2_000, "chosen"),
  objectOf(1_000, "chosen index"),
  { kind: "bytes", length: 0 },
  { kind: "bytes", length: 1 },
  { kind: "bytes", length: 4_096 },
  { kind: "bignum", length: 0, negative: true, zeros: false },
  { kind: "bignum", length: 9, negative: true, zeros: false },
  { kind: "bignum", length: 1_024, negative: true, zeros: false },
  { kind: "integer", width: 8, negative: false },
  { kind: "typed", tag: 86, length: 0 },
  { kind: "typed", tag: 82, length: 8 },
  { kind: "typed", tag: 82, length: 40_000 },
  { kind: "date", of: SMALL },
  { kind: "set", count: 0, of: [NULL] },
  { kind: "set", count: 300, of: [KEY] },
  { kind: "map", count: 0, keys: [NULL], of: [NULL] },
  { kind: "map", count: 300, keys: [KEY], of: [NULL] },
  { kind: "text", length: 2, alphabet: "late", fresh: true },
  { kind: "text", length: 8, alphabet: "emoji", fresh: true },
  { kind: "text", length: 30, alphabet: "late", fresh: true },
];

/** What has been bad once, or was expected to be: where each search begins. */
export const KNOWN_RECIPES: readonly ValueRecipe[] = ITEMS.map((item) => ({ items: [item], part: 1, filler: "bytes" }));
