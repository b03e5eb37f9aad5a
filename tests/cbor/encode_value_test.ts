import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { decodeValue, encodeValue } from "../../src/cbor/mod.ts";
import { encodeUnchecked } from "../../src/cbor/codec.ts";
import { Buffer } from "node:buffer";
import { toHex } from "../vectors/vectors.ts";

/** A value that must be refused, with a part of the message. */
function refuses(value: unknown, message: string): void {
  assertThrows(() => encodeValue(value), TypeError, message);
}

class Point {
  x = 1;
}

Deno.test("encodeValue() refuses functions and symbols and says where they are", () => {
  refuses(() => 1, "Cannot encode the value: a function has no encoding");
  refuses({ a: [1, { b: () => 1 }] }, "Cannot encode the value at a › 1 › b: a function has no encoding");
  refuses([Symbol("x")], "Cannot encode the value at 0: a symbol has no encoding");
  refuses(new Map([["k", Symbol("x")]]), "at a Map › k: a symbol");
  refuses(new Map([[() => 1, 1]]), "at a Map › a key: a function");
  refuses(new Map([[null, () => 1]]), "at a Map › a value: a function");
  refuses([[new Set([1, () => 1])]], "at 0 › 0 › a Set › a member: a function");
});

Deno.test("encodeValue() refuses objects that would not come back as what they are", () => {
  refuses(new Point(), "an object of class Point has no encoding; make it a plain object");
  refuses({ p: [new Point()] }, "at p › 0: an object of class Point");
  for (const value of [/a/, new Error("x"), new WeakMap(), Promise.resolve(), new URL("http://a/"), new String("x")]) {
    refuses(value, `an object of class ${value.constructor.name} has no encoding`);
  }
  refuses(new DataView(new ArrayBuffer(1)), "an object of class DataView");
  refuses([1].values(), "has no encoding");
  refuses(new (class List extends Array {})(), "an object of class List");
  refuses(new (class Table extends Map {})(), "an object of class Table");
  refuses(new (class Bag extends Set {})(), "an object of class Bag");
  refuses(new (class Words extends Uint16Array {})(), "an object of class Words");
  refuses(Object.create({ constructor: undefined }), "an object with a prototype of its own");
  refuses(Object.create(null, { [Symbol.iterator]: { value: () => [][Symbol.iterator]() } }), "has no encoding");
});

Deno.test("encodeValue() refuses what has no valid encoding", () => {
  refuses(new Date(NaN), "an invalid Date has no encoding");
  refuses("a\ud800", "a string with a lone surrogate is not text");
  refuses({ "\udc00": 1 }, "a property name with a lone surrogate is not text");
});

Deno.test("encodeValue() refuses dates that a float of seconds cannot tell from their neighbours", () => {
  refuses(
    [new Date(4398046511104020), new Date(4398046511104021)],
    "at 1: a Date of 4398046511104021 ms cannot be said",
  );
  for (const time of [2 ** 42 * 1000 - 1, 4398046511104020, 4497902054870850, 8.64e15, -8.64e15]) {
    assertEquals(decodeValue(encodeValue(new Date(time))), new Date(time));
  }
});

Deno.test("encodeValue() refuses a value that contains itself", () => {
  const array: unknown[] = [];
  array.push({ me: array });
  assertThrows(() => encodeValue(array), RangeError, "nested deeper than 64 levels (maxDepth), or contains itself");
  const map = new Map<string, unknown>();
  map.set("me", new Set([map]));
  assertThrows(() => encodeValue(map), RangeError, "at a Map › me › a Set › a member › a Map");
  assertEquals(encodeValue([1]), Uint8Array.of(0x81, 1));
});

Deno.test("encodeValue() refuses what a peer would refuse for its size", () => {
  assertThrows(() => encodeValue(1n << 9000n), RangeError, "a bigint of 1126 bytes is above 1024 (maxBignumBytes)");
  assertThrows(() => encodeValue(-(1n << 8192n) - 1n), RangeError, "a bigint of 1025 bytes");
  assertEquals(decodeValue(encodeValue((1n << 8192n) - 1n)), (1n << 8192n) - 1n);
  assertEquals(decodeValue(encodeValue(-(1n << 8192n))), -(1n << 8192n));
  const shared = { a: [] };
  const wide = Array.from({ length: 200_000 }, () => shared);
  assertThrows(() => encodeValue(wide), RangeError, "more than 262144 arrays, maps and tags (maxContainers)");
  assertThrows(
    () => encodeValue([[[]]], { maxDepth: 2 }),
    RangeError,
    "Cannot encode the value at 0 › 0: nested deeper than 2",
  );
});

Deno.test("encodeValue() counts levels and containers as checkItem() does", () => {
  for (const value of [[], {}, new Date(1), 1n << 64n, -(1n << 64n), new Uint16Array(1)]) {
    encodeValue(value, { maxDepth: 1, maxContainers: 1 });
    decodeValue(encodeValue(value), { maxDepth: 1, maxContainers: 1 });
    assertThrows(() => encodeValue([value], { maxDepth: 1 }), RangeError);
    assertThrows(() => encodeValue([value], { maxContainers: 1 }), RangeError);
  }
  for (const value of [new Map(), new Set()]) {
    assertThrows(() => encodeValue(value, { maxDepth: 1 }), RangeError);
    decodeValue(encodeValue(value, { maxDepth: 2, maxContainers: 2 }), { maxDepth: 2, maxContainers: 2 });
  }
  for (const value of ["text", 1, 1n, null, new Uint8Array(1), new ArrayBuffer(1)]) {
    encodeValue([value], { maxDepth: 1, maxContainers: 1 });
  }
});

