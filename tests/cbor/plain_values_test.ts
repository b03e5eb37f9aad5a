import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkEncodable } from "../../src/cbor/check_value.ts";
import { encodeUnchecked } from "../../src/cbor/codec.ts";
import { decodeValue, DEFAULT_CBOR_LIMITS, encodeValue } from "../../src/cbor/mod.ts";
import { writePlainValue } from "../../src/cbor/plain_values.ts";
import { randomValue, seededRandom } from "./random_value.ts";

/** What the other way makes of a value: what its bytes mean, or that it refuses it. */
function theOtherWay(value: unknown, limits = DEFAULT_CBOR_LIMITS): { meaning: unknown } | "refused" {
  try {
    checkEncodable(value, limits);
  } catch {
    return "refused";
  }
  return { meaning: decodeValue(new Uint8Array(encodeUnchecked(value)), limits) };
}

function plainWay(value: unknown, limits = DEFAULT_CBOR_LIMITS): { meaning: unknown } | "left" {
  const bytes = writePlainValue(value, limits);
  return bytes === undefined ? "left" : { meaning: decodeValue(new Uint8Array(bytes), limits) };
}

Deno.test("writePlainValue() writes what the other way would write, or leaves it to it", () => {
  let written = 0;
  for (let seed = 0; seed < 3_000; seed++) {
    const value = randomValue(seededRandom(seed), 4);
    const plain = plainWay(value);
    if (plain === "left") continue;
    written += 1;
    assertEquals(plain, theOtherWay(value), `seed ${seed}`);
  }
  assert(written > 500, `${written} values were plain`);
});

Deno.test("writePlainValue() takes plain values and leaves all others", () => {
  const text = [0, 1, 23, 24, 47, 48, 49, 255, 256, 300, 65_535, 65_536].flatMap((length) =>
    ["x", "ä", "水", "\ufeff"].map((unit) => unit.repeat(length))
  );
  const numbers = [
    0,
    -0,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    2 ** 32 - 1,
    2 ** 32,
    -1,
    -24,
    -25,
    -(2 ** 32),
    -(2 ** 32) - 1,
  ]
    .concat([0.5, -0.5, NaN, Infinity, 2 ** 53, Number.MIN_VALUE]);
  const members = { a: [], "": {}, "ä": [[1, [2]]], bytes: new Uint8Array([1, 2]), no: undefined, nothing: null };
  for (const value of [...text, ...numbers, true, false, null, undefined, members, "😀", ["a\u{10ffff}".repeat(30)]]) {
    assertEquals<unknown>(plainWay(value), theOtherWay(value));
  }
  const odd: unknown[] = [1n, new Date(0), new Map(), new Set(), new Float32Array(1), Object.create(null), { 1: 1 }, {
    " ": 1,
  }];
  const bad: unknown[] = [
    "\ud800",
    "x".repeat(60) + "\udc00",
    { "\ud800": 1 },
    { constructor: 1 },
    [new URL("a:b")],
    Symbol(),
    () => 1,
  ];
  for (const value of [...odd, ...bad, Object.create(Array.prototype), [[[new Date(0)]]]]) {
    assertEquals(plainWay(value), "left");
  }
});

Deno.test("writePlainValue() keeps to the limits as the other way does", () => {
  const nested = (depth: number): unknown =>
    depth === 0 ? 1 : depth % 2 === 0 ? [nested(depth - 1)] : { a: nested(depth - 1) };
  const limits = { ...DEFAULT_CBOR_LIMITS, maxDepth: 6, maxContainers: 9 };
  for (let depth = 0; depth < 12; depth++) {
    for (let width = 0; width < 12; width++) {
      const value = [Array(width).fill([]), nested(depth)];
      assertEquals(plainWay(value, limits) === "left", theOtherWay(value, limits) === "refused");
    }
  }
  const endless: unknown[] = [];
  endless.push(endless);
  assertEquals(plainWay(endless), "left");
});

Deno.test("encodeValue() writes as many items as it says, whatever a getter does to the array", () => {
  const items: unknown[] = [];
  const item = (change: () => void) => ({
    get a() {
      change();
      return 1;
    },
  });
  items.push(item(() => items.push(2)), item(() => items.length = 1), 3);
  assertEquals(decodeValue(encodeValue(items)), [{ a: 1 }, { a: 1 }, undefined]);
  const thrower = [{
    get a(): never {
      throw new RangeError("thrown by a getter");
    },
  }];
  assertThrows(() => encodeValue(thrower), RangeError, "thrown by a getter");
  assertEquals(decodeValue(encodeValue([1])), [1]);
});

Deno.test("writePlainValue() keeps no large buffer", () => {
  const large = writePlainValue(["x".repeat(2_000_000)], DEFAULT_CBOR_LIMITS);
  assertEquals(large?.length, 2_000_006);
  const small = writePlainValue([1], DEFAULT_CBOR_LIMITS);
  assert(small !== undefined && small.buffer.byteLength <= 65_536, `${small?.buffer.byteLength} bytes are kept`);
});
