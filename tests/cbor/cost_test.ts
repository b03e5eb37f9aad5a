import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decode, encode, refusal } from "./codec.ts";

const BYTES = 262_144;

/** As many copies of some bytes as make an array of about {@linkcode BYTES}. */
function arrayOf(...item: number[]): Uint8Array {
  const count = Math.floor(BYTES / item.length);
  const bytes = new Uint8Array(5 + count * item.length);
  bytes.set([0x9a, count >>> 24, count >>> 16, count >>> 8, count]);
  for (let i = 0; i < count; i++) bytes.set(item, 5 + i * item.length);
  return bytes;
}

/** Values that are small as bytes and large, or slow to make, as values. */
const COSTLY: Readonly<Record<string, Uint8Array>> = {
  "empty arrays": arrayOf(0x80),
  "empty objects": arrayOf(0xa0),
  "empty byte strings": arrayOf(0x40),
  "byte strings of one byte": arrayOf(0x41, 1),
  "empty sets": arrayOf(0xd9, 1, 2, 0x80),
  "empty maps": arrayOf(0xd9, 1, 3, 0xa0),
  "empty typed arrays": arrayOf(0xd8, 0x56, 0x40),
  "dates of one byte": arrayOf(0xc1, 0),
  "objects with room for a thousand indices": arrayOf(0xa1, 0x64, 0x31, 0x30, 0x32, 0x33, 0),
  "objects with an index far off": arrayOf(0xa1, 0x68, 0x31, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0),
  "arrays of one short float": arrayOf(0x81, 0xf9, 0x3c, 1),
  "objects each with a key of its own": encode(
    Array.from({ length: BYTES / 8 }, (_, i) => ({ [i.toString(36).padStart(5, "k")]: 0 })),
  ),
};

for (const [name, bytes] of Object.entries(COSTLY)) {
  Deno.test(`P4.16 a quarter of a mebibyte of ${name} costs more than the budget, and is let in where that is raised`, () => {
    const error = refusal(bytes);
    assert(error !== undefined, "it is not refused");
    assertEquals(error.limit, "maxExpansion");
    assertStringIncludes(error.message, "decoding costs more than the budget of 16 for each byte (maxExpansion), ");
    assertStringIncludes(error.message, "which cborSerializerWith() raises for a method");
    assertEquals(refusal(bytes, { maxExpansion: 2_000 }), undefined);
  });
}

Deno.test("P4.16 what a value costs does not depend on what has been read before", () => {
  const rows = (name: string) => Array.from({ length: 500 }, (_, i) => ({ [`${name}${i % 400}`]: i }));
  for (let i = 0; i < 3; i++) {
    assert(refusal(encode(rows("key"))) !== undefined);
    assertEquals(decode(encode(rows("key").slice(0, 50))), rows("key").slice(0, 50));
  }
});

Deno.test("P4.16 a dictionary of 10,000 small numbers by numbers of 6 to 9 digits costs less than the budget", () => {
  const dictionary = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, i) => [String(10 ** (5 + i % 4) + i * 7), i % 24]),
  );
  assertEquals(decode(encode(dictionary)), dictionary);
});
