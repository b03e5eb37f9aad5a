/**
 * Values by description, so that a search can change them and whoever reads its result can make them again.
 *
 * @module
 */
import { collidingIndex, collidingText } from "../colliding_keys.ts";
import { writeHeadAt } from "../../src/cbor/item_writer.ts";
import { type SeededRandom, seededRandom } from "../../tests/seeded_random.ts";

/** Which characters a text has: of one byte, of two, of three, of four, or ASCII with one of three at the end. */
export type Alphabet = "ascii" | "latin" | "cjk" | "emoji" | "late";

/** How the keys of objects follow each other. */
export type KeyStyle = "new" | "repeated" | "permuted" | "index" | "chosen" | "chosen index" | "inherited";

/** What an item is. */
export type Recipe =
  | { kind: "integer"; width: 0 | 1 | 2 | 4 | 8; negative: boolean }
  | { kind: "float"; width: 2 | 4 | 8; special: boolean }
  | { kind: "simple"; initial: 0xf4 | 0xf5 | 0xf6 | 0xf7 }
  | { kind: "text"; length: number; alphabet: Alphabet; fresh: boolean }
  | { kind: "bytes"; length: number }
  | { kind: "bignum"; length: number; negative: boolean; zeros: boolean }
  | { kind: "typed"; tag: number; length: number }
  | { kind: "date"; of: Recipe }
  | { kind: "array"; count: number; of: Recipe[] }
  | { kind: "nest"; levels: number; within: "array" | "object" | "set" | "map"; of: Recipe }
  | { kind: "object"; count: number; keys: KeyStyle; alphabet: Alphabet; length: number; gap: number; of: Recipe[] }
  | { kind: "set"; count: number; of: Recipe[] }
  | { kind: "map"; count: number; keys: Recipe[]; of: Recipe[] };

/** A whole value: an array of items, and one string that takes the rest of the bytes. */
export interface ValueRecipe {
  readonly items: readonly Recipe[];
  /** Which part of the bytes the items take, from 0 to 1. */
  readonly part: number;
  readonly filler: "bytes" | "text";
}

