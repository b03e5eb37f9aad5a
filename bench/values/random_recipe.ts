import type { SeededRandom } from "../../tests/seeded_random.ts";
import type { Alphabet, KeyStyle, Recipe, ValueRecipe } from "./recipe.ts";

const ALPHABETS: readonly Alphabet[] = ["ascii", "latin", "cjk", "emoji", "late"];
const KEY_STYLES: readonly KeyStyle[] = ["new", "repeated", "permuted", "index", "chosen", "chosen index", "inherited"];
const TYPED_TAGS: readonly number[] = [64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 77, 78, 79, 81, 82, 85, 86];
const WIDTHS = [0, 1, 2, 4, 8] as const;
const FLOAT_WIDTHS = [2, 4, 8] as const;
const SIMPLE = [0xf4, 0xf5, 0xf6, 0xf7] as const;
const NESTS = ["array", "object", "set", "map"] as const;
const GREATEST_DEPTH = 3;

type Maker = (random: SeededRandom, depth: number) => Recipe;

const LEAVES: readonly Maker[] = [
  (random) => ({ kind: "integer", width: random.pick(WIDTHS), negative: random.chance(0.3) }),
  (random) => ({ kind: "float", width: random.pick(FLOAT_WIDTHS), special: random.chance(0.2) }),
  (random) => ({ kind: "simple", initial: random.pick(SIMPLE) }),
  (random) => ({
    kind: "text",
    length: lengthOf(random, 400),
    alphabet: random.pick(ALPHABETS),
    fresh: random.chance(0.7),
  }),
  (random) => ({ kind: "bytes", length: lengthOf(random, 10_000) }),
  (random) => ({
    kind: "bignum",
    length: lengthOf(random, 1_024),
    negative: random.chance(0.5),
    zeros: random.chance(0.2),
  }),
  (random) => typedArray(random),
  (random) => ({ kind: "date", of: random.pick(LEAVES.slice(0, 2))(random, 0) }),
];

const CONTAINERS: readonly Maker[] = [
  (random, depth) => ({ kind: "array", count: lengthOf(random, 300), of: recipes(random, depth) }),
  (random, depth) => ({
    kind: "nest",
    levels: random.integer(1, 60),
    within: random.pick(NESTS),
    of: randomRecipe(random, depth + 1),
  }),
  (random, depth) => ({
    kind: "object",
    count: lengthOf(random, random.chance(0.2) ? 5_000 : 60),
    keys: random.pick(KEY_STYLES),
    alphabet: random.pick(ALPHABETS),
    length: random.integer(1, random.chance(0.2) ? 80 : 12),
    gap: random.pick([1, 2, 7, 100, 1_000, 1_023, 1_100, 65_537]),
    of: recipes(random, depth),
  }),
  (random, depth) => ({ kind: "set", count: lengthOf(random, 300), of: recipes(random, depth) }),
  (random, depth) => ({
    kind: "map",
    count: lengthOf(random, 300),
    keys: recipes(random, depth),
    of: recipes(random, depth),
  }),
];

/** Mostly small, since what is small costs most for its bytes; now and then at an edge. */
function lengthOf(random: SeededRandom, most: number): number {
  if (random.chance(0.5)) return random.integer(0, Math.min(most, 8));
  if (random.chance(0.3)) return Math.min(most, random.pick([15, 16, 17, 23, 24, 25, 255, 256, 4_095, 4_096]));
  return Math.floor(most ** random.next());
}

function typedArray(random: SeededRandom): Recipe {
  return { kind: "typed", tag: random.pick(TYPED_TAGS), length: 8 * lengthOf(random, 600) };
}

function recipes(random: SeededRandom, depth: number): Recipe[] {
  return Array.from({ length: random.chance(0.7) ? 1 : random.integer(2, 3) }, () => randomRecipe(random, depth + 1));
}

function randomRecipe(random: SeededRandom, depth = 0): Recipe {
  const isContainer = depth < GREATEST_DEPTH && random.chance(0.6 / (depth + 1));
  return random.pick(isContainer ? CONTAINERS : LEAVES)(random, depth);
}

