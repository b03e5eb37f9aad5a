import { isBytes } from "../links/foreign_value.ts";
import type { Metadata } from "../links/ticket.ts";

/** The value of a metadata pair. */
export type MetadataValue = string | Uint8Array;

/** Metadata that can be added to. */
export type MetadataList = Array<readonly [key: string, value: MetadataValue]>;

/** Metadata as an option: pairs, or an object whose values may be lists for keys that repeat. */
export type MetadataInit = Metadata | Readonly<Record<string, MetadataValue | readonly MetadataValue[]>>;

/** Keys with this prefix belong to the library. */
const RESERVED_PREFIX = "ticketlink-";

/**
 * Reads the first value of a key.
 *
 * @param metadata The metadata.
 * @param key The key. Upper and lower case differ.
 * @returns The value of the first pair with that key, or `undefined`.
 *
 * @example The first of two
 * ```ts
 * import { metadataValue } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(metadataValue([["trace", "a"], ["trace", "b"]], "trace"), "a");
 * ```
 */
export function metadataValue(metadata: Metadata, key: string): MetadataValue | undefined {
  return metadata.find(([other]) => other === key)?.[1];
}

/**
 * Reads all values of a key.
 *
 * @param metadata The metadata.
 * @param key The key. Upper and lower case differ.
 * @returns The values of all pairs with that key, in order.
 *
 * @example Both of two
 * ```ts
 * import { metadataValues } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(metadataValues([["trace", "a"], ["trace", "b"]], "trace"), ["a", "b"]);
 * ```
 */
export function metadataValues(metadata: Metadata, key: string): MetadataValue[] {
  return metadata.filter(([other]) => other === key).map(([, value]) => value);
}

/** Checks metadata and copies it to a list. Throws a `TypeError` if a key or a value is not allowed. */
export function toMetadata(init: MetadataInit): MetadataList {
  const list: MetadataList = [];
  if (isPairs(init)) { for (const [key, value] of init) addPair(list, key, value); }
  else for (const [key, value] of Object.entries(init)) setPairs(list, key, value);
  return list;
}

/**
 * Replaces all values of a key by one value or by those of a list, which may be empty. Throws a `TypeError` if the key or a
 * value is not allowed.
 */
export function setPairs(list: MetadataList, key: string, value: MetadataValue | readonly MetadataValue[]): void {
  const values: readonly MetadataValue[] = Array.isArray(value) ? value : [value];
  const added: MetadataList = [];
  for (const one of values) addPair(added, key, one);
  const kept = list.filter(([other]) => other !== key);
  list.splice(0, list.length, ...kept, ...added);
}

/**
 * The application's own pairs of received metadata: without those of the library, and without malformed ones, which only a
 * link in memory can deliver. Returns the same list if it holds nothing else.
 */
export function userMetadata(metadata: Metadata): Metadata {
  return metadata.every(isUserPair) ? metadata : metadata.filter(isUserPair);
}

function isUserPair(pair: unknown): boolean {
  return Array.isArray(pair) && typeof pair[0] === "string" && !pair[0].startsWith(RESERVED_PREFIX) && isValue(pair[1]);
}

function addPair(list: MetadataList, key: string, value: MetadataValue): void {
  if (typeof key !== "string") throw new TypeError(`Cannot use the metadata: a key must be text, got ${typeof key}`);
  if (key.startsWith(RESERVED_PREFIX)) {
    throw new TypeError(
      `Cannot use the metadata: keys that begin with "${RESERVED_PREFIX}" are reserved, got "${key}"`,
    );
  }
  if (!isValue(value)) {
    throw new TypeError(`Cannot use the metadata: the value of "${key}" must be text or bytes, got ${typeof value}`);
  }
  list.push([key, value]);
}

function isPairs(init: MetadataInit): init is Metadata {
  return Array.isArray(init);
}

function isValue(value: unknown): value is MetadataValue {
  return typeof value === "string" || isBytes(value);
}
