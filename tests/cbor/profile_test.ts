import { assert, assertEquals, assertLess, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CborError } from "../../src/links/mod.ts";
import { decode, encode } from "./codec.ts";
import { fromHex, toHex } from "../vectors/vectors.ts";
import { below, randomValue, seededRandom } from "./random_value.ts";

/** Bytes that must be refused, with the reason. */
function refuses(hex: string, reason: string): CborError {
  const error = assertThrows(() => decode(fromHex(hex)), CborError);
  assertStringIncludes(error.reason, reason);
  return error;
}

Deno.test("P4.1 only well-formed items of definite length are read", () => {
  refuses("9f01ff", "indefinite lengths are not allowed");
  refuses("bf6161 01ff", "indefinite lengths are not allowed");
  refuses("5f4101ff", "indefinite lengths are not allowed");
  refuses("7f6161ff", "indefinite lengths are not allowed");
  refuses("1c", "28 is a reserved length of a head");
  refuses("ff", "a break stands outside of any item");
});

Deno.test("P4.1 an error tells where the bytes are wrong", () => {
  const places: [hex: string, offset: number][] = [
    ["82f69fff", 2],
    ["82f61c00", 2],
    ["82f6ff", 2],
    ["82f6e0", 2],
    ["82f619ff", 2],
    ["82f6a101f6", 3],
    ["82f6a16161", 5],
    ["82f66261ff", 4],
    ["82f6c16161", 3],
    ["82f6c201", 3],
    ["82f6d90102a0", 5],
    ["82f6a2616101616102", 6],
  ];
  for (const [hex, offset] of places) assertEquals(refuses(hex, "").offset, offset, hex);
});

Deno.test("P4.1 an item that is cut short anywhere is refused", () => {
  const whole = encode({
    a: [1, 2.5, "text", new Uint8Array(30), new Map([[1, new Set(["x"])]])],
    d: new Date(5),
  });
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => decode(whole.subarray(0, length)), CborError);
  }
});

Deno.test("P4.2, P10.1 a declared length is held against the bytes present before anything is made for it", () => {
  for (const major of ["5", "7", "9", "b"]) {
    refuses(`${major}affffffff`, "declares 4294967295");
    refuses(`${major}bffffffffffffffff`, "declares 18446744073709552000");
  }
  assertEquals(refuses("8384010203", "an array declares").offset, 2);
});

Deno.test("P4.3 nesting is bounded", () => {
  const error = refuses("81".repeat(64) + "80", "nested deeper than 64 levels (maxDepth)");
  assertEquals(error.limit, "maxDepth");
  refuses("c1".repeat(70) + "00", "a date (tag 1) is neither");
  refuses("d90102".repeat(1) + "81".repeat(63) + "80", "nested deeper than 64 levels");
  assertThrows(() => decode(fromHex("818180"), { maxDepth: 2 }), CborError, "deeper than 2 levels");
  assertEquals(decode(fromHex("818180"), { maxDepth: 3 }), [[[]]]);
});

Deno.test("P4.3 levels end where their containers do", () => {
  const siblings = Array.from(
    { length: 200 },
    () => [{ a: new Map([[1, new Set([2])]]) }, new Date(1), new Uint16Array(1)],
  );
  assertEquals(decode(encode(siblings, { maxDepth: 9 }), { maxDepth: 9, maxExpansion: 100 }), siblings);
});

Deno.test("P4.4 text is valid UTF-8, and bad text is not repaired", () => {
  assertEquals(refuses("6461ff6161", "a text string is not valid UTF-8").offset, 2);
  refuses("82 6161 63eda080", "not valid UTF-8");
  refuses("a161ff01", "not valid UTF-8");
  refuses("7850" + "61".repeat(79) + "c3", "not valid UTF-8");
});

Deno.test("P4.4 exactly the sequences of Unicode's table 3-7 are valid", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const random = seededRandom(7);
  const edges = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed];
  edges.push(0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff);
  for (let i = 0; i < 20_000; i++) {
    const text = Uint8Array.from({ length: 1 + below(random, 5) }, () => edges[below(random, edges.length)]!);
    const item = Uint8Array.of(0x60 + text.length, ...text);
    let expected: string | undefined;
    try {
      expected = strict.decode(text);
    } catch {
      expected = undefined;
    }
    if (expected === undefined) assertThrows(() => decode(item), CborError, "not valid UTF-8");
    else assertEquals(decode(item), expected);
  }
});

