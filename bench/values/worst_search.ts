import { guardAgainstCollisions } from "../../src/cbor/collisions.ts";
import process from "node:process";
import { CborError } from "../../src/cbor/cbor_error.ts";
import { DEFAULT_CBOR_LIMITS } from "../../src/cbor/profile.ts";
import { decodeValue } from "../../src/cbor/decode.ts";
import { type SeededRandom, seededRandom } from "../../tests/seeded_random.ts";
import { medianOf } from "../timing.ts";
import { HONEST_VALUES, honestValue } from "./honest.ts";
import { KNOWN_RECIPES } from "./known_recipes.ts";
import { mutated, randomValue } from "./random_recipe.ts";
import { bytesOf, type ValueRecipe } from "./recipe.ts";

// As a server does.
guardAgainstCollisions();

/** What became of a value. */
export interface Finding {
  readonly recipe: ValueRecipe;
  /** The time that decoding takes, or refusing, over that of the slowest honest value of the same size. */
  readonly time: number;
  /** Bytes of memory for each byte of the value; none if it is refused, or where the engine does not tell. */
  readonly memory: number | undefined;
  /** Why it is refused. */
  readonly refusal: string | undefined;
}

/** What two ways of scoring have found so far. */
export interface Worst {
  readonly byTime: readonly Finding[];
  readonly byMemory: readonly Finding[];
  /** How many values were tried. */
  readonly tried: number;
}

/** Findings that are kept and changed further. */
const KEPT = 12;
/** A value that seems worse than most is measured so often again. */
const CONFIRMING_ROUNDS = 5;
const WARM_UP_ROUNDS = 3;
/** How often what is refused is made smaller. */
const ATTEMPTS = 4;

/** Where the engine has it: `--expose-gc`. */
const collectGarbage = (globalThis as { gc?: () => void }).gc;

/** Why bytes are refused, if they are. */
function refusalOf(bytes: Uint8Array): CborError | undefined {
  try {
    decodeValue(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof CborError) return error;
    throw error;
  }
}

/**
 * Milliseconds that it takes to decode bytes, or to refuse them. What else runs on the machine makes the time by the clock
 * longer, and what the engine does on other threads that of the processor.
 */
function timeOf(bytes: Uint8Array): number {
  const start = performance.now();
  const used = process.cpuUsage();
  refusalOf(bytes);
  const { user, system } = process.cpuUsage(used);
  return Math.min(performance.now() - start, (user + system) / 1_000);
}

