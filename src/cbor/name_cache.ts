import { readUtf8 } from "./utf8.ts";

/** Names of up to this many bytes, whose head has one, are remembered: that of every call's service, method and code is one of a few. */
const GREATEST_NAME_BYTES = 23;
const SLOTS = 64;

/** What is remembered in each slot, and the bytes that it was read from. One cache serves all: what it tells is exact. */
const names: (string | undefined)[] = new Array(SLOTS).fill(undefined);
const lengths = new Uint8Array(SLOTS);
const contents = new Uint8Array(SLOTS * GREATEST_NAME_BYTES);

/** Where a name is remembered, if it is. */
function slotOf(bytes: Uint8Array, start: number, length: number): number {
  return (bytes[start]! * 5 + bytes[start + (length >> 1)]! * 3 + bytes[start + length - 1]! + length) % SLOTS;
}

/**
 * Reads a name, which has probably been read before. To make the same string anew costs five times as much, and what it is then
 * looked up by, its hash, as much again.
 *
 * @param bytes Where it lies.
 * @param start Its first byte.
 * @param length How many bytes it has, 1 to 23, all of them present.
 * @returns The name, or `undefined` if it is not valid UTF-8.
 */
export function readName(bytes: Uint8Array, start: number, length: number): string | undefined {
  const slot = slotOf(bytes, start, length);
  const content = slot * GREATEST_NAME_BYTES;
  let equal = 0;
  if (lengths[slot] === length) {
    while (equal < length && contents[content + equal] === bytes[start + equal]) equal += 1;
  }
  if (equal === length) return names[slot];
  const name = readUtf8(bytes, start, start + length);
  if (name === undefined) return undefined;
  names[slot] = name;
  lengths[slot] = length;
  // A loop, as a view of the bytes costs more than to copy them.
  for (let i = 0; i < length; i++) contents[content + i] = bytes[start + i]!;
  return name;
}
