/**
 * The strict profile of PROTOCOL.md §4 once more, from its text and for reading rather than for speed. Where it and
 * the codec differ, one of them is wrong. What decoding costs is not part of it.
 *
 * @module
 */

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  numericKeys: number;
}

interface Head {
  readonly major: number;
  readonly info: number;
  readonly argument: bigint;
}

/** Something is against the profile. */
class Refused extends Error {}

const ELEMENT_BYTES: Readonly<Record<number, bigint>> = {
  ...{ 64: 1n, 65: 2n, 66: 4n, 67: 8n, 68: 1n, 69: 2n, 70: 4n, 71: 8n, 72: 1n, 73: 2n, 74: 4n, 75: 8n },
  ...{ 77: 2n, 78: 4n, 79: 8n, 81: 4n, 82: 8n, 85: 4n, 86: 8n },
};
const MAX_DEPTH = 64;
const MAX_BIGNUM_BYTES = 1024n;
const MAX_NUMERIC_KEYS = 1024;

/**
 * Finds the end of the item of the profile that bytes begin with.
 *
 * @param bytes The bytes.
 * @returns The offset after it, or -1 if there is none.
 */
export function referenceEnd(bytes: Uint8Array): number {
  const cursor = cursorOf(bytes);
  try {
    item(cursor, 0);
    return cursor.at;
  } catch (error) {
    if (error instanceof Refused) return -1;
    throw error;
  }
}

function cursorOf(bytes: Uint8Array, at = 0): Cursor {
  return { bytes, at, numericKeys: 0 };
}

function require(holds: boolean): asserts holds {
  if (!holds) throw new Refused();
}

/** Reads a head; P4.1: definite lengths only. */
function head(cursor: Cursor): Head {
  require(cursor.at < cursor.bytes.length);
  const initial = cursor.bytes[cursor.at++]!;
  const info = initial & 0x1f;
  require(info <= 27);
  const digits = info < 24 ? new Uint8Array() : take(cursor, BigInt(2 ** (info - 24)));
  const argument = info < 24 ? BigInt(info) : digits.reduce((sum, digit) => sum * 256n + BigInt(digit), 0n);
  return { major: initial >> 5, info, argument };
}

/** P4.2: what is declared must be there. */
function take(cursor: Cursor, length: bigint): Uint8Array {
  require(length <= BigInt(cursor.bytes.length - cursor.at));
  const start = cursor.at;
  cursor.at += Number(length);
  return cursor.bytes.subarray(start, cursor.at);
}

/** P4.3. */
function enter(depth: number): number {
  require(depth < MAX_DEPTH);
  return depth + 1;
}

function item(cursor: Cursor, depth: number): void {
  const { major, info, argument } = head(cursor);
  if (major === 2) take(cursor, argument);
  else if (major === 3) text(cursor, argument);
  else if (major === 4) array(cursor, argument, depth);
  else if (major === 5) object(cursor, argument, depth);
  else if (major === 6) tag(cursor, argument, depth);
  // P4.11; floats have been read with their heads.
  else if (major === 7) require((info >= 20 && info <= 23) || info >= 25);
}

function text(cursor: Cursor, length: bigint): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(take(cursor, length));
  } catch {
    throw new Refused(); // P4.4
  }
}

function array(cursor: Cursor, count: bigint, outer: number, each = item): void {
  require(count <= BigInt(cursor.bytes.length - cursor.at));
  const depth = enter(outer);
  for (let i = 0n; i < count; i++) each(cursor, depth);
}

/** A member of a set or a key of a map of tag 259; P4.15. */
function numericKey(cursor: Cursor, depth: number): void {
  const start = cursor.at;
  item(cursor, depth);
  const encoded = cursor.bytes.slice(start, cursor.at);
  const { major, info, argument } = head(cursorOf(encoded));
  const isNumber = major <= 1 || (major === 7 && info >= 25) || (major === 6 && argument >= 2n && argument <= 3n);
  if (isNumber || (major === 3 && /^[0-9]{1,10}$/.test(String(scalar(encoded)).slice("text ".length)))) {
    cursor.numericKeys += 1;
  }
  require(cursor.numericKeys <= MAX_NUMERIC_KEYS);
}

