import { assertEquals, assertThrows } from "@std/assert";
import { collidingIntegers } from "../../bench/colliding_integers.ts";
import { CborError, checkItem, DEFAULT_CBOR_LIMITS } from "../../src/cbor/mod.ts";
import { swiftly } from "../fuzz/assertions.ts";

const COUNT = 16_000;
/** For those who need many numbers in maps: the check itself stays fast. */
const LIMITS = { ...DEFAULT_CBOR_LIMITS, maxNumericKeys: COUNT + 1 };

/** A map with these keys, each an item, and zeros for values. */
function map(tag: readonly number[], keys: readonly Uint8Array[]): Uint8Array {
  const head = [...tag, 0xba, 0, 0, keys.length >> 8, keys.length & 0xff];
  const bytes = new Uint8Array(head.length + keys.reduce((sum, { length }) => sum + length + 1, 0));
  bytes.set(head);
  let offset = head.length;
  for (const key of keys) {
    bytes.set(key, offset);
    offset += key.length + 1;
  }
  return bytes;
}

function integer(number: number): Uint8Array {
  const bytes = new Uint8Array(5).fill(0x1a);
  new DataView(bytes.buffer).setUint32(1, number);
  return bytes;
}

function textOf(number: number): Uint8Array {
  const digits = new TextEncoder().encode(String(number));
  return Uint8Array.of(0x60 + digits.length, ...digits);
}

const integers = collidingIntegers(COUNT).map(integer);
/** Multiples of a power of two, which V8 hashes as if they were the index that they look like. */
const indices = Array.from({ length: 4_096 }, (_, i) => textOf(i * 4_096));

for (
  const [name, tag, keys] of [
    ["P4.10 integers as keys of a map of tag 259", [0xd9, 0x01, 0x03], integers],
    ["P4.10 indices as keys of a map of tag 259", [0xd9, 0x01, 0x03], indices],
    ["P4.5 indices as keys of a map", [], indices],
  ] as const
) {
  Deno.test(`${name} that fall together in a hash table are compared in no time`, () => {
    const distinct = map(tag, keys);
    assertEquals(swiftly(() => checkItem(distinct, 0, distinct.length, LIMITS)), distinct.length);
    for (const [again, last] of [[0, 1], [7, keys.length], [keys.length - 2, keys.length - 1]] as const) {
      const repeating = map(tag, [...keys.slice(0, last), keys[again]!, ...keys.slice(last)]);
      const check = (): unknown => {
        return assertThrows(() => checkItem(repeating, 0, repeating.length, LIMITS), CborError, "the same key twice");
      };
      swiftly(check);
    }
  });
}
