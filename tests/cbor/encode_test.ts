import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { CborError } from "../../src/links/mod.ts";
import { decode, encode } from "./codec.ts";
import { Buffer } from "node:buffer";
import { runInNewContext } from "node:vm";
import { toHex } from "../vectors/vectors.ts";

/** A value that must be refused, with a part of the message. */
function refuses(value: unknown, message: string): void {
  assertThrows(() => encode(value), CborError, message);
}

class Point {
  x = 1;
}

Deno.test("encode() refuses functions and symbols and says where they are", () => {
  refuses(() => 1, "Cannot encode the value: a function has no encoding");
  refuses({ a: [1, { b: () => 1 }] }, "Cannot encode the value at a[1].b: a function has no encoding");
  refuses([Symbol("x")], "Cannot encode the value at [0]: a symbol has no encoding");
  refuses(new Map([["k", Symbol("x")]]), `at get("k"): a symbol`);
  refuses(new Map([[() => 1, 1]]), "at key(0): a function");
  refuses(new Map([[null, () => 1]]), "at get(null): a function");
  refuses([[new Set([1, () => 1])]], "at [0][0].member(1): a function");
});

Deno.test("encode() refuses objects that would not come back as what they are", () => {
  refuses(new Point(), "an object of class Point has no encoding; make it a plain object");
  refuses({ p: [new Point()] }, "at p[0]: an object of class Point");
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

Deno.test("encode() refuses what has no valid encoding", () => {
  refuses(new Date(NaN), "an invalid Date, or one that seconds cannot tell exactly, has no encoding");
  refuses("a\ud800", "a string with a lone surrogate is not text");
  refuses({ "\udc00": 1 }, "a string with a lone surrogate is not text");
});

Deno.test("encode() refuses dates that a float of seconds cannot tell from their neighbours", () => {
  refuses(
    [new Date(4398046511104020), new Date(4398046511104021)],
    "at [1]: an invalid Date, or one that seconds cannot tell exactly",
  );
  for (const time of [2 ** 42 * 1000 - 1, 4398046511104020, 4497902054870850, 8.64e15, -8.64e15]) {
    assertEquals(decode(encode(new Date(time))), new Date(time));
  }
});

Deno.test("encode() refuses a value that contains itself", () => {
  const array: unknown[] = [];
  array.push({ me: array });
  assertThrows(() => encode(array), CborError, "nested deeper than 64 levels (maxDepth), or contains itself");
  const map = new Map<string, unknown>();
  map.set("me", new Set([map]));
  assertThrows(() => encode(map), CborError, `at get("me").member(0).get("me")`);
  assertEquals(encode([1]), Uint8Array.of(0x81, 1));
});

Deno.test("encode() refuses what a peer would refuse for its size", () => {
  assertThrows(() => encode(1n << 9000n), CborError, "a bigint of 1126 bytes is above 1024 (maxBignumBytes)");
  assertThrows(() => encode(-(1n << 8192n) - 1n), CborError, "a bigint of 1025 bytes");
  assertEquals(decode(encode((1n << 8192n) - 1n)), (1n << 8192n) - 1n);
  assertEquals(decode(encode(-(1n << 8192n))), -(1n << 8192n));
  assertThrows(
    () => encode([[[]]], { maxDepth: 2 }),
    CborError,
    "Cannot encode the value at [0][0]: nested deeper than 2",
  );
});

Deno.test("encode() counts levels as decode() does", () => {
  for (const value of [[], {}, new Date(1), 1n, -(1n << 64n), new Uint16Array(1)]) {
    decode(encode(value, { maxDepth: 1 }), { maxDepth: 1 });
    assertThrows(() => encode([value], { maxDepth: 1 }), CborError, "deeper than 1 levels");
    assertThrows(() => decode(encode([value]), { maxDepth: 1 }), CborError, "deeper than 1 levels");
  }
  for (const value of [new Map(), new Set()]) {
    assertThrows(() => encode(value, { maxDepth: 1 }), CborError, "deeper than 1 levels");
    decode(encode(value, { maxDepth: 2 }), { maxDepth: 2 });
  }
  for (const value of ["text", 1, null, new Uint8Array(1), new ArrayBuffer(1)]) encode([value], { maxDepth: 1 });
});

Deno.test("encode() takes what comes from another realm for what it looks like", () => {
  const foreign: unknown = runInNewContext(`({
    array: [1, [2]], map: new Map([["k", new Map()]]), set: new Set([1]), date: new Date(5), object: { a: { b: 1 } },
    bytes: Uint8Array.of(1, 2), buffer: Uint8Array.of(3).buffer, numbers: Float32Array.of(1.5), bare: Object.create(null),
    big: BigInt64Array.of(-1n),
  })`);
  assertEquals(decode(encode(foreign)), {
    ...{ array: [1, [2]], map: new Map([["k", new Map()]]), set: new Set([1]), date: new Date(5) },
    ...{ object: { a: { b: 1 } }, bytes: Uint8Array.of(1, 2), buffer: Uint8Array.of(3), numbers: Float32Array.of(1.5) },
    ...{ bare: {}, big: BigInt64Array.of(-1n) },
  });
});

Deno.test("encode() refuses instances of another realm's classes as it does of its own", () => {
  for (const code of ["new (class P {})", "new (class M extends Map {})", "new (class L extends Array {})", "/a/"]) {
    refuses(runInNewContext(code), "has no encoding");
  }
  refuses(runInNewContext("() => 1"), "a function has no encoding");
});

Deno.test("encode() is not deceived by what an object says of itself", () => {
  for (const name of ["Map", "Set", "Date", "ArrayBuffer"]) {
    refuses(Object.create({ [Symbol.toStringTag]: name }), "has no encoding");
  }
  for (const prototype of [Map.prototype, Set.prototype, Date.prototype, Uint8Array.prototype, Array.prototype]) {
    refuses(Object.create(prototype), "has no encoding");
  }
});

Deno.test("encode() takes plain objects of any origin", () => {
  assertEquals(decode(encode(Object.assign(Object.create(null), { a: 1 }))), { a: 1 });
  const foreign = Object.create(Object.create(null, { toString: { value: () => "" } }), {
    a: { value: 1, enumerable: true },
  });
  assertEquals(decode(encode(foreign)), { a: 1 });
  const pile = { visible: 1, [Symbol("hidden")]: 2 };
  Object.defineProperty(pile, "unseen", { value: () => 1, enumerable: false });
  assertEquals(decode(encode(pile)), { visible: 1 });
});

Deno.test("encode() passes over what was added to a prototype", () => {
  Object.defineProperty(Object.prototype, "polluted", { value: () => 1, enumerable: true, configurable: true });
  try {
    assertEquals(toHex(encode({ a: 1 })), "a1616101");
  } finally {
    delete (Object.prototype as { polluted?: unknown }).polluted;
  }
});

Deno.test("encode() writes holes as undefined and buffers as bytes", () => {
  // deno-lint-ignore no-sparse-arrays -- holes are what is tested
  assertEquals(toHex(encode([1, , 3])), "8301f703");
  assertEquals(toHex(encode(Uint8Array.of(1, 2).buffer)), "420102");
  assertEquals(toHex(encode(Buffer.from([1, 2]))), "420102");
  assertEquals(toHex(encode(new Uint8Array([9, 1, 2, 9]).subarray(1, 3))), "420102");
});

Deno.test("encode() returns plain bytes that keep little alive besides themselves", () => {
  const bytes = encode({ a: 1 });
  assertStrictEquals(Object.getPrototypeOf(bytes), Uint8Array.prototype);
  assert(bytes.buffer.byteLength <= 8_192, `${bytes.buffer.byteLength} bytes are kept`);
  const large = encode("x".repeat(5_000));
  assertEquals(large.buffer.byteLength, large.length);
});

Deno.test("encode() returns bytes that no later call touches", () => {
  const all = Array.from({ length: 3_000 }, (_, i) => ({ bytes: encode({ i, text: "x".repeat(i % 200) }), i }));
  encode("y".repeat(100_000));
  for (const { bytes, i } of all) assertEquals(decode(bytes), { i, text: "x".repeat(i % 200) });
});

Deno.test("encode() may be called by a getter of what it encodes", () => {
  const inner = {
    get bytes(): Uint8Array {
      return encode([1, [2]]);
    },
  };
  assertEquals(decode(encode({ a: [inner], b: 3 })), { a: [{ bytes: encode([1, [2]]) }], b: 3 });
});

Deno.test("encode() lets errors of getters pass and recovers from them", () => {
  const bad = {
    get a(): never {
      throw new Error("mine");
    },
  };
  assertThrows(() => encode([[bad]]), Error, "mine");
  refuses([() => 1], "at [0]: a function");
  assertEquals(toHex(encode([])), "80");
});

/** The buffers of byte strings and typed arrays. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(buffersOf) : [];
}

Deno.test("decode() gives plain byte strings that share no memory with another message", () => {
  const sent = {
    a: Uint8Array.of(1, 2, 3),
    b: [new Uint8Array(100), new Float64Array([0.5])],
    c: new Uint8Array(5_000),
  };
  const bytes = encode(sent);
  const [first, second] = [decode(bytes), decode(bytes)];
  assertStrictEquals(Object.getPrototypeOf((decode(Buffer.from(bytes)) as typeof sent).a), Uint8Array.prototype);
  for (const buffer of new Set(buffersOf(first))) structuredClone(buffer, { transfer: [buffer] });
  bytes.fill(0);
  assertEquals(second, sent);
});

Deno.test("decode() gives byte strings and typed arrays from 4 KiB on a buffer of their own", () => {
  const decoded = decode(
    encode([new Uint8Array(10), new Uint8Array(4_096), new Float32Array(1_024), new Uint8Array(9)]),
  );
  const [, large, typed] = buffersOf(decoded);
  assertEquals([large!.byteLength, typed!.byteLength], [4_096, 4_096]);
});

Deno.test("decode() lets small byte strings of a message share a buffer of 8 KiB at the most", () => {
  const decoded = decode(encode(Array.from({ length: 1_000 }, (_, i) => new Uint8Array(i % 50).fill(i))));
  assertEquals(decoded, Array.from({ length: 1_000 }, (_, i) => new Uint8Array(i % 50).fill(i)));
  const buffers = new Set(buffersOf(decoded));
  assert(buffers.size < 10, `${buffers.size} buffers`);
  for (const { byteLength } of buffers) assert(byteLength <= 8_192, `${byteLength} bytes`);
});

Deno.test("decode() gives each byte string a buffer of its own with ownBuffers", () => {
  const sent = [new Uint8Array(10).fill(1), new Uint8Array(20).fill(2), new Uint16Array([3])];
  const decoded = decode(encode(sent), { ownBuffers: true });
  assertEquals(decoded, sent);
  assertEquals(buffersOf(decoded).map(({ byteLength }) => byteLength), [10, 20, 2]);
});

Deno.test("decode() leaves what it was given as it is", () => {
  const bytes = encode([1, "x"]);
  decode(bytes);
  assertEquals(Object.keys(bytes), ["0", "1", "2", "3"]);
});

Deno.test("decode() gives typed arrays whatever their alignment", () => {
  for (let shift = 0; shift < 9; shift++) {
    const value = ["x".repeat(shift), Float64Array.of(1.5, -2), BigInt64Array.of(-1n), Uint16Array.of(7)];
    assertEquals(decode(encode(value)), value);
  }
});

Deno.test("decode() keeps a leading U+FEFF in text of any length", () => {
  for (const length of [0, 10, 61, 62, 63, 100, 252, 253, 70_000]) {
    const text = "\ufeff" + "x".repeat(length);
    const value = [text, { [text]: [text, 1] }, new Map([[text, "\ufeff" + text]])];
    assertEquals(decode(encode(value)), value, `${length} characters`);
  }
});

Deno.test("decode() gives objects that are plain and independent", () => {
  const bytes = encode({ a: {} });
  const first = decode(bytes) as { a: object };
  assertStrictEquals(Object.getPrototypeOf(first), Object.prototype);
  assertNotStrictEquals(first.a, (decode(bytes) as { a: object }).a);
});

Deno.test("encode: values keep their bytes whatever is encoded after them, small and large in turns", () => {
  const lengths = [0, 1, 100, 682, 683, 2_030, 2_048, 2_049, 9_000, 70_000];
  const values = [...lengths, ...lengths.toReversed(), ...lengths].flatMap((length) => {
    const text = "x".repeat(length);
    return [text, [text], { text, bytes: new Uint8Array(length).fill(length) }];
  });
  const encoded = values.map((value) => {
    assertThrows(() => encode([..."xyz", () => {}]), CborError);
    return encode(value);
  });
  const small = encode("small");
  structuredClone(small.buffer, { transfer: [small.buffer as ArrayBuffer] }); // it is not shared memory
  assertEquals(decode(encode("small")), "small");
  // Those that have shared its buffer are gone with it.
  encoded.forEach((bytes, i) => bytes.length > 0 && assertEquals(decode(bytes), values[i]));
});