Deno.test("P4.5 the keys of a map are text, each once", () => {
  refuses("a10102", "a map has a key that is not text");
  refuses("a3616101616202616103", "a map has the same key twice");
  refuses("a26161016161a0", "a map has the same key twice");
  assertEquals(decode(fromHex("a36161a26161016162026162a16161036163a0")), {
    a: { a: 1, b: 2 },
    b: { a: 3 },
    c: {},
  });
});

Deno.test("P4.5 the key __proto__ is refused, and no other", () => {
  const bytes = encode(new Map([["__proto__", 1]])).subarray(3);
  assertThrows(() => decode(bytes), CborError, `the key "__proto__" is not allowed in a map`);
  assertThrows(() => encode({ a: JSON.parse(`{"__proto__":1}`) }), CborError, "at a.__proto__: an object may not");
  assertEquals(decode(fromHex("a16a5f5f70726f746f5f5f5f01")), { "__proto___": 1 });
});

Deno.test("P4.5 properties whose names all objects have travel as any other, and reach no prototype", () => {
  const car = { driver: "Leclerc", constructor: "Ferrari", prototype: 1, toString: null, hasOwnProperty: [2] };
  for (let i = 0; i < 2; i++) {
    const decoded = decode(encode(car)) as typeof car;
    assertEquals(Object.entries(decoded), Object.entries(car));
    assertStrictEquals(Object.getPrototypeOf(decoded), Object.prototype);
  }
  assertStrictEquals({}.constructor, Object);
});

Deno.test("P4.5 a property is the object's own, also where the prototype has a setter or a fixed one of this name", () => {
  let calls = 0;
  Object.defineProperty(Object.prototype, "watched", { set: () => calls += 1, configurable: true });
  Object.defineProperty(Object.prototype, "fixed", { value: 1, writable: false, configurable: true });
  try {
    const bytes = fromHex("a2 67 77617463686564 01 65 6669786564 02");
    for (let i = 0; i < 2; i++) assertEquals(Object.entries(decode(bytes) as object), [["watched", 1], ["fixed", 2]]);
    assertEquals(calls, 0);
  } finally {
    for (const name of ["watched", "fixed"]) Reflect.deleteProperty(Object.prototype, name);
  }
});

Deno.test("P4.5 a big map is checked in time linear in its keys", () => {
  const object = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`key${String(i).padStart(8, "0")}`, i]));
  const bytes = encode(object);
  const before = performance.now();
  decode(bytes);
  // Comparing each with each takes minutes.
  assertLess(performance.now() - before, 5_000);
  const twice = bytes.slice();
  // The last entry is a key of 12 bytes and a value of 3.
  twice.copyWithin(twice.length - 15, 3, 15);
  assertThrows(() => decode(twice), CborError, "a map has the same key twice");
});

Deno.test("P4.6 tags are allowed by name, all others refused", () => {
  const allowed = new Set([1, 2, 3, ...[64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 77, 78, 79, 81, 82, 85, 86]]);
  for (let tag = 0; tag < 256; tag++) {
    const hex = `d8${tag.toString(16).padStart(2, "0")}`;
    if (tag === 1) assertEquals(decode(fromHex(`${hex}00`)), new Date(0));
    else if (allowed.has(tag)) decode(fromHex(`${hex}40`));
    else refuses(`${hex}40`, `tag ${tag} is not allowed`);
  }
  for (const tag of [256, 257, 260, 55799, 57337, 57342, 57343]) {
    refuses(`d9${tag.toString(16).padStart(4, "0")}80`, `tag ${tag} is not allowed`);
  }
});

Deno.test("P4.7 a date is a number of seconds within the range of dates", () => {
  refuses("c16131", "a date (tag 1) is neither");
  refuses("c11b0020000000000000", "out of range");
  refuses("c1f97e00", "a date (tag 1) of NaN seconds is out of range");
  refuses("c1fb42a0000000000000", "out of range");
  refuses("c1c100", "a date (tag 1) is neither");
  assertEquals(decode(fromHex("c11b0000000000000005")), new Date(5_000));
});