/** A value that nothing is known of. */
export function randomValue(random: SeededRandom): ValueRecipe {
  const items = Array.from({ length: random.chance(0.6) ? 1 : random.integer(2, 4) }, () => randomRecipe(random));
  return { items, part: 1, filler: random.pick(["bytes", "text"]) };
}

/**
 * Changes a value a little.
 *
 * @param other Another one, whose items may be taken over.
 */
export function mutated(random: SeededRandom, value: ValueRecipe, other: ValueRecipe): ValueRecipe {
  const items: Recipe[] = structuredClone([...value.items]);
  const at = random.integer(0, items.length - 1);
  const choice = random.next();
  if (choice < 0.5) items[at] = mutatedRecipe(random, items[at]!, 0);
  else if (choice < 0.6) items.splice(at, 0, randomRecipe(random));
  else if (choice < 0.7) items.splice(at, 0, structuredClone(random.pick(other.items)));
  else if (choice < 0.8 && items.length > 1) items.splice(at, 1);
  else if (choice < 0.9) items[at] = { kind: "array", count: random.integer(1, 40), of: [items[at]!] };
  else return { ...value, filler: random.pick(["bytes", "text"]), part: random.chance(0.5) ? 1 : random.next() };
  return { ...value, items: items.slice(0, 6) };
}

function mutatedRecipe(random: SeededRandom, recipe: Recipe, depth: number): Recipe {
  const children = childrenOf(recipe);
  if (children.length > 0 && random.chance(0.5)) {
    const list = random.pick(children);
    const at = random.integer(0, list.length - 1);
    list[at] = mutatedRecipe(random, list[at]!, depth + 1);
    return recipe;
  }
  if (random.chance(0.2)) return randomRecipe(random, depth);
  return nudged(random, recipe);
}

function childrenOf(recipe: Recipe): Recipe[][] {
  switch (recipe.kind) {
    case "array":
    case "object":
    case "set":
      return [recipe.of];
    case "map":
      return [recipe.keys, recipe.of];
    default:
      return [];
  }
}

/** Changes one of its numbers. */
function nudged(random: SeededRandom, recipe: Recipe): Recipe {
  switch (recipe.kind) {
    case "integer":
      return { ...recipe, width: random.pick(WIDTHS) };
    case "float":
      return { ...recipe, width: random.pick(FLOAT_WIDTHS) };
    case "text":
      return random.chance(0.3)
        ? { ...recipe, alphabet: random.pick(ALPHABETS) }
        : { ...recipe, length: near(random, recipe.length) };
    case "bytes":
      return { ...recipe, length: near(random, recipe.length) };
    case "bignum":
      return { ...recipe, length: Math.min(1_024, near(random, recipe.length)) };
    case "typed":
      return random.chance(0.5)
        ? { ...recipe, length: 8 * near(random, recipe.length / 8) }
        : { ...recipe, tag: random.pick(TYPED_TAGS) };
    case "nest":
      return { ...recipe, levels: Math.min(60, 1 + near(random, recipe.levels)) };
    case "array":
    case "set":
    case "map":
      return { ...recipe, count: near(random, recipe.count) };
    case "object":
      return nudgedObject(random, recipe);
    default:
      return randomRecipe(random, GREATEST_DEPTH);
  }
}

function nudgedObject(random: SeededRandom, recipe: Recipe & { kind: "object" }): Recipe {
  switch (random.integer(0, 4)) {
    case 0:
      return { ...recipe, keys: random.pick(KEY_STYLES) };
    case 1:
      return { ...recipe, alphabet: random.pick(ALPHABETS) };
    case 2:
      return { ...recipe, length: 1 + near(random, recipe.length) };
    case 3:
      return { ...recipe, gap: random.pick([1, 2, 50, 100, 1_000, 1_023, 1_024, 1_100, 65_537]) };
    default:
      return { ...recipe, count: near(random, recipe.count) };
  }
}

function near(random: SeededRandom, number: number): number {
  const factor = random.chance(0.3) ? random.pick([0.25, 0.5, 2, 4]) : 0.8 + 0.4 * random.next();
  return Math.max(0, Math.min(20_000, Math.round(number * factor) + random.integer(-1, 1)));
}
