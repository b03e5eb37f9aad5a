/**
 * What bytes hold that the strict profile (PROTOCOL.md §4) refuses, or that other libraries treat in their own way. It reads
 * any well-formed CBOR, from RFC 8949 alone, so it can say whether a codec is right to refuse.
 *
 * @module
 */

/** One such thing. */
export type Sighting =
  | "indefinite length"
  | "tag outside the profile"
  | "simple value outside the profile"
  | "break code where a value belongs"
  | "key that is not text"
  | "key __proto__"
  | "repeated key"
  | "invalid UTF-8"
  | "date that is not a number"
  | "date out of range"
  | "date with a head of eight bytes"
  | "bignum that is not bytes"
  | "typed array that is not bytes"
  | "typed array with a part of an element"
  | "set that is not an array"
  | "tag 259 on what is not a map"
  | "integer with a head of eight bytes";

interface Item {
  readonly major: number;
  readonly info: number;
  readonly argument: bigint;
  /** Equal for keys that are the same in a `Map`; `undefined` for those that never are. */
  readonly identity: string | undefined;
}

interface Walk {
  readonly bytes: Uint8Array;
  readonly seen: Set<Sighting>;
  at: number;
}

/** The bytes are not well-formed from here on. */
class IllFormed extends Error {}

const BREAK: Item = { major: 7, info: 31, argument: 0n, identity: undefined };
const MAX_DATE_SECONDS = 8.64e12;
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Bytes of an element by the tags of RFC 8746 that JavaScript has arrays for. */
const ELEMENT_BYTES: Readonly<Record<number, bigint>> = {
  ...{ 64: 1n, 65: 2n, 66: 4n, 67: 8n, 68: 1n, 69: 2n, 70: 4n, 71: 8n, 72: 1n, 73: 2n, 74: 4n, 75: 8n },
  ...{ 77: 2n, 78: 4n, 79: 8n, 81: 4n, 82: 8n, 85: 4n, 86: 8n },
};

/**
 * Walks through bytes as far as they are well-formed CBOR.
 *
 * @param bytes The bytes.
 * @returns What is seen.
 */
export function sightingsIn(bytes: Uint8Array): ReadonlySet<Sighting> {
  const walk: Walk = { bytes, seen: new Set(), at: 0 };
  try {
    item(walk);
  } catch (error) {
    if (!(error instanceof IllFormed)) throw error;
  }
  return walk.seen;
}

function take(walk: Walk, length: bigint): Uint8Array {
  if (length > BigInt(walk.bytes.length - walk.at)) throw new IllFormed();
  const start = walk.at;
  walk.at += Number(length);
  return walk.bytes.subarray(start, walk.at);
}

/** Reads an item; `isInside` an indefinite array or map, where a break code ends it. */
function item(walk: Walk, isInside = false): Item {
  const initial = take(walk, 1n)[0]!;
  const major = initial >> 5;
  const info = initial & 0x1f;
  if (initial === 0xff) {
    if (!isInside) walk.seen.add("break code where a value belongs");
    return BREAK;
  }
  if (info === 31 && major >= 2 && major <= 5) return indefinite(walk, major);
  if (info > 27) throw new IllFormed();
  const argument = info < 24 ? BigInt(info) : unsigned(take(walk, 1n << BigInt(info - 24)));
  if (major < 2) return integer(walk, major, info, argument);
  const identity = major === 7 ? simple(walk, info, argument) : content(walk, major, argument);
  return { major, info, argument, identity };
}

function integer(walk: Walk, major: number, info: number, argument: bigint): Item {
  if (info === 27) walk.seen.add("integer with a head of eight bytes");
  const value = major === 0 ? argument : -1n - argument;
  const isNumber = value <= SAFE && value >= -SAFE;
  return { major, info, argument, identity: isNumber ? `number ${value}` : `bigint ${value}` };
}

