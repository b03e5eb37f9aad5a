import { assert, assertEquals } from "@std/assert";
import {
  CborError,
  checkItem,
  decodeChecked,
  decodeValue,
  DEFAULT_CBOR_LIMITS,
  encodeValue,
} from "../../src/cbor/mod.ts";
import { recallName, rememberName } from "../../src/cbor/name_cache.ts";
import { NOT_PLAIN, plainItemEnd, readPlainItem } from "../../src/cbor/plain_items.ts";
import { below, randomValue, seededRandom } from "./random_value.ts";

/** What is read, and where it ends. */
type Reading = { readonly value: unknown; readonly end: number };

/** What the other way makes of the item that begins an array of bytes. */
function theOtherWay(bytes: Uint8Array, limits = DEFAULT_CBOR_LIMITS): Reading | "refused" {
  const marks: number[] = [];
  try {
    const end = checkItem(bytes, 0, bytes.length, limits, marks);
    return { value: decodeChecked(bytes, 0, end, marks), end };
  } catch (error) {
    if (error instanceof CborError) return "refused";
    throw error;
  }
}

function plainWay(bytes: Uint8Array, limits = DEFAULT_CBOR_LIMITS): Reading | "left" {
  const value = readPlainItem(bytes, 0, bytes.length, limits);
  return value === NOT_PLAIN ? "left" : { value, end: plainItemEnd() };
}

/** An item as hexadecimal digits, blanks between them or not. */
function item(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(" ", "").match(/../g) ?? [], (digits) => parseInt(digits, 16));
}

Deno.test("readPlainItem() reads what the other way would read, or leaves it to it", () => {
  let read = 0;
  for (let seed = 0; seed < 4_000; seed++) {
    const random = seededRandom(seed);
    const bytes = encodeValue(randomValue(random, 4)).slice();
    // Some as they are, some with a byte changed, some cut off or with something after them.
    const change = below(random, 4);
    if (change === 1) bytes[below(random, bytes.length)] = below(random, 256);
    const changed = change === 2 ? bytes.subarray(0, below(random, bytes.length + 1)) : bytes;
    const plain = plainWay(change === 3 ? Uint8Array.of(...changed, 0) : changed);
    if (plain === "left") continue;
    read += 1;
    assertEquals<unknown>(plain, theOtherWay(changed), `seed ${seed}`);
  }
  assert(read > 600, `${read} items were plain`);
});

Deno.test("readPlainItem() takes plain items, and leaves odd and bad ones to the other way", () => {
  const values: unknown[] = [
    0,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    2 ** 32 - 1,
    -1,
    -24,
    -25,
    -(2 ** 32),
    0.5,
    NaN,
    -Infinity,
  ];
  values.push(
    true,
    false,
    null,
    undefined,
    "",
    "x",
    "ä",
    "\ufeff",
    "x".repeat(300),
    "水".repeat(30),
    "\ufeff".repeat(40),
  );
  values.push(
    [],
    {},
    [[1, [2]]],
    { a: [], "ä": { b: null, c: undefined } },
    [new Uint8Array([1, 2])],
    new Uint8Array(300),
  );
  for (const value of values) {
    const bytes = encodeValue(value);
    assertEquals<unknown>(plainWay(bytes), { value, end: bytes.length });
    assertEquals<unknown>(theOtherWay(bytes), { value, end: bytes.length });
  }
  const odd = [2n ** 40n, new Date(0), new Map(), new Set(), new Float32Array(1), { 1: 1 }, { "": 1 }, [{ " ": 1 }]];
  for (const value of odd) assertEquals(plainWay(encodeValue(value)), "left");
  const bad = [
    "", // nothing
    "18", // a head cut off
    "1a 000001", // likewise
    "1c", // a reserved length
    "5f", // an indefinite one
    "62 61", // text cut off
    "61 ff", // no UTF-8
    "78 19 ff616161616161616161616161616161616161616161616161", // likewise, longer
    "42 01", // bytes cut off
    "82 01", // an array cut off
    "9a ffffffff 01", // one that declares more than there is
    "a1 61 61", // a map without its value
    "a1 01 02", // a key that is no text
    "a2 6161 01 6161 02", // a key that stands twice
    "a1 69 5f5f70726f746f5f5f 01", // __proto__
    "a1 6b 636f6e7374727563746f72 01", // constructor
    "a1 69 70726f746f74797065 01", // prototype
    "e0", // an unassigned simple value
    "f8 ff", // likewise
    "fb 00000000000000", // a float cut off
    "ff", // a break
  ];
  for (const hex of bad) {
    assertEquals([plainWay(item(hex)), theOtherWay(item(hex))], ["left", "refused"], hex);
  }
});

Deno.test("readPlainItem() takes no forbidden key, also where it is known as another name", () => {
  for (const name of ["constructor", "prototype", "__proto__"]) {
    const text = encodeValue(name);
    rememberName(name, text, 1, name.length);
    assertEquals(recallName(text, 1, name.length), name);
    assertEquals(plainWay(Uint8Array.of(0xa1, ...text, 1)), "left");
  }
});

Deno.test("readPlainItem() keeps to the limits as the other way does", () => {
  const nested = (depth: number): unknown =>
    depth === 0 ? 1 : depth % 2 === 0 ? [nested(depth - 1)] : { a: nested(depth - 1) };
  const limits = { ...DEFAULT_CBOR_LIMITS, maxDepth: 6, maxContainers: 9 };
  for (let depth = 0; depth < 12; depth++) {
    for (let width = 0; width < 12; width++) {
      const bytes = encodeValue([Array(width).fill([]), nested(depth)]);
      assertEquals(plainWay(bytes, limits) === "left", theOtherWay(bytes, limits) === "refused");
    }
  }
});

Deno.test("readPlainItem() reads maps of 16 keys, and leaves larger ones and large items to the other way", () => {
  const objectOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${i}`, i]));
  assertEquals<unknown>(plainWay(encodeValue(objectOf(16))), theOtherWay(encodeValue(objectOf(16))));
  assertEquals(plainWay(encodeValue(objectOf(17))), "left");
  assertEquals(plainWay(encodeValue("x".repeat(65_000))) === "left", false);
  assertEquals(plainWay(encodeValue("x".repeat(66_000))), "left");
  assertEquals(decodeValue(encodeValue([objectOf(40), "x".repeat(66_000)])), [objectOf(40), "x".repeat(66_000)]);
});
