import { describeValue, isBytes } from "../links/foreign_value.ts";
import type { Metadata } from "../links/ticket.ts";

/** The value of a metadata pair. */
export type MetadataValue = string | Uint8Array;

/** Metadata that can be added to. */
export type MetadataList = Array<readonly [key: string, value: MetadataValue]>;

/**
 * Metadata as an option: pairs, also those of a `Map` or of `Headers`, or an object. Values may be lists for keys that repeat.
 */
export type MetadataInit =
  | Iterable<readonly [key: string, value: MetadataValue | readonly MetadataValue[]]>
  | Readonly<Record<string, MetadataValue | readonly MetadataValue[]>>;

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
  if (typeof init !== "object" || init === null) throw wrong(`expected pairs or an object, got ${describeValue(init)}`);
  const entries = Symbol.iterator in init ? [...init] : Object.entries(init);
  return entries.flatMap(([key, value]) => [value].flat().map((one) => pair(key, one)));
}

/**
 * The application's own pairs of received metadata: without those of the library, and without malformed ones, which only a
 * link in memory can deliver.
 */
export function userMetadata(metadata: Metadata): Metadata {
  return metadata.filter((pair: unknown) =>
    Array.isArray(pair) && typeof pair[0] === "string" && !pair[0].startsWith(RESERVED_PREFIX) && isValue(pair[1])
  );
}

function pair(key: string, value: MetadataValue): MetadataList[number] {
  if (typeof key !== "string") throw wrong(`a key must be text, got ${typeof key}`);
  if (key.startsWith(RESERVED_PREFIX)) {
    throw wrong(`keys that begin with "${RESERVED_PREFIX}" are reserved, got "${key}"`);
  }
  if (!isValue(value)) throw wrong(`the value of "${key}" must be text or bytes, got ${typeof value}`);
  return [key, value];
}

function wrong(why: string): TypeError {
  return new TypeError(`Cannot use the metadata: ${why}`);
}

function isValue(value: unknown): value is MetadataValue {
  return typeof value === "string" || isBytes(value);
}