function unsigned(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function indefinite(walk: Walk, major: number): Item {
  walk.seen.add("indefinite length");
  for (let count = 0;; count++) {
    if (item(walk, major !== 5 || count % 2 === 0) === BREAK) break;
  }
  return { major, info: 31, argument: 0n, identity: undefined };
}

/** Reads what follows a head of a major type from 2 to 6. */
function content(walk: Walk, major: number, argument: bigint): string | undefined {
  switch (major) {
    case 2:
      take(walk, argument);
      return undefined;
    case 3:
      return text(walk, argument);
    case 4:
      for (let i = 0n; i < argument; i++) item(walk);
      return undefined;
    case 5:
      entries(walk, argument, true);
      return undefined;
    default:
      return tagged(walk, argument);
  }
}

function text(walk: Walk, length: bigint): string {
  const bytes = take(walk, length);
  try {
    return `text ${new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)}`;
  } catch {
    walk.seen.add("invalid UTF-8");
    return `bytes ${bytes}`;
  }
}

function entries(walk: Walk, count: bigint, isObject: boolean): void {
  const keys = new Set<string>();
  for (let i = 0n; i < count; i++) {
    const { identity, major } = item(walk);
    if (isObject && major !== 3) walk.seen.add("key that is not text");
    if (isObject && identity === "text __proto__") walk.seen.add("key __proto__");
    if (identity !== undefined && keys.has(identity)) walk.seen.add("repeated key");
    if (identity !== undefined) keys.add(identity);
    item(walk);
  }
}

function simple(walk: Walk, info: number, argument: bigint): string | undefined {
  if (info >= 25) {
    const value = float(walk.bytes.subarray(walk.at - (1 << (info - 24)), walk.at));
    return `number ${value === 0 ? 0 : value}`;
  }
  if (info < 20 || info === 24) walk.seen.add("simple value outside the profile");
  return `simple ${argument}`;
}

function float(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 8) return view.getFloat64(0);
  if (bytes.length === 4) return view.getFloat32(0);
  const bits = view.getUint16(0);
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function tagged(walk: Walk, tag: bigint): string | undefined {
  const start = walk.at;
  const isMap = start < walk.bytes.length && walk.bytes[start]! >> 5 === 5;
  if (tag === 259n && isMap) return explicitMap(walk);
  const width = ELEMENT_BYTES[Number(tag)];
  if (![1n, 2n, 3n, 258n, 259n].includes(tag) && width === undefined) walk.seen.add("tag outside the profile");
  const inner = item(walk);
  const { seen } = walk;
  if (tag === 259n) seen.add("tag 259 on what is not a map");
  if (tag === 258n && inner.major !== 4) seen.add("set that is not an array");
  if (tag === 1n) date(walk, inner);
  if (width !== undefined && inner.major !== 2) seen.add("typed array that is not bytes");
  else if (width !== undefined && inner.argument % width !== 0n) seen.add("typed array with a part of an element");
  if (tag !== 2n && tag !== 3n) return undefined;
  if (inner.major !== 2) {
    seen.add("bignum that is not bytes");
    return undefined;
  }
  const magnitude = unsigned(walk.bytes.subarray(walk.at - Number(inner.argument), walk.at));
  return `bigint ${tag === 2n ? magnitude : -1n - magnitude}`;
}

/** A map of tag 259, whose keys may be anything. */
function explicitMap(walk: Walk): undefined {
  const info = take(walk, 1n)[0]! & 0x1f;
  if (info === 31) {
    walk.at -= 1;
    item(walk);
  } else if (info > 27) {
    throw new IllFormed();
  } else {
    entries(walk, info < 24 ? BigInt(info) : unsigned(take(walk, 1n << BigInt(info - 24))), false);
  }
}

function date({ seen }: Walk, { major, info, identity }: Item): void {
  if (major > 1 && (major !== 7 || info < 25)) {
    seen.add("date that is not a number");
    return;
  }
  if (major < 2 && info === 27) seen.add("date with a head of eight bytes");
  const seconds = Number(identity?.split(" ")[1]);
  if (!(Math.abs(seconds) <= MAX_DATE_SECONDS)) seen.add("date out of range");
}
