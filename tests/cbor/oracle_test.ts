/**
 * The codec beside cbor-x, which knows nothing of it: random values, encoded by one and decoded by the other, and changed
 * bytes, decoded by both. The two agree, or the difference is in the list below. `SEED=2` tries others.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Decoder, Encoder } from "npm:cbor-x@^1.6.8/index-no-eval";
import { cborSerializer } from "../../mod.ts";
import {
  asBigint,
  changedBytes,
  decodedByUs,
  type KnownDifference,
  Ledger,
  REFUSED,
  refusedByThem,
  refusedByUs,
  smallValue,
} from "./oracle.ts";
import { seededRandom } from "./random_value.ts";

const SEED = Number(Deno.env.get("SEED") ?? 1);
const VALUES = 50_000;
const CHANGED_BYTES = 50_000;

/** Every difference that there may be. One that does not occur fails the test, so that the list does not outlive a reason. */
const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  // What cbor-x accepts and the strict profile refuses.
  { reason: "P4.1: cbor-x reads arrays and maps of indefinite length", explains: refusedByUs("indefinite length") },
  { reason: "P4.1: cbor-x reads a break code anywhere", explains: refusedByUs("break code where a value belongs") },
  { reason: "P4.4: cbor-x puts U+FFFD for what is no UTF-8", explains: refusedByUs("invalid UTF-8") },
  { reason: "P4.5: cbor-x makes text of other keys", explains: refusedByUs("key that is not text") },
  { reason: "P4.5: cbor-x takes __proto_ for a key __proto__", explains: refusedByUs("key __proto__") },
  { reason: "P4.5, P4.10: cbor-x takes the last of equal keys", explains: refusedByUs("repeated key") },
  { reason: "P4.6: cbor-x reads other tags, and keeps unknown ones", explains: refusedByUs("tag outside the profile") },
  { reason: "P4.7: cbor-x makes dates of anything", explains: refusedByUs("date that is not a number") },
  { reason: "P4.7: cbor-x makes invalid dates", explains: refusedByUs("date out of range") },
  { reason: "cbor-x makes bignums of anything", explains: refusedByUs("bignum that is not bytes") },
  { reason: "P4.9: cbor-x makes typed arrays of arrays", explains: refusedByUs("typed array that is not bytes") },
  { reason: "P4.9: cbor-x drops a part of an element", explains: refusedByUs("typed array with a part of an element") },
  { reason: "P4.10: cbor-x makes a set of what can be iterated", explains: refusedByUs("set that is not an array") },
  { reason: "P4.10: cbor-x ignores tag 259 elsewhere", explains: refusedByUs("tag 259 on what is not a map") },
  { reason: "P4.11: cbor-x reads heads of two bytes", explains: refusedByUs("simple value outside the profile") },
  // What cbor-x refuses and the profile allows.
  { reason: "P4.7: cbor-x reads no date from a bigint", explains: refusedByThem("date with a head of eight bytes") },
  // What both accept.
  {
    reason: "P4.4: cbor-x drops U+FEFF from the beginning of text of more than 64 bytes",
    explains: ({ ours, theirs }) => typeof theirs === "string" && theirs.length > 16 && ours === `\ufeff${theirs}`,
  },
  {
    reason: "P4.14: cbor-x takes every integer with a head of eight bytes for a bigint",
    explains: ({ from, ours, theirs }) => from !== "them" && isSameInteger(ours, theirs),
  },
  {
    reason: "P4.14: cbor-x writes a bigint of up to 64 bits as an integer, which is a number if it is safe",
    explains: ({ from, ours, theirs }) => from === "them" && isSameInteger(ours, theirs),
  },
  {
    reason: "P4.14: so an integer and a bigint are two keys or members to us and one to cbor-x, or the other way round",
    explains: ({ ours, theirs }) => isTable(ours) && isTable(theirs) && haveSameIntegers(ours, theirs),
  },
  {
    reason: "P4.14: cbor-x writes -0 as 0",
    explains: ({ from, ours, theirs }) => from === "them" && Object.is(ours, 0) && Object.is(theirs, -0),
  },
];

function isSameInteger(ours: unknown, theirs: unknown): boolean {
  return typeof ours === "number" && typeof theirs === "bigint" && asBigint(ours) === theirs;
}

type Table = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;

function isTable(value: unknown): value is Table {
  return value instanceof Map || value instanceof Set;
}

/** Whether tables of different sizes have the same integers as keys or members, be they numbers or bigints. */
function haveSameIntegers(ours: Table, theirs: Table): boolean {
  const a = new Set(Array.from(ours.keys(), asBigint));
  const b = new Set(Array.from(theirs.keys(), asBigint));
  const areIntegersShared = [...a].every((key) => typeof key !== "bigint" || b.has(key));
  return ours.size !== theirs.size && a.size === b.size && areIntegersShared;
}

const OPTIONS = { useRecords: false, mapsAsObjects: true, variableMapSize: true, tagUint8Array: false };
const ENCODER = new Encoder(OPTIONS);

function encodedByCborX(value: unknown): Uint8Array {
  return new Uint8Array(ENCODER.encode(value));
}

function decodedByCborX(bytes: Uint8Array): unknown {
  try {
    // A copy, as cbor-x adds a property to it, and a decoder of its own, as some bytes change the decoder.
    return new Decoder({ ...OPTIONS, copyBuffers: true }).decode(bytes.slice());
  } catch {
    return REFUSED; // whatever it throws is how it refuses
  }
}

Deno.test("the codec and cbor-x read what the other writes, and agree on changed bytes, but for listed differences", async (t) => {
  const random = seededRandom(SEED);
  const ledger = new Ledger(KNOWN_DIFFERENCES);

  await t.step("cbor-x reads what we write, and we read what cbor-x writes", () => {
    for (let i = 0; i < VALUES; i++) {
      const value = smallValue(random);
      const ours = cborSerializer.serialize(value);
      ledger.compare(ours, "us", value, decodedByCborX(ours));
      const theirs = encodedByCborX(value);
      ledger.compare(theirs, "them", decodedByUs(theirs), value);
    }
    assertEquals(ledger.unknown, [], `SEED=${SEED}`);
  });

  await t.step("both make the same of changed bytes", () => {
    for (let i = 0; i < CHANGED_BYTES; i++) {
      const encode = i % 2 === 0 ? cborSerializer.serialize : encodedByCborX;
      const bytes = changedBytes(random, encode);
      ledger.compare(bytes, "chance", decodedByUs(bytes), decodedByCborX(bytes));
    }
    assertEquals(ledger.unknown, [], `SEED=${SEED}`);
  });

  await t.step("every listed difference occurs", () => assertEquals(ledger.unused, []));
});