function memoryUsed(): number {
  collectGarbage?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Compares values of one size with the slowest honest one. */
export class Scale {
  readonly size: number;
  /** The names of the honest values, the slowest first. */
  readonly names: readonly string[];
  /** Milliseconds that it takes. */
  readonly slowestMs: number;
  readonly #bytes: Uint8Array;

  /**
   * Measures honest values.
   *
   * @param names Which ones.
   */
  constructor(size: number, names: readonly string[] = HONEST_VALUES) {
    this.size = size;
    const honest = names.map((name) => ({ name, bytes: honestValue(name, size), times: new Array<number>() }));
    for (let round = 0; round < WARM_UP_ROUNDS + CONFIRMING_ROUNDS; round++) {
      for (const { bytes, times } of honest) {
        const time = timeOf(bytes);
        if (round >= WARM_UP_ROUNDS) times.push(time);
      }
    }
    honest.sort((a, b) => medianOf(b.times) - medianOf(a.times));
    this.names = honest.map(({ name }) => name);
    this.slowestMs = medianOf(honest[0]!.times);
    this.#bytes = honest[0]!.bytes;
  }

  /** The median time of some bytes over that of the slowest honest ones, in rounds that measure both. */
  ratioOf(bytes: Uint8Array, rounds: number): number {
    const times: number[] = [];
    const honest: number[] = [];
    for (let round = 0; round < rounds; round++) {
      honest.push(timeOf(this.#bytes));
      times.push(timeOf(bytes));
    }
    return medianOf(times) / medianOf(honest);
  }

  /** What becomes of a value; none if it cannot be made in this size. */
  measure(recipe: ValueRecipe, rounds: number): Finding | undefined {
    const bytes = bytesOrNone(recipe, this.size);
    if (bytes === undefined) return undefined;
    const refusal = refusalOf(bytes)?.message;
    const time = this.ratioOf(bytes, rounds);
    return { recipe, time, refusal, memory: refusal === undefined ? this.#memoryOf(bytes) : undefined };
  }

  /**
   * The same items, with as many of the bytes as are let in; the rest becomes one string.
   *
   * @returns The other recipe; the same one if it is not the budget that refuses it.
   */
  fitted(recipe: ValueRecipe): ValueRecipe {
    let part = 1;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const bytes = bytesOrNone({ ...recipe, part }, this.size);
      const refusal = bytes && refusalOf(bytes);
      if (refusal?.limit !== "maxExpansion" || refusal.offset === undefined) break;
      // Until there it has cost 16 for each of all bytes; those of the string cost one or two.
      const string = recipe.filler === "bytes" ? 1 : 2;
      const cost = DEFAULT_CBOR_LIMITS.maxExpansion * this.size / refusal.offset;
      part = Math.min(part * 0.99, (DEFAULT_CBOR_LIMITS.maxExpansion - string) / (cost - string));
    }
    return { ...recipe, part };
  }

  #memoryOf(bytes: Uint8Array): number | undefined {
    if (collectGarbage === undefined) return undefined;
    const before = memoryUsed();
    const value = decodeValue(bytes);
    const after = memoryUsed();
    // The value is in use until here.
    return typeof value === "object" ? (after - before) / bytes.length : undefined;
  }
}

function bytesOrNone(recipe: ValueRecipe, size: number): Uint8Array | undefined {
  try {
    return bytesOf(recipe, size);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Searches for a time: changes the worst values that it knows, and tries new ones. */
export class WorstSearch {
  readonly #random: SeededRandom;
  readonly #scale: Scale;
  #byTime: Finding[] = [];
  #byMemory: Finding[] = [];
  #tried = 0;
  #steps = 0;

  /** Begins with nothing. */
  constructor(seed: number, scale: Scale) {
    this.#random = seededRandom(seed);
    this.#scale = scale;
  }

  /** The worst values so far, the very worst first. */
  get worst(): Worst {
    return { byTime: this.#byTime, byMemory: this.#byMemory, tried: this.#tried };
  }

  /** Tries one more value. */
  step(): void {
    const recipe = this.#next();
    const first = this.#measure(recipe);
    if (first?.refusal !== undefined) this.#measure(this.#scale.fitted(recipe));
  }

  #next(): ValueRecipe {
    const known = KNOWN_RECIPES[this.#steps++];
    return known ?? this.#invented();
  }

  #invented(): ValueRecipe {
    const random = this.#random;
    const known = random.chance(0.5) || this.#byMemory.length === 0 ? this.#byTime : this.#byMemory;
    if (known.length < KEPT || random.chance(0.25)) return randomValue(random);
    return mutated(random, random.pick(known).recipe, random.pick(known).recipe);
  }

  #measure(recipe: ValueRecipe): Finding | undefined {
    let finding = this.#scale.measure(recipe, 1);
    if (finding === undefined) return undefined;
    this.#tried += 1;
    // What is slow once may have been disturbed.
    if (finding.time > (this.#byTime[KEPT - 1]?.time ?? 0)) {
      finding = { ...finding, time: this.#scale.measure(recipe, CONFIRMING_ROUNDS)?.time ?? 0 };
    }
    this.#byTime = kept(this.#byTime, finding, ({ time }) => time);
    if (finding.memory !== undefined) this.#byMemory = kept(this.#byMemory, finding, ({ memory }) => memory ?? 0);
    return finding;
  }
}

function kept(findings: readonly Finding[], added: Finding, scoreOf: (finding: Finding) => number): Finding[] {
  // One of a kind: variants of the worst would leave no room for what is different.
  const kind = kindOf(added.recipe);
  const same = findings.find((each) => kindOf(each.recipe) === kind);
  if (same !== undefined && scoreOf(same) >= scoreOf(added)) return [...findings];
  return [...findings.filter((each) => each !== same), added].sort((a, b) => scoreOf(b) - scoreOf(a)).slice(0, KEPT);
}

function kindOf({ items, part }: ValueRecipe): string {
  return `${part === 1} ${items.map((item) => item.kind + ("keys" in item ? String(item.keys) : "")).join(" ")}`;
}
