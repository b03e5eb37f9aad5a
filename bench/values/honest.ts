/**
 * What people send: values of any size, as bytes. Whatever decoding at default limits may cost is measured by them, and all of
 * them must be accepted.
 *
 * @module
 */
import { encodeValue } from "../../src/cbor/encode.ts";
import { seededRandom } from "../../tests/seeded_random.ts";

/** Makes one part of a value, which is not like the one before. */
type Part = (i: number) => unknown;

const random = seededRandom(2_026);
const WORDS: readonly string[] =
  "time person year way day thing world life hand part child eye woman place work week case point company number group problem fact"
    .split(" ");
const CJK_WORDS: readonly string[] =
  "東京 水曜日 会議 予定表 注文番号 お客様 配送先住所 数量 在庫 請求書 支払方法 確認済み 日本 新幹線"
    .split(" ");

function word(): string {
  return random.pick(WORDS);
}

function words(count: number): string {
  return Array.from({ length: count }, word).join(" ");
}

function identifier(digits: number): number {
  return random.integer(10 ** (digits - 1), 10 ** digits - 1);
}

function milliseconds(): Date {
  return new Date(1_700_000_000_000 + random.integer(0, 100_000_000_000));
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.integer(0, 255));
}

/** A row of a table, whose columns are of several kinds. */
function columns(count: number, i: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, column) => [`column_${column}`, cell(column, i)]));
}

function cell(column: number, i: number): unknown {
  switch (column % 5) {
    case 0:
      return i * 50 + column;
    case 1:
      return word();
    case 2:
      return random.next() * 1_000;
    case 3:
      return random.chance(0.3) ? null : random.chance(0.5);
    default:
      return words(2);
  }
}

function tree(depth: number): unknown {
  if (depth === 0) return { kind: "leaf", text: word(), size: identifier(3) };
  const children = Array.from({ length: random.integer(1, 4) }, () => tree(depth - 1));
  return { kind: "node", name: word(), children };
}

/** Parts that make an array. */
const PARTS: Readonly<Record<string, Part>> = {
  "rows of two columns": (i) => ({ id: i, name: word() }),
  "rows of six columns": (i) => ({
    id: i,
    name: words(2),
    email: `${word()}${i}@example.org`,
    active: i % 2 === 0,
    score: random.next() * 100,
    tags: [word(), word(), word()],
  }),
  "rows of thirty columns": (i) => columns(30, i),
  "rows of fifty columns": (i) => columns(50, i),
  "rows with columns left out": (i) =>
    Object.fromEntries(Object.entries(columns(12, i)).filter((_, column) => column < 4 || random.chance(0.7))),
  "short texts in ASCII": word,
  "long texts in ASCII": () => words(60),
  "short texts in CJK": () => random.pick(CJK_WORDS),
  "long texts in CJK": () => Array.from({ length: 60 }, () => random.pick(CJK_WORDS)).join("、"),
  "integers": () => identifier(random.integer(2, 7)),
  "floats": () => random.next() * 1_000,
  "points": () => [random.next() * 360, random.next() * 180],
  "dates": () => milliseconds(),
  "events": (i) => ({ at: milliseconds(), kind: word(), sequence: i }),
  "typed arrays": (i) => i % 2 === 0 ? new Float64Array(16).fill(i) : new Float32Array(64).fill(i),
  "large typed arrays": () => new Float64Array(2_000).fill(random.next()),
  "ids of 16 bytes": () => bytes(16),
  "rows with ids of 16 bytes": (i) => ({ id: bytes(16), parent: bytes(16), position: i }),
  "chunks of bytes": () => bytes(5_000),
  "trees": () => tree(4),
  "rows with sets and maps": (i) => ({
    user: identifier(6),
    name: words(2),
    roles: new Set([word(), word()]),
    settings: new Map<string, unknown>([["theme", word()], ["language", "en"], [`size`, i]]),
  }),
};

/** Makes the entry of a dictionary. */
type Entry = (i: number) => readonly [key: string, value: unknown];

/** Entries that make an object. */
const ENTRIES: Readonly<Record<string, Entry>> = {
  "a dictionary by text": (
    i,
  ) => [`user_${i.toString(36)}_${identifier(6)}`, { name: words(2), age: random.integer(18, 99) }],
  "a dictionary by UUID": () => [
    Array.from(bytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("").replace(
      /^(.{8})(.{4})(.{4})(.{4})/,
      "$1-$2-$3-$4-",
    ),
    identifier(4),
  ],
  "a dictionary by number": () => [String(identifier(random.integer(6, 9))), identifier(random.integer(1, 4))],
  "a dictionary by word": (i) => [`${word()}${i}`, identifier(random.integer(1, 5))],
};

/** The names of all. */
export const HONEST_VALUES: readonly string[] = Object.freeze([...Object.keys(PARTS), ...Object.keys(ENTRIES)]);

/**
 * Encodes an honest value of a size.
 *
 * @param name One of {@linkcode HONEST_VALUES}.
 * @param size How many bytes it has, up to one part less.
 */
export function honestValue(name: string, size: number): Uint8Array {
  const part = PARTS[name];
  const entry = ENTRIES[name];
  if (part !== undefined) return encodeValue(collect(size, part));
  if (entry === undefined) throw new RangeError(`There is no honest value of the name "${name}"`);
  return encodeValue(Object.fromEntries(collect(size, entry)));
}

/** Makes parts of so many bytes together. */
function collect<T>(size: number, part: (i: number) => T): T[] {
  const parts: T[] = [];
  // The head of the array or the object.
  let left = size - 5;
  for (let i = 0;; i++) {
    const next = part(i);
    left -= encodeValue(next).length;
    if (left < 0) return parts;
    parts.push(next);
  }
}
