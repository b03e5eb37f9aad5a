import { assertEquals, assertThrows } from "@std/assert";
import { CborError } from "../../src/links/mod.ts";
import { decode, encode } from "./codec.ts";
import { collidingIntegers } from "../../bench/colliding_integers.ts";
import { swiftly } from "../fuzz/assertions.ts";
import { fromHex } from "../vectors/vectors.ts";

const MAX = 1_024;
/** Some of the members are small and cost much. */
const ROOMY = { maxExpansion: 100 };
const EXCEEDED = `more than ${MAX} numbers in sets and as keys of maps (maxNumericKeys)`;
/** What P4.15 counts. */
const NUMERIC: Readonly<Record<string, (i: number) => unknown>> = {
  "small integers": (i) => i,
  "negative integers": (i) => -1 - i,
  "floats": (i) => i + 0.5,
  "big integers": (i) => BigInt(i),
  "long big integers": (i) => (1n << 64n) + BigInt(i),
  "long negative big integers": (i) => -(1n << 64n) - 1n - BigInt(i),
  "texts of one to ten digits": (i) => String(i),
  "texts of ten digits": (i) => String(i).padStart(10, "0"),
};
/** What it does not. */
const OTHERS: Readonly<Record<string, (i: number) => unknown>> = {
  "texts of eleven digits": (i) => String(i).padStart(11, "0"),
  "texts that begin with digits": (i) => `${i}x`,
  "texts that end with digits": (i) => `x${i}`,
  "negative numbers as text": (i) => `-${i + 1}`,
  "dates": (i) => new Date(i),
  "arrays of numbers": (i) => [i],
  "objects of numbers": (i) => ({ [i]: i }),
};

function keys(count: number, key: (i: number) => unknown): unknown[] {
  return Array.from({ length: count }, (_, i) => key(i));
}

/** The encoding, whatever the number of keys in it. */
function bytesOf(value: unknown): Uint8Array {
  return encode(value, { maxNumericKeys: 100_000 });
}

for (const [name, key] of Object.entries(NUMERIC)) {
  Deno.test(`P4.15 ${name} in sets and as keys of maps are counted`, () => {
    for (const make of [(all: unknown[]) => new Set(all), (all: unknown[]) => new Map(all.map((each) => [each, 0]))]) {
      const most = make(keys(MAX, key));
      assertEquals(decode(encode(most), ROOMY), most);
      const over = make(keys(MAX + 1, key));
      assertThrows(() => encode(over), CborError, EXCEEDED);
      const error = assertThrows(() => decode(bytesOf(over), ROOMY), CborError, EXCEEDED);
      assertEquals(error.limit, "maxNumericKeys");
      assertEquals(decode(bytesOf(over), { ...ROOMY, maxNumericKeys: MAX + 1 }), over);
    }
  });
}

for (const [name, key] of Object.entries(OTHERS)) {
  Deno.test(`P4.15 ${name} in sets and as keys of maps are not counted`, () => {
    const set = new Set(keys(3, key));
    const map = new Map(keys(3, key).map((each) => [each, 1]));
    const limits = { maxNumericKeys: 1 };
    assertEquals(decode(encode([set, map], limits), limits), [set, map]);
  });
}

Deno.test("P4.15 numeric keys are counted over a whole value, and afresh in the next", () => {
  const value = { a: [new Set([1, 2])], b: new Map<unknown, unknown>([[3, new Set(["4"])]]) };
  const bytes = encode(value, { maxNumericKeys: 4 });
  for (let i = 0; i < 3; i++) assertEquals(decode(bytes, { maxNumericKeys: 4 }), value);
  assertThrows(
    () => encode(value, { maxNumericKeys: 3 }),
    CborError,
    "at b.get(3).member(0): more",
  );
  const error = assertThrows(() => decode(bytes, { maxNumericKeys: 3 }), CborError, "more than 3 numbers");
  assertEquals(error.offset, bytes.length - 2);
});

Deno.test("P4.15 a bignum is one whatever the length of its tag's head", () => {
  for (const tag of ["c2", "c3", "d802", "d90003", "da00000002"]) {
    assertThrows(() => decode(fromHex(`d9010282 01 ${tag}4101`), { maxNumericKeys: 1 }), CborError, "more than 1");
  }
  assertEquals(decode(fromHex("d9010282 01 c101"), { maxNumericKeys: 1 }), new Set([1, new Date(1_000)]));
});

Deno.test("P4.15 as many numbers as are let in are decoded at once, however they are chosen", () => {
  const integers = collidingIntegers(MAX);
  // Big integers whose lowest 64 bits are the same are the same to V8's hash; this takes it the longest.
  const bigIntegers = integers.map((_, i) => (BigInt(i + 1) << 64n) + 5n);
  const texts = integers.map((_, i) => String(i * 2 ** 20));
  for (const chosen of [integers, bigIntegers, texts]) {
    const bytes = encode(new Set<unknown>(chosen));
    assertEquals(swiftly(() => decode(bytes)), new Set<unknown>(chosen));
  }
});
