import { assertEquals, assertThrows } from "@std/assert";
import { collidingIntegers } from "../../bench/colliding_integers.ts";
import { CborError, checkItem, decodeValue, DEFAULT_CBOR_LIMITS, encodeValue } from "../../src/cbor/mod.ts";
import { swiftly } from "../fuzz/assertions.ts";
import { fromHex } from "../vectors/vectors.ts";

const MAX = 1_024;
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
  return encodeValue(value, { maxNumericKeys: 100_000 });
}

for (const [name, key] of Object.entries(NUMERIC)) {
  Deno.test(`P4.15 ${name} in sets and as keys of maps are counted`, () => {
    for (const make of [(all: unknown[]) => new Set(all), (all: unknown[]) => new Map(all.map((each) => [each, 0]))]) {
      const most = make(keys(MAX, key));
      assertEquals(decodeValue(encodeValue(most)), most);
      const over = make(keys(MAX + 1, key));
      assertThrows(() => encodeValue(over), RangeError, EXCEEDED);
      const error = assertThrows(() => decodeValue(bytesOf(over)), CborError, EXCEEDED);
      assertEquals(error.limit, "maxNumericKeys");
      assertEquals(decodeValue(bytesOf(over), { maxNumericKeys: MAX + 1 }), over);
    }
  });
}

for (const [name, key] of Object.entries(OTHERS)) {
  Deno.test(`P4.15 ${name} in sets and as keys of maps are not counted`, () => {
    const set = new Set(keys(3, key));
    const map = new Map(keys(3, key).map((each) => [each, 1]));
    const limits = { maxNumericKeys: 1 };
    assertEquals(decodeValue(encodeValue([set, map], limits), limits), [set, map]);
  });
}

Deno.test("P4.15 numeric keys are counted over a whole value, and afresh in the next", () => {
  const value = { a: [new Set([1, 2])], b: new Map<unknown, unknown>([[3, new Set(["4"])]]) };
  const bytes = encodeValue(value, { maxNumericKeys: 4 });
  for (let i = 0; i < 3; i++) assertEquals(decodeValue(bytes, { maxNumericKeys: 4 }), value);
  assertThrows(
    () => encodeValue(value, { maxNumericKeys: 3 }),
    RangeError,
    "at b › a Map › 3 › a Set › a member: more",
  );
  const error = assertThrows(() => decodeValue(bytes, { maxNumericKeys: 3 }), CborError, "more than 3 numbers");
  assertEquals(error.offset, bytes.length - 2);
});

Deno.test("P4.15 a bignum is one whatever the length of its tag's head", () => {
  for (const tag of ["c2", "c3", "d802", "d90003", "da00000002"]) {
    assertThrows(() => decodeValue(fromHex(`d9010282 01 ${tag}4101`), { maxNumericKeys: 1 }), CborError, "more than 1");
  }
  assertEquals(decodeValue(fromHex("d9010282 01 c101"), { maxNumericKeys: 1 }), new Set([1, new Date(1_000)]));
});

Deno.test("P4.15 as many numbers as are let in are decoded at once, however they are chosen", () => {
  const integers = collidingIntegers(MAX);
  // Big integers whose lowest 64 bits are the same are the same to V8's hash; this takes it the longest.
  const bigIntegers = integers.map((_, i) => (BigInt(i + 1) << 64n) + 5n);
  const texts = integers.map((_, i) => String(i * 2 ** 20));
  for (const chosen of [integers, bigIntegers, texts]) {
    const bytes = encodeValue(new Set<unknown>(chosen));
    assertEquals(swiftly(() => decodeValue(bytes)), new Set<unknown>(chosen));
  }
});

const CONTAINERS = { maxContainers: 100 };

/** An object of these keys, whose order is that of the bytes. */
function objectOf(...names: string[]): Uint8Array {
  const entries = names.flatMap((name) => [0x60 + name.length, ...new TextEncoder().encode(name), 0]);
  return Uint8Array.of(0xb8, names.length, ...entries);
}

Deno.test("P4.16 gaps between the indices of an object count as containers", () => {
  const cases: [names: string[], containers: number][] = [
    [["0"], 1],
    [["7"], 1],
    [["8"], 2],
    [["15"], 2],
    [["1023"], 128],
    [["1024"], 1],
    [["1024", "1023"], 128],
    [["99"], 13],
    [["99", "100"], 13],
    [["99", "108"], 14],
    [["99", "50"], 13],
    [["99", "a", "199"], 25],
    [["99", "1123"], 140],
    [["99", "1124"], 13],
    [["4294967295"], 1],
    [["099"], 1],
    [["99x"], 1],
    [["x99"], 1],
    [["-99"], 1],
    [["9.9"], 1],
    [[""], 1],
  ];
  for (const [names, containers] of cases) {
    const bytes = objectOf(...names);
    assertEquals(
      checkItem(bytes, 0, bytes.length, { ...DEFAULT_CBOR_LIMITS, maxContainers: containers }),
      bytes.length,
    );
    if (containers === 1) continue;
    const limits = { ...DEFAULT_CBOR_LIMITS, maxContainers: containers - 1 };
    const error = assertThrows(
      () => checkItem(bytes, 0, bytes.length, limits),
      CborError,
      "(maxContainers)",
      `${names}`,
    );
    assertEquals(error.limit, "maxContainers");
  }
});

Deno.test("P4.16 the gaps of large maps count, too", () => {
  const names = Array.from({ length: 30 }, (_, i) => `k${i}`);
  const bytes = objectOf(...names, "799");
  assertThrows(() => decodeValue(bytes, { maxContainers: 99 }), CborError, "more than 99 arrays, maps and tags");
  assertEquals(Object.keys(decodeValue(bytes, CONTAINERS) as object).length, 31);
});

Deno.test("P4.16 encodeValue() counts gaps as checkItem() does", () => {
  for (const names of [["8"], ["1023"], ["1024"], ["99", "108"], ["99", "199", "a"], ["100", "1123", "3000", "x"]]) {
    const object = Object.fromEntries(names.map((name) => [name, 0]));
    const bytes = encodeValue(object);
    let least = 1;
    while (!isTaken(bytes, least)) least += 1;
    encodeValue(object, { maxContainers: least });
    if (least > 1) assertThrows(() => encodeValue(object, { maxContainers: least - 1 }), RangeError, "(maxContainers)");
  }
});

function isTaken(bytes: Uint8Array, maxContainers: number): boolean {
  try {
    decodeValue(bytes, { maxContainers });
    return true;
  } catch {
    return false;
  }
}

Deno.test("P4.16 objects with little in them and much room are refused before they are made", () => {
  const each = objectOf("1023");
  const many = new Uint8Array(5 + 100_000 * each.length);
  many.set(fromHex("9a000186a0"));
  for (let i = 0; i < 100_000; i++) many.set(each, 5 + i * each.length);
  const check = (): unknown =>
    assertThrows(() => decodeValue(many), CborError, "more than 262144 arrays, maps and tags");
  swiftly(check);
});