/** P4.5. */
function object(cursor: Cursor, count: bigint, outer: number): void {
  require(count * 2n <= BigInt(cursor.bytes.length - cursor.at));
  const depth = enter(outer);
  const keys = new Set<string>(["__proto__"]);
  for (let i = 0n; i < count; i++) {
    const { major, argument } = head(cursor);
    require(major === 3);
    const key = text(cursor, argument);
    require(!keys.has(key));
    keys.add(key);
    item(cursor, depth);
  }
}

/** P4.6. */
function tag(cursor: Cursor, number: bigint, outer: number): void {
  const depth = enter(outer);
  if (number === 1n) return date(cursor);
  const { major, argument } = head(cursor);
  const width = number < 256n ? ELEMENT_BYTES[Number(number)] : undefined;
  if (width !== undefined) {
    require(major === 2 && argument % width === 0n); // P4.9
    take(cursor, argument);
  } else if (number === 2n || number === 3n) {
    require(major === 2 && argument <= MAX_BIGNUM_BYTES); // P4.8
    take(cursor, argument);
  } else if (number === 258n) {
    require(major === 4);
    array(cursor, argument, depth, numericKey);
  } else {
    require(number === 259n && major === 5);
    anyMap(cursor, argument, depth);
  }
}

/** P4.7. */
function date(cursor: Cursor): void {
  const start = cursor.at;
  const { major, info, argument } = head(cursor);
  if (major <= 1) return require(argument <= 8_640_000_000_000n);
  require(major === 7 && info >= 25);
  require(Math.abs(float(cursor.bytes.subarray(start, cursor.at))) <= 8.64e12);
}

function float(encoded: Uint8Array): number {
  const view = new DataView(encoded.slice(1).buffer);
  if (view.byteLength === 2) return view.getFloat16(0);
  return view.byteLength === 4 ? view.getFloat32(0) : view.getFloat64(0);
}

/** P4.10. */
function anyMap(cursor: Cursor, count: bigint, outer: number): void {
  require(count * 2n <= BigInt(cursor.bytes.length - cursor.at));
  const depth = enter(outer);
  const keys = new Set<unknown>();
  for (let i = 0n; i < count; i++) {
    const start = cursor.at;
    numericKey(cursor, depth);
    const key = scalar(cursor.bytes.slice(start, cursor.at));
    require(key === undefined || !keys.has(key));
    keys.add(key);
    item(cursor, depth);
  }
}

/** What a key is compared by; `undefined` for one that is never the same as another. */
function scalar(encoded: Uint8Array): unknown {
  const { major, info, argument } = head(cursorOf(encoded));
  if (major === 3) {
    return `text ${text(cursorOf(encoded, info < 24 ? 1 : 1 + 2 ** (info - 24)), argument)}`;
  }
  // P4.14: what no number holds exactly is a big integer, as what a tag says is one, a kind of its own.
  if (major <= 1) return integerKey(major === 0 ? argument : -1n - argument);
  if (major === 6 && (argument === 2n || argument === 3n)) {
    const digits = encoded.slice(1 + (info < 24 ? 0 : 2 ** (info - 24)));
    const cursor = cursorOf(digits);
    const magnitude = take(cursor, head(cursor).argument).reduce((sum, digit) => sum * 256n + BigInt(digit), 0n);
    return argument === 2n ? magnitude : -1n - magnitude;
  }
  if (major !== 7) return undefined;
  return info >= 25 ? float(encoded) : `simple ${info}`;
}

function integerKey(integer: bigint): number | bigint {
  return Number.isSafeInteger(Number(integer)) && BigInt(Number(integer)) === integer ? Number(integer) : integer;
}
