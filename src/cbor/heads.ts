import { fail } from "./fail.ts";

/**
 * Passes over a head (RFC 8949 §3).
 *
 * @param start Its first byte.
 * @param end The byte after the last one that it may use.
 * @param info The low five bits of its first byte.
 * @returns The offset after it.
 * @throws {CborError} If it is not complete, or not one of the profile.
 */
export function afterHead(start: number, end: number, info: number): number {
  if (info < 24) return start + 1;
  if (info > 27) {
    fail(info === 31 ? "indefinite lengths are not allowed" : `${info} is a reserved length of a head`, start);
  }
  const content = start + 1 + (1 << (info - 24));
  if (content > end) fail("the bytes end within a head", start + 1);
  return content;
}

/**
 * Reads the argument of a head. Beyond 2^53 it is inexact, which no length and no tag number survives.
 *
 * @param bytes Where the head lies.
 * @param start Its first byte.
 * @param content What {@linkcode afterHead} returned.
 * @param info The low five bits of its first byte.
 * @returns The argument.
 */
export function argument(bytes: Uint8Array, start: number, content: number, info: number): number {
  if (info < 24) return info;
  let value = 0;
  for (let i = start + 1; i < content; i++) value = value * 256 + bytes[i]!;
  return value;
}

/**
 * Passes over the next head, which must be of a certain major type.
 *
 * @param bytes Where it lies.
 * @param start Its first byte.
 * @param end The byte after the last one that it may use.
 * @param majorType What it must be.
 * @param otherwise What is wrong if it is something else.
 * @returns The offset after it.
 * @throws {CborError} If there is none of the kind.
 */
export function expect(bytes: Uint8Array, start: number, end: number, majorType: number, otherwise: string): number {
  if (start >= end) fail("the bytes end within an item", start);
  const initial = bytes[start]!;
  if (initial >> 5 !== majorType) fail(otherwise, start);
  return afterHead(start, end, initial & 0x1f);
}
