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
 * Finds a name that has been read before. To make the same string anew costs five times as much, and what it is then looked
 * up by, its hash, as much again.
 *
 * @param bytes Where it lies.
 * @param start Its first byte.
 * @param length How many bytes it has, 23 at most, all of them present.
 * @returns The name, or `undefined` if it is not remembered.
 */
export function recallName(bytes: Uint8Array, start: number, length: number): string | undefined {
  if (length === 0) return undefined;
  const slot = slotOf(bytes, start, length);
  if (lengths[slot] !== length) return undefined;
  const content = slot * GREATEST_NAME_BYTES;
  for (let i = 0; i < length; i++) {
    if (contents[content + i] !== bytes[start + i]) return undefined;
  }
  return names[slot];
}

/**
 * Remembers a name, in the place of another.
 *
 * @param name The name.
 * @param bytes Where it was read from.
 * @param start Its first byte.
 * @param length How many bytes it has, 23 at most.
 */
export function rememberName(name: string, bytes: Uint8Array, start: number, length: number): void {
  if (length === 0) return;
  const slot = slotOf(bytes, start, length);
  names[slot] = name;
  lengths[slot] = length;
  // A loop, as a view of the bytes costs more than to copy them.
  const content = slot * GREATEST_NAME_BYTES;
  for (let i = 0; i < length; i++) contents[content + i] = bytes[start + i]!;
}