const ALPHABETS: Readonly<Record<Alphabet, readonly string[]>> = {
  ascii: [..."abcdefghijklmnopqrstuvwxyz_012345"],
  latin: [..."äöüßéèêñçåøæ"],
  cjk: [..."東京都新宿区水曜日会議予定注文番号"],
  emoji: [..."😀🎉🚀🌍🎶🔥"],
  late: [..."abcdefghijklmnopqrstuvwxyz"],
};
const INHERITED = ["constructor", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf", "toLocaleString"];
const ENCODER = new TextEncoder();
const TEXT = 0x60;
const BYTES = 0x40;
const ARRAY = 0x80;
const MAP = 0xa0;
const TAG = 0xc0;

class RecipeWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  length = 0;
  readonly #random: SeededRandom;
  /** Numbers what must not repeat. */
  #fresh = 0;

  constructor(size: number, seed: number) {
    this.bytes = new Uint8Array(Math.ceil(size * 1.25) + 64);
    this.#random = seededRandom(seed);
  }

  #reserve(count: number): void {
    if (this.length + count > this.bytes.length) throw new RangeError("An item alone is larger than the value");
  }

  head(major: number, argument: number): void {
    this.#reserve(9);
    this.length = writeHeadAt(this.bytes, this.length, major, argument);
  }

  #raw(...bytes: readonly number[]): void {
    this.#reserve(bytes.length);
    for (const byte of bytes) this.bytes[this.length++] = byte;
  }

  /** Bytes that are not all the same. */
  #noise(count: number): void {
    this.#reserve(count);
    for (let i = 0; i < count; i++) this.bytes[this.length++] = (i * 37 + this.#fresh) & 0xff;
  }

  #string(major: number, content: Uint8Array): void {
    this.head(major, content.length);
    this.#reserve(content.length);
    this.bytes.set(content, this.length);
    this.length += content.length;
  }

  text(text: string): void {
    this.#string(TEXT, ENCODER.encode(text));
  }

  filler(kind: "bytes" | "text", count: number): void {
    this.head(kind === "text" ? TEXT : BYTES, count);
    this.#reserve(count);
    this.bytes.fill(0x61, this.length, this.length + count);
    this.length += count;
  }

  item(recipe: Recipe): void {
    switch (recipe.kind) {
      case "integer":
        return this.#integer(recipe.width, recipe.negative);
      case "float":
        return this.#float(recipe.width, recipe.special);
      case "simple":
        return this.#raw(recipe.initial);
      case "text":
        return this.text(this.#textOf(recipe.alphabet, recipe.length, recipe.fresh ? this.#fresh++ : 0));
      case "bytes":
        this.head(BYTES, recipe.length);
        return this.#noise(recipe.length);
      case "bignum":
        this.head(TAG, recipe.negative ? 3 : 2);
        this.head(BYTES, recipe.length);
        this.#fresh++;
        this.#noise(recipe.length);
        if (recipe.zeros) this.bytes.fill(0, this.length - recipe.length, this.length);
        return;
      case "typed":
        this.head(TAG, recipe.tag);
        this.head(BYTES, recipe.length);
        return this.#noise(recipe.length);
      case "date":
        this.head(TAG, 1);
        return this.item(recipe.of);
      case "array":
        this.head(ARRAY, recipe.count);
        return this.#items(recipe.count, recipe.of);
      case "nest":
        for (let i = 0; i < recipe.levels; i++) this.#level(recipe.within);
        return this.item(recipe.of);
      case "object":
        return this.#object(recipe);
      case "set":
        this.head(TAG, 258);
        this.head(ARRAY, recipe.count);
        return this.#items(recipe.count, recipe.of);
      case "map":
        this.head(TAG, 259);
        this.head(MAP, recipe.count);
        for (let i = 0; i < recipe.count; i++) {
          this.item(recipe.keys[i % recipe.keys.length]!);
          this.item(recipe.of[i % recipe.of.length]!);
        }
    }
  }

  #items(count: number, of: readonly Recipe[]): void {
    for (let i = 0; i < count; i++) this.item(of[i % of.length]!);
  }

  #level(within: "array" | "object" | "set" | "map"): void {
    if (within === "set") this.#raw(0xd9, 1, 2);
    if (within === "map") this.#raw(0xd9, 1, 3);
    this.#raw(within === "array" || within === "set" ? 0x81 : 0xa1);
    if (within === "object") this.#raw(0x61, 0x61);
    if (within === "map") this.#raw(0xf6);
  }

  #integer(width: 0 | 1 | 2 | 4 | 8, negative: boolean): void {
    const major = negative ? 0x20 : 0;
    const value = this.#fresh++;
    if (width === 0) return this.#raw(major | value % 24);
    if (width === 1) return this.#raw(major | 24, value);
    if (width === 2) return this.#raw(major | 25, value >> 8, value);
    if (width === 4) return this.#raw(major | 26, 0x40 | value >>> 24, value >>> 16, value >>> 8, value);
    return this.#raw(major | 27, 0x7f, 0, 0, 0, value >>> 24, value >>> 16, value >>> 8, value);
  }

  #float(width: 2 | 4 | 8, special: boolean): void {
    const value = this.#fresh++;
    if (width === 2) return this.#raw(0xf9, special ? 0x7e : 0x3c, value);
    if (width === 4) return this.#raw(0xfa, special ? 0x7f : 0x3f, 0xc0, value >> 8, value);
    return this.#raw(0xfb, special ? 0x7f : 0x40, 0xf8, 0, 0, value >>> 16, value >>> 8, value, 1);
  }

  /** A text of so many characters that tells a number, as far as there is room for it. */
  #textOf(alphabet: Alphabet, length: number, number: number): string {
    const characters = ALPHABETS[alphabet];
    let text = "";
    for (let i = 0, rest = number; i < length; i++) {
      text += characters[rest % characters.length];
      rest = Math.floor(rest / characters.length);
    }
    return alphabet === "late" ? `${text}日` : text;
  }

  #object(recipe: Recipe & { kind: "object" }): void {
    const { count, of } = recipe;
    this.head(MAP, count);
    const turn = recipe.keys === "permuted" ? this.#random.integer(0, 1_000_000) : 0;
    const first = this.#fresh;
    if (recipe.keys === "new" || recipe.keys === "chosen") this.#fresh += count;
    for (let i = 0; i < count; i++) {
      this.text(this.#key(recipe, i, first, turn));
      this.item(of[i % of.length]!);
    }
  }

  #key(recipe: Recipe & { kind: "object" }, i: number, first: number, turn: number): string {
    const { count, alphabet, length } = recipe;
    switch (recipe.keys) {
      case "new":
        return this.#textOf(alphabet, Math.max(length, 4), first + i);
      case "repeated":
        return this.#textOf(alphabet, Math.max(length, count > 30 ? 4 : 1), i);
      case "permuted":
        // Another order each time, of the same keys: a step that shares no divisor with their number.
        return this.#textOf(alphabet, Math.max(length, count > 30 ? 4 : 1), (turn + i * stepOf(count, turn)) % count);
      case "index":
        return String((i + 1) * recipe.gap);
      case "chosen":
        return collidingText(first + i);
      case "chosen index":
        return String(collidingIndex(i));
      default:
        return i < INHERITED.length ? INHERITED[i]! : this.#textOf(alphabet, Math.max(length, 4), i);
    }
  }
}

function stepOf(count: number, turn: number): number {
  const step = 1 + turn % count;
  return divisor(step, count) === 1 ? step : 1;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/**
 * Makes the bytes of a value, the same ones each time.
 *
 * @param recipe What it is.
 * @param size How many bytes it has, about.
 * @throws {RangeError} If one of its items alone has more than a quarter of them.
 */
export function bytesOf({ items, part, filler }: ValueRecipe, size: number): Uint8Array<ArrayBuffer> {
  const out = new RecipeWriter(size, 1);
  out.length = 5;
  let count = 0;
  const end = 5 + Math.floor((size - 10) * part);
  while (out.length < end) {
    out.item(items[count % items.length]!);
    count += 1;
  }
  const rest = size - out.length - 5;
  if (rest > 0 && part < 1) {
    out.filler(filler, rest);
    count += 1;
  }
  const { bytes, length } = out;
  bytes.set([0x9a, count >>> 24, count >>> 16, count >>> 8, count]);
  return bytes.slice(0, length);
}