Deno.test("P4.8 the length of a bignum is bounded", () => {
  const long = new Uint8Array(3 + 1 + 1025).fill(1);
  long.set(fromHex("c2590401"));
  const error = assertThrows(
    () => decode(long),
    CborError,
    "a bignum of 1025 bytes is above 1024 (maxBignumBytes)",
  );
  assertEquals(error.limit, "maxBignumBytes");
  assertThrows(() => decode(fromHex("c3430102 03"), { maxBignumBytes: 2 }), CborError, "above 2 (maxBignumBytes)");
  refuses("c2c24101", "a bignum is not a byte string");
});

Deno.test("P4.9 the bytes of a typed array make whole elements", () => {
  refuses("d84743010203", "a typed array (tag 71) of 3 bytes is not a multiple of 8");
  refuses("d84581 00", "a typed array (tag 69) is not a byte string");
  refuses("d84558fe", "a typed array declares 254 bytes");
});

Deno.test("P4.10 a set is an array, and a map of tag 259 a map whose scalar keys differ", () => {
  refuses("d90102a0", "a set (tag 258) is not an array");
  refuses("d9010380", "a map of tag 259 is not a map");
  refuses("d9010302", "a map of tag 259 is not a map");
  refuses("d90103a2 1b0000000000000001 00 1b0000000000000001 00", "a map has the same key twice");
  refuses("d90103a2 f97e00 00 fb7ff8000000000000 00", "a map has the same key twice");
  refuses("d90103a2 6161 00 7801 61 00", "a map has the same key twice");
  refuses("d90103a2 20 00 3800 00", "a map has the same key twice");
  refuses("d90103a2 f90001 00 fb3e70000000000000 00", "a map has the same key twice");
  refuses("d90103a2 19ffff 00 fb40efffe000000000 00", "a map has the same key twice");
  refuses("d90103baffffffff", "a map declares 4294967295 entries");
  const keys = [1, 1n, -1, -1n, "1", true, false, null, undefined, 1.5, new Date(1), new Date(1), [1], [1]];
  const map = new Map(keys.map((key, i) => [key, i]));
  assertEquals([...decode(encode(map)) as Map<unknown, number>], [...map]);
});

Deno.test("P4.11 simple values are false, true, null, undefined and floats", () => {
  for (let info = 0; info < 32; info++) {
    const initial = (0xe0 + info).toString(16);
    if (info < 20 || info === 24 || info > 27) {
      refuses(`${initial}0000000000000000`, info === 31 ? "a break" : "only false");
    }
  }
  assertEquals(decode(fromHex("84f4f5f6f7")), [false, true, null, undefined]);
});

Deno.test("P4.12 nothing follows the item", () => {
  assertEquals(refuses("8101f6", "1 bytes follow the item").offset, 2);
});

Deno.test("P4.13 whatever is written is read, and comes back as it was", () => {
  for (let seed = 0; seed < 1_500; seed++) {
    const value = randomValue(seededRandom(seed));
    const bytes = encode(value);
    assertEquals(decode(bytes), value, `seed ${seed}`);
  }
});

Deno.test("P4.14 an integer is a number where one holds it exactly, whatever the width of its head", () => {
  for (const head of ["05", "1805", "190005", "1a00000005", "1b0000000000000005"]) {
    assertStrictEquals(decode(fromHex(head)), 5, head);
  }
  for (const head of ["25", "3805", "390005", "3a00000005", "3b0000000000000005"]) {
    assertStrictEquals(decode(fromHex(head)), -6, head);
  }
  assertStrictEquals(decode(fromHex("1b001fffffffffffff")), Number.MAX_SAFE_INTEGER);
  assertStrictEquals(decode(fromHex("3b001ffffffffffffe")), Number.MIN_SAFE_INTEGER);
});

Deno.test("P4.14 an integer that no number holds exactly is a bigint", () => {
  assertStrictEquals(decode(fromHex("1b0020000000000000")), 2n ** 53n);
  assertStrictEquals(decode(fromHex("3b001fffffffffffff")), -(2n ** 53n));
  assertStrictEquals(decode(fromHex("1bffffffffffffffff")), 2n ** 64n - 1n);
  assertStrictEquals(decode(fromHex("3bffffffffffffffff")), -(2n ** 64n));
});

