import fc from "fast-check";
import { assert, assertEquals, assertIsError } from "@std/assert";
import { CborError } from "../../src/cbor/cbor_error.ts";
import { Decoder, decodeValue } from "../../src/cbor/decode.ts";
import { encodeValue } from "../../src/cbor/encode.ts";
import { DEFAULT_CBOR_LIMITS } from "../../src/cbor/profile.ts";
import { toHex } from "../vectors/vectors.ts";
import { arrived, value } from "./arbitrary_values.ts";
import { assertSame, cborErrorOr, swiftly } from "./assertions.ts";
import { type FuzzProperty, fuzzProperty } from "./fuzz_property.ts";
import { mutate, mutation } from "./mutations.ts";
import { referenceEnd } from "./reference_profile.ts";

/** A value comes back as it was, and its encoding is one of the profile. */
function checkRoundTrip(sent: unknown): number {
  const encoded = encodeValue(sent);
  assertEquals(referenceEnd(encoded), encoded.length, "what is sent is of the profile (P4.13)");
  assertSame(decodeValue(encoded), arrived(sent), "the value that has arrived");
  return 1;
}

/** Where an item ends. */
function itemEnd(bytes: Uint8Array): number {
  const decoder = new Decoder(DEFAULT_CBOR_LIMITS);
  decoder.reset(bytes, 0, bytes.length);
  decoder.item();
  return decoder.offset;
}

/** The codec finds what the text of the profile says, and nothing but its own error comes out. */
function checkAgainstReference(bytes: Uint8Array): number {
  const end = swiftly(() => cborErrorOr(() => itemEnd(bytes)));
  if (end instanceof CborError && end.limit === "maxExpansion") return 1;
  const expected = referenceEnd(bytes);
  if (end instanceof CborError) assert(expected === -1, `refused: ${end.message}; the reference ends at ${expected}`);
  else assertEquals(end, expected, "where the item ends");
  return 1;
}

/** What is decoded can be sent on, and is the same then. */
function checkDecoded(bytes: Uint8Array): void {
  const decoded = swiftly(() => cborErrorOr(() => decodeValue(bytes)));
  if (decoded instanceof CborError) {
    const { offset = -1 } = decoded;
    assert(offset >= 0 && offset <= bytes.length, `offset ${offset} of ${bytes.length}`);
    return;
  }
  const again = encodeAgain(decoded);
  if (again === undefined) return;
  assertEquals(toHex(encodeValue(decodeValue(again))), toHex(again), "the value, decoded and encoded twice");
}

/**
 * Encodes what has been decoded. A peer's float of seconds may be a date beyond the year 141,338 that comes to milliseconds
 * which no float says (S44); that alone cannot be sent on.
 */
function encodeAgain(decoded: unknown): Uint8Array | undefined {
  try {
    return encodeValue(decoded);
  } catch (error) {
    assertIsError(error, CborError, "that seconds cannot tell exactly");
    return undefined;
  }
}

const mutations = fc.array(fc.array(mutation, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });

/** Heads of all kinds in a row, most of which mean something. */
const heads = fc.array(
  fc.oneof(
    fc.constantFrom(0x00, 0x40, 0x41, 0x60, 0x61, 0x80, 0x81, 0x82, 0xa0, 0xa1, 0xa2, 0xc1, 0xc2, 0xf4, 0xf6, 0xf7),
    fc.constantFrom(0x18, 0x1b, 0x58, 0x5b, 0x78, 0x98, 0xb8, 0xd8, 0xd9, 0xf9, 0xfa, 0xfb, 0x64, 0x43, 0x01, 0x02),
    fc.nat({ max: 0xff }),
  ),
  { minLength: 1, maxLength: 40 },
).map((bytes) => Uint8Array.from(bytes));

const keyItem = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 200 }).map((key) => encodeValue(`k${key}`)) },
  { weight: 3, arbitrary: fc.nat({ max: 200 }).map((key) => Uint8Array.of(0x19, key >> 7, key)) },
  { weight: 1, arbitrary: fc.nat({ max: 200 }).map((key) => encodeValue(BigInt(key))) },
  { weight: 1, arbitrary: fc.nat({ max: 200 }).map((key) => encodeValue(key + 0.5)) },
  { weight: 1, arbitrary: fc.constantFrom(0xf4, 0xf5, 0xf6, 0xf7).map((byte) => Uint8Array.of(byte)) },
  { weight: 1, arbitrary: value.map((key) => encodeValue(key)) },
);
const textKeys = fc.array(fc.nat({ max: 300 }).map((key) => encodeValue(`k${key}`)), { maxLength: 45 });
const anyKeys = fc.array(keyItem, { maxLength: 45 });

/** A map with these keys, some of which may stand twice. */
function mapOf(keys: readonly Uint8Array[], tag: readonly number[]): Uint8Array {
  return Uint8Array.from([...tag, 0xb8, keys.length, ...keys.flatMap((key) => [...key, 0x00])]);
}

/** Sets of about as many numeric keys as there may be. */
const numericSet = fc.tuple(keyItem, keyItem, fc.integer({ min: 1_020, max: 1_028 })).map(([one, other, count]) => {
  const members = Array.from({ length: count }, (_, i) => i % 7 === 3 ? [...other] : [...one]);
  return Uint8Array.from([0xd9, 0x01, 0x02, 0x99, count >> 8, count & 0xff, ...members.flat()]);
});
/** What must hold of values, whatever they are and whatever bytes come in their place. */
export const VALUE_PROPERTIES: readonly FuzzProperty[] = [
  fuzzProperty({
    name: "a value arrives as it was sent",
    share: 0.05,
    cases: value,
    check: checkRoundTrip,
  }),
  fuzzProperty({
    name: "bytes of a value, changed, are refused or decoded as the profile says",
    share: 0.3,
    cases: fc.tuple(value, mutations),
    check: ([sent, changes]) => {
      const encoded = encodeValue(sent);
      for (const change of changes) {
        const bytes = mutate(encoded, change);
        checkAgainstReference(bytes);
        checkDecoded(bytes);
      }
      return changes.length;
    },
  }),
  fuzzProperty({
    name: "random heads are refused or decoded as the profile says",
    share: 0.15,
    cases: fc.array(heads, { minLength: 1, maxLength: 12 }),
    check: (all) => {
      for (const bytes of all) {
        checkAgainstReference(bytes);
        checkDecoded(bytes);
      }
      return all.length;
    },
  }),
  fuzzProperty({
    name: "maps of many keys are refused if one of them stands twice",
    share: 0.05,
    cases: fc.tuple(textKeys, anyKeys),
    check: ([texts, keys]) => {
      const maps = [mapOf(texts, []), mapOf(texts, [0xd9, 0x01, 0x03]), mapOf(keys, [0xd9, 0x01, 0x03])];
      for (const bytes of maps) {
        checkAgainstReference(bytes);
        checkDecoded(bytes);
      }
      return maps.length;
    },
  }),
  fuzzProperty({
    name: "numeric keys are counted as the profile says",
    share: 0.001,
    cases: numericSet,
    check: checkAgainstReference,
  }),
];
