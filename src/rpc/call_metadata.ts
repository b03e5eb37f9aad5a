import { isBytes } from "../links/foreign_value.ts";
import type { Metadata } from "../links/mod.ts";

/** One value of a metadata pair. */
export type MetadataValue = string | Uint8Array;

/** Metadata that can still be added to. */
export type MetadataList = Array<readonly [key: string, value: MetadataValue]>;

/** Metadata as one likes to write it: pairs, or an object whose values may be lists where a key repeats. */
export type MetadataInit = Metadata | Readonly<Record<string, MetadataValue | readonly MetadataValue[]>>;

/** Keys that begin so are the library's own. */
const RESERVED_PREFIX = "ticketlink-";

/**
 * Reads the first value of a key.
 *
 * @param metadata The metadata.
 * @param key The key; keys are compared as they are, upper and lower case differ.
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
 * @param key The key; keys are compared as they are, upper and lower case differ.
 * @returns The values of all pairs with that key, in their order.
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

/**
 * Makes checked metadata of what a user wrote.
 *
 * @param init Pairs, or an object.
 * @returns A list of its own.
 * @throws {TypeError} If a key is no text or reserved, or a value neither text nor bytes.
 */
export function toMetadata(init: MetadataInit): MetadataList {
  const list: MetadataList = [];
  if (isPairs(init)) { for (const [key, value] of init) addPair(list, key, value); }
  else for (const [key, value] of Object.entries(init)) setPairs(list, key, value);
  return list;
}

/**
 * Sets a key to a value or several, in place of all it had.
 *
 * @param list What is changed.
 * @param key The key.
 * @param value One value, or a list for a key that repeats; an empty list removes the key.
 * @throws {TypeError} If the key is no text or reserved, or a value neither text nor bytes.
 */
export function setPairs(list: MetadataList, key: string, value: MetadataValue | readonly MetadataValue[]): void {
  const values: readonly MetadataValue[] = Array.isArray(value) ? value : [value];
  const added: MetadataList = [];
  for (const one of values) addPair(added, key, one);
  const kept = list.filter(([other]) => other !== key);
  list.splice(0, list.length, ...kept, ...added);
}

/**
 * Makes metadata that a peer sent fit for users: without the library's own pairs, and without what is no pair at all, which
 * only a link in memory can hand over.
 *
 * @param metadata What was received.
 * @returns The user's own pairs; the very same list if it holds nothing else.
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
