/**
 * Values of every kind that PROTOCOL.md §4 knows, and what they are when they have arrived.
 *
 * @module
 */
import fc from "fast-check";

/** Lengths at which heads, and the ways of reading text, change. */
const EDGE_LENGTHS = [0, 1, 15, 16, 23, 24, 25, 63, 64, 65, 255, 256];
const EDGE_NUMBERS = [
  ...[0, -0, 1, -1, 23, 24, -24, -25, 255, 256, 65535, 65536, 2 ** 31, -(2 ** 31)],
  ...[2 ** 32 - 1, 2 ** 32, -(2 ** 32), -(2 ** 32) - 1, 2 ** 53 - 1, 2 ** 53, 65504, 5e-324, 2 ** -24],
];
const EDGE_BIGINTS = [0n, 1n, -1n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 64n)];
/** Names that reach something in one object model or another. */
const EDGE_TEXTS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "length",
  "then",
  "toJSON",
  "\ufeff",
  "\u0000",
];
const FORBIDDEN_KEYS = ["__proto__"];
/** The greatest time of a `Date` (ECMA-262 §21.4.1.1). */
const MAX_DATE_MS = 8.64e15;

/** Text with characters of every length in UTF-8. */
export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom(...EDGE_TEXTS) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...EDGE_LENGTHS), fc.constantFrom("x", "ä", "水", "😀", "\ufeff"))
      .map(([length, character]) => character.repeat(length)),
  },
);

/** Bytes. */
export const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom(...EDGE_LENGTHS).map((length) => new Uint8Array(length).fill(0xa5)) },
);

const number = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger(), fc.constantFrom(...EDGE_NUMBERS));
const bigint = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.bigInt({ min: -(2n ** 600n), max: 2n ** 600n }),
  fc.constantFrom(...EDGE_BIGINTS),
);
// Some milliseconds beyond 2^42 seconds are refused, since no float of seconds is theirs alone (S44).
const date = fc.integer({ min: -MAX_DATE_MS, max: MAX_DATE_MS })
  .filter((time) => Math.round((time / 1000) * 1000) === time).map((time) => new Date(time));

/** One element and a view that begins inside of its buffer, so that alignments differ. */
function shifted<T extends { subarray(start: number): T }>(arrays: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.tuple(arrays, fc.nat({ max: 2 })).map(([array, start]) => array.subarray(start));
}

const AT_MOST = { maxLength: 5 };
const typedArray: fc.Arbitrary<ArrayBufferView> = fc.oneof(
  shifted(fc.uint8ClampedArray(AT_MOST)),
  shifted(fc.int8Array(AT_MOST)),
  shifted(fc.uint16Array(AT_MOST)),
  shifted(fc.int16Array(AT_MOST)),
  shifted(fc.uint32Array(AT_MOST)),
  shifted(fc.int32Array(AT_MOST)),
  shifted(fc.float32Array(AT_MOST)),
  shifted(fc.float64Array(AT_MOST)),
  shifted(fc.bigInt64Array(AT_MOST)),
  shifted(fc.bigUint64Array(AT_MOST)),
);

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(undefined, null, false, true, "", 0) },
  { weight: 3, arbitrary: number },
  { weight: 1, arbitrary: bigint },
  { weight: 3, arbitrary: text },
  { weight: 2, arbitrary: bytes },
  { weight: 1, arbitrary: bytes.map((content) => content.slice().buffer) },
  { weight: 1, arbitrary: date },
  { weight: 1, arbitrary: typedArray },
);

const { tree } = fc.letrec<{ tree: unknown }>((tie) => {
  const items = fc.array(tie("tree"), { maxLength: 5 });
  const key = text.filter((name) => !FORBIDDEN_KEYS.includes(name));
  return {
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { weight: 5, arbitrary: leaf },
      { weight: 1, arbitrary: items },
      { weight: 2, arbitrary: fc.dictionary(key, tie("tree"), { maxKeys: 5 }) },
      { weight: 1, arbitrary: items.map((members) => new Set(members)) },
      { weight: 1, arbitrary: fc.array(fc.tuple(tie("tree"), tie("tree")), AT_MOST).map((pairs) => new Map(pairs)) },
    ),
  };
});

/** An object with more keys than are compared each with each. */
const wideObject = fc.tuple(fc.integer({ min: 14, max: 40 }), leaf).map(([count, value]) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`key ${i}`, value]))
);

/** Any value that can be sent. */
export const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 30, arbitrary: tree },
  { weight: 1, arbitrary: wideObject },
);

/**
 * Tells what a value is when it has arrived: an `ArrayBuffer` has become a `Uint8Array`, and an object without a prototype a
 * plain one.
 *
 * @param sent The value.
 * @returns What the receiver is to get.
 */
export function arrived(sent: unknown): unknown {
  if (typeof sent !== "object" || sent === null || ArrayBuffer.isView(sent) || sent instanceof Date) return sent;
  if (sent instanceof ArrayBuffer) return new Uint8Array(sent);
  if (Array.isArray(sent)) return sent.map(arrived);
  if (sent instanceof Set) return new Set(Array.from(sent, arrived));
  if (sent instanceof Map) return new Map(Array.from(sent, ([key, item]) => [arrived(key), arrived(item)]));
  return Object.fromEntries(Object.entries(sent).map(([key, item]) => [key, arrived(item)]));
}
