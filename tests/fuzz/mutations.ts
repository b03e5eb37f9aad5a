/**
 * Changes to bytes: the wire's own mistakes, and those that go for lengths.
 *
 * @module
 */
import fc from "fast-check";

/** One change. Positions are parts of the whole, so that they mean something in bytes of any length. */
export interface Mutation {
  readonly kind: (typeof KINDS)[number];
  /** Where, from 0 to 65,535 for the beginning to the end. */
  readonly at: number;
  /** How many bytes, where that says something. */
  readonly size: number;
  /** The byte that is written, or the bits that are flipped. */
  readonly byte: number;
}

const KINDS = ["flip", "set", "insert", "delete", "duplicate", "splice", "truncate", "length", "length"] as const;

/** A change. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...KINDS),
  at: fc.nat({ max: 0xffff }),
  size: fc.integer({ min: 1, max: 16 }),
  byte: fc.nat({ max: 0xff }),
});

/** What lengths are replaced by: none, a few too many, and ones that nobody has memory for. */
const LENGTHS = [0n, 1n, 17n, 256n, 0xffffn, 0x7fff_ffffn, 0xffff_ffffn, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n];

/**
 * Applies changes, one after the other.
 *
 * @param bytes The bytes, which stay as they are.
 * @param mutations The changes.
 * @returns The changed bytes.
 */
export function mutate(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array<ArrayBuffer> {
  return mutations.reduce<Uint8Array<ArrayBuffer>>(apply, bytes.slice());
}

function apply(bytes: Uint8Array, { kind, at, size, byte }: Mutation): Uint8Array<ArrayBuffer> {
  const start = Math.floor((at / 0x10000) * (bytes.length + 1));
  const end = Math.min(start + size, bytes.length);
  switch (kind) {
    case "flip":
      return bytes.map((old, i) => i === start ? old ^ (byte || 1) : old);
    case "set":
      return bytes.map((old, i) => i === start ? byte : old);
    case "insert":
      return replaced(bytes, start, start, new Uint8Array(size).fill(byte));
    case "delete":
      return replaced(bytes, start, end, new Uint8Array());
    case "duplicate":
      return replaced(bytes, end, end, bytes.subarray(start, end));
    case "splice":
      return replaced(bytes, start, end, bytes.subarray(byte % (bytes.length + 1), byte + size * 2));
    case "truncate":
      return bytes.slice(0, start);
    case "length":
      return withLength(bytes, start, size, byte);
  }
}

function replaced(bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(start + by.length + bytes.length - end);
  result.set(bytes.subarray(0, start));
  result.set(by, start);
  result.set(bytes.subarray(end), start + by.length);
  return result;
}

/** Gives the first thing from `start` that looks like a head with a length another length. */
function withLength(bytes: Uint8Array, start: number, size: number, byte: number): Uint8Array<ArrayBuffer> {
  const found = bytes.subarray(start).findIndex((initial) =>
    initial >= 0x40 && initial < 0xdc && (initial & 0x1f) < 28
  );
  if (found < 0) return bytes.slice();
  const at = start + found;
  const initial = bytes[at]!;
  // One more, one less, or something else altogether.
  if (size > 8) return bytes.map((old, i) => i === at ? (old & 0xe0) | ((old + (byte & 1 ? 1 : -1)) & 0x1f) : old);
  const info = initial & 0x1f;
  const argumentBytes = info < 24 ? 0 : 1 << (info - 24);
  return replaced(bytes, at, Math.min(at + 1 + argumentBytes, bytes.length), head(initial & 0xe0, size, byte));
}

function head(major: number, size: number, byte: number): Uint8Array {
  const width = size % 4;
  const all = new Uint8Array(9);
  new DataView(all.buffer).setBigUint64(1, LENGTHS[byte % LENGTHS.length]!);
  const argument = all.subarray(9 - (1 << width));
  return Uint8Array.of(major | (24 + width), ...argument);
}

/**
 * Cuts bytes into chunks.
 *
 * @param bytes The bytes.
 * @param sizes The sizes of the chunks, over and over; at least one above 0. 0 makes an empty chunk.
 * @returns The chunks, which together are the bytes.
 */
export function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let offset = 0, i = 0; offset < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    chunks.push(bytes.slice(offset, offset + size));
    offset += size;
  }
  return chunks;
}

/** Sizes for {@linkcode cut}. */
export const chunkSizes: fc.Arbitrary<number[]> = fc.tuple(
  fc.array(fc.nat({ max: 40 }), { maxLength: 4 }),
  fc.constantFrom(1, 2, 3, 7, 30, 200),
).map(([sizes, last]) => [...sizes, last]);