Deno.test("encodeValue() takes plain objects of any origin", () => {
  assertEquals(decodeValue(encodeValue(Object.assign(Object.create(null), { a: 1 }))), { a: 1 });
  const foreign = Object.create(Object.create(null, { toString: { value: () => "" } }), {
    a: { value: 1, enumerable: true },
  });
  assertEquals(decodeValue(encodeValue(foreign)), { a: 1 });
  const pile = { visible: 1, [Symbol("hidden")]: 2 };
  Object.defineProperty(pile, "unseen", { value: () => 1, enumerable: false });
  assertEquals(decodeValue(encodeValue(pile)), { visible: 1 });
});

Deno.test("encodeValue() passes over what was added to a prototype", () => {
  Object.defineProperty(Object.prototype, "polluted", { value: () => 1, enumerable: true, configurable: true });
  try {
    assertEquals(toHex(encodeValue({ a: 1 })), "a1616101");
  } finally {
    delete (Object.prototype as { polluted?: unknown }).polluted;
  }
});

Deno.test("encodeValue() writes holes as undefined, -0 as 0 and buffers as bytes", () => {
  // deno-lint-ignore no-sparse-arrays -- holes are what is tested
  assertEquals(toHex(encodeValue([1, , 3])), "8301f703");
  assertEquals(toHex(encodeValue(-0)), "00");
  assertEquals(toHex(encodeValue(Uint8Array.of(1, 2).buffer)), "420102");
  assertEquals(toHex(encodeValue(Buffer.from([1, 2]))), "420102");
  assertEquals(toHex(encodeValue(new Uint8Array([9, 1, 2, 9]).subarray(1, 3))), "420102");
});

Deno.test("encodeValue() returns plain bytes that keep little alive besides themselves", () => {
  const bytes = encodeValue({ a: 1 });
  assertStrictEquals(Object.getPrototypeOf(bytes), Uint8Array.prototype);
  assert(bytes.buffer.byteLength <= 8_192, `${bytes.buffer.byteLength} bytes are kept`);
  const large = encodeValue("x".repeat(5_000));
  assertEquals(large.buffer.byteLength, large.length);
});

Deno.test("encodeValue() returns bytes that no later call touches", () => {
  const all = Array.from({ length: 3_000 }, (_, i) => ({ bytes: encodeValue({ i, text: "x".repeat(i % 200) }), i }));
  encodeValue("y".repeat(100_000));
  for (const { bytes, i } of all) assertEquals(decodeValue(bytes), { i, text: "x".repeat(i % 200) });
});

Deno.test("encodeValue() does not keep the memory of a large value", () => {
  const large = encodeUnchecked(new Uint8Array(3_000_000));
  assert(large.buffer.byteLength >= 3_000_000);
  const small = encodeUnchecked([1]);
  assertEquals(toHex(small), "8101");
  assert(small.buffer.byteLength <= 65_536, `${small.buffer.byteLength} bytes are kept`);
  assertEquals(decodeValue(encodeValue("ä".repeat(40_000))), "ä".repeat(40_000));
});

Deno.test("encodeValue() refuses to be called by a getter of what it encodes", () => {
  const inner = {
    get bytes(): Uint8Array {
      return encodeValue([1, [2]]);
    },
  };
  refuses({ a: [inner] }, "Cannot encode a value within a getter of another one that is being encoded");
  assertEquals(toHex(encodeValue([1])), "8101");
});

Deno.test("encodeValue() lets errors of getters pass and recovers from them", () => {
  const bad = {
    get a(): never {
      throw new Error("mine");
    },
  };
  assertThrows(() => encodeValue([[bad]]), Error, "mine");
  refuses([() => 1], "at 0: a function");
  assertEquals(toHex(encodeValue([])), "80");
});

Deno.test("decodeValue() gives byte strings as plain views on what it was given", () => {
  const bytes = encodeValue({ b: Uint8Array.of(1, 2, 3) });
  const decoded = decodeValue(bytes) as { b: Uint8Array };
  assertStrictEquals(Object.getPrototypeOf(decoded.b), Uint8Array.prototype);
  assertStrictEquals(decoded.b.buffer, bytes.buffer);
  const fromBuffer = decodeValue(Buffer.from(bytes)) as { b: Uint8Array };
  assertStrictEquals(Object.getPrototypeOf(fromBuffer.b), Uint8Array.prototype);
});

Deno.test("decodeValue() leaves what it was given as it is", () => {
  const bytes = encodeValue([1, "x"]);
  decodeValue(bytes);
  assertEquals(Object.keys(bytes), ["0", "1", "2", "3"]);
});

Deno.test("decodeValue() gives typed arrays whatever their alignment", () => {
  for (let shift = 0; shift < 9; shift++) {
    const value = ["x".repeat(shift), Float64Array.of(1.5, -2), BigInt64Array.of(-1n), Uint16Array.of(7)];
    assertEquals(decodeValue(encodeValue(value)), value);
  }
});

Deno.test("decodeValue() keeps a leading U+FEFF in text of any length", () => {
  for (const length of [0, 10, 61, 62, 63, 100, 252, 253, 70_000]) {
    const text = "\ufeff" + "x".repeat(length);
    const value = [text, { [text]: [text, 1] }, new Map([[text, "\ufeff" + text]])];
    assertEquals(decodeValue(encodeValue(value)), value, `${length} characters`);
  }
});

Deno.test("decodeValue() gives objects that are plain and independent", () => {
  const bytes = encodeValue({ a: {} });
  const first = decodeValue(bytes) as { a: object };
  assertStrictEquals(Object.getPrototypeOf(first), Object.prototype);
  assertNotStrictEquals(first.a, (decodeValue(bytes) as { a: object }).a);
});
