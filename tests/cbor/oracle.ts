/**
 * What it takes to hold the codec against another one that knows nothing of it: bytes to try, and an account of differences.
 *
 * @module
 */
import { cborSerializer } from "../../mod.ts";
import { CborError } from "../../src/links/mod.ts";
import { mutate, type Mutation } from "../fuzz/mutations.ts";
import { toHex } from "../vectors/vectors.ts";
import { randomItem } from "./random_item.ts";
import { below, type Random, randomValue } from "./random_value.ts";
import { type Sighting, sightingsIn } from "./sightings.ts";
import { valueDifferences } from "./value_differences.ts";

/** What stands in the place of a value where there is none. */
export const REFUSED: unique symbol = Symbol("refused");

/** What came of the same bytes, or a part of it: two values, or one value and a refusal. */
export interface Difference {
  readonly bytes: Uint8Array;
  /** Who made the bytes; chance if they were changed. */
  readonly from: "us" | "them" | "chance";
  /** What the codec makes of them, or the value that it wrote. */
  readonly ours: unknown;
  /** What the other one makes of them, or the value that it wrote. */
  readonly theirs: unknown;
}

/** A difference that may be. */
export interface KnownDifference {
  readonly reason: string;
  readonly explains: (difference: Difference) => boolean;
}

/** Only the other one accepts bytes in which there is something. */
export function refusedByUs(sighting: Sighting): KnownDifference["explains"] {
  return ({ bytes, ours }) => ours === REFUSED && sightingsIn(bytes).has(sighting);
}

/** Only the codec accepts bytes in which there is something. */
export function refusedByThem(sighting: Sighting): KnownDifference["explains"] {
  return ({ bytes, theirs }) => theirs === REFUSED && sightingsIn(bytes).has(sighting);
}

/** A number that is an integer as a bigint; any other value, also -0, as it is. */
export function asBigint(value: unknown): unknown {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(Number(value)) : value;
}

/** Decodes bytes by the codec. */
export function decodedByUs(bytes: Uint8Array): unknown {
  try {
    return cborSerializer.deserialize(bytes);
  } catch (error) {
    if (error instanceof CborError) return REFUSED;
    throw error;
  }
}

const KINDS = ["flip", "set", "insert", "delete", "duplicate", "splice", "truncate", "length"] as const;

function randomMutation(random: Random): Mutation {
  return {
    kind: KINDS[below(random, KINDS.length)]!,
    at: below(random, 0x10000),
    size: 1 + below(random, 16),
    byte: below(random, 256),
  };
}

/** A small random value. */
export function smallValue(random: Random): unknown {
  return randomValue(random, below(random, 3));
}

/**
 * Bytes of a small random value, or CBOR that need not be of the profile, with up to two changes.
 *
 * @param random The source.
 * @param encode Encodes a value.
 * @returns The bytes.
 */
export function changedBytes(random: Random, encode: (value: unknown) => Uint8Array): Uint8Array {
  const isItem = random() < 0.6;
  const whole = isItem ? new Uint8Array(randomItem(random, below(random, 4))) : encode(smallValue(random));
  return mutate(whole, Array.from({ length: below(random, 3) }, () => randomMutation(random)));
}

/** Differences that are not in the list are told up to this many. */
const MAX_TOLD = 5;
const MAX_SHOWN_CHARACTERS = 300;
const ON_ONE_LINE: Deno.InspectOptions = { breakLength: Infinity, compact: true };

/** Counts the differences that are in a list, and tells the others. */
export class Ledger {
  readonly #known: readonly KnownDifference[];
  readonly #counts = new Map<string, number>();
  /** Some differences that are not in the list. */
  readonly unknown: string[] = [];

  constructor(known: readonly KnownDifference[]) {
    this.#known = known;
  }

  /** The reasons of differences that have not occurred. */
  get unused(): string[] {
    return this.#known.map(({ reason }) => reason).filter((reason) => !this.#counts.has(reason));
  }

  /**
   * Compares two values of the same bytes, or a value with a refusal.
   *
   * @returns Whether they are the same, but for differences that are in the list.
   */
  compare(bytes: Uint8Array, from: Difference["from"], ours: unknown, theirs: unknown): boolean {
    const differences = valueDifferences(ours, theirs).map((difference) => ({ bytes, from, ...difference }));
    return differences.filter((difference) => !this.#isKnown(difference)).length === 0;
  }

  #isKnown(difference: Difference): boolean {
    const known = this.#known.find(({ explains }) => explains(difference));
    if (known !== undefined) this.#counts.set(known.reason, (this.#counts.get(known.reason) ?? 0) + 1);
    else if (this.unknown.length < MAX_TOLD) this.unknown.push(told(difference));
    return known !== undefined;
  }
}

function told({ bytes, from, ours, theirs }: Difference): string {
  const [a, b] = [ours, theirs].map((value) => value === REFUSED ? "a refusal" : Deno.inspect(value, ON_ONE_LINE));
  const hex = toHex(bytes);
  return `from ${from}, ${
    [hex, `ours ${a}`, `theirs ${b}`].map((text) => text.slice(0, MAX_SHOWN_CHARACTERS)).join(", ")
  }`;
}