Deno.test("P4.14 a number that is a safe integer is written with the shortest head, and any other as a float", () => {
  const written: [number, string][] = [
    [0, "00"],
    [23, "17"],
    [24, "1818"],
    [255, "18ff"],
    [256, "190100"],
    [65_536, "1a00010000"],
    [2 ** 32 - 1, "1affffffff"],
    [2 ** 32, "1b0000000100000000"],
    [Number.MAX_SAFE_INTEGER, "1b001fffffffffffff"],
    [-1, "20"],
    [-(2 ** 32) - 1, "3b0000000100000000"],
    [Number.MIN_SAFE_INTEGER, "3b001ffffffffffffe"],
    [2 ** 53, "fb4340000000000000"],
    [-0, "fb8000000000000000"],
    [0.5, "fb3fe0000000000000"],
  ];
  for (const [number, hex] of written) {
    assertEquals(toHex(encode(number)), hex);
    assertStrictEquals(decode(encode(number)), number);
    assertStrictEquals((decode(encode([number])) as number[])[0], number);
  }
});

Deno.test("P4.14 a bigint is always a tagged one, and stays one", () => {
  const written: [bigint, string][] = [
    [0n, "c240"],
    [1n, "c24101"],
    [-1n, "c340"],
    [-2n, "c34101"],
    [255n, "c241ff"],
    [2n ** 64n - 1n, "c248ffffffffffffffff"],
    [-(2n ** 64n), "c348ffffffffffffffff"],
    [2n ** 64n, "c249010000000000000000"],
  ];
  for (const [bigint, hex] of written) {
    assertEquals(toHex(encode(bigint)), hex);
    assertStrictEquals(decode(encode(bigint)), bigint);
  }
  assertStrictEquals(decode(fromHex("c2420001")), 1n);
});

Deno.test("decode() throws nothing but a CborError for bytes of any kind", () => {
  const random = seededRandom(1);
  let decoded = 0;
  for (let i = 0; i < 30_000; i++) {
    const bytes = Uint8Array.from({ length: below(random, 40) }, () => below(random, 256));
    if (!throwsCborError(bytes)) decoded += 1;
  }
  assert(decoded > 100);
});

Deno.test("decode() throws nothing but a CborError for good bytes that were damaged", () => {
  const random = seededRandom(2);
  for (let i = 0; i < 3_000; i++) {
    const bytes = encode(randomValue(random));
    if (bytes.length > 0) bytes[below(random, bytes.length)] = below(random, 256);
    throwsCborError(bytes);
  }
});

/** Whether decoding fails; any other error than the one that is right goes on. */
function throwsCborError(bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return false;
  } catch (error) {
    if (error instanceof CborError) return true;
    throw error;
  }
}

Deno.test("decode() makes values that the next one leaves as they are", () => {
  const values: unknown[] = [
    { a: Uint8Array.of(1, 2, 3) },
    [new Uint16Array([1, 2]), new Float64Array([0.5])],
    { text: "x".repeat(65), more: ["ä".repeat(10), 1n << 70n] },
    new Map([[Uint8Array.of(5), "\ufeff" + "y".repeat(70)]]),
    { small: ["a", 1, new Date(5)], long: "z".repeat(1_100) },
  ];
  const decoded = values.map((value) => decode(encode(value)));
  const around = values.map((value) => decode(Uint8Array.of(0, ...encode(value)).subarray(1)));
  decode(encode("!".repeat(1_000)));
  assertEquals(decoded, values);
  assertEquals(around, values);
});

Deno.test("decode() refuses limits out of range", () => {
  for (const name of ["maxDepth", "maxExpansion", "maxBignumBytes", "maxNumericKeys"]) {
    for (const value of [0, -1, 1.5, NaN]) {
      assertThrows(() => decode(new Uint8Array(1), { [name]: value }), RangeError, `"${name}"`);
    }
  }
  assertThrows(() => decode(new Uint8Array(1), { maxDepth: 513 }), RangeError, "from 1 to 512");
});

Deno.test("decode() and encode() go as deep as they can be told to", () => {
  const bytes = fromHex("81".repeat(511) + "80");
  assertEquals(encode(decode(bytes, { maxDepth: 512, maxExpansion: 100 }), { maxDepth: 512 }), bytes);
});
