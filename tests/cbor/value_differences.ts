/** Two values that are not the same, at the same place of two larger ones. */
export interface ValueDifference {
  readonly ours: unknown;
  readonly theirs: unknown;
}

/**
 * Compares two values, of which ours is a tree: classes, signs of zero, the order of keys and members, and bytes of typed
 * arrays count.
 *
 * @param ours One value.
 * @param theirs The other.
 * @returns The places at which they differ; containers of different sizes, or with different keys, are one place.
 */
export function valueDifferences(ours: unknown, theirs: unknown): ValueDifference[] {
  if (Object.is(ours, theirs)) return [];
  if (!isObject(ours) || !isObject(theirs) || Object.getPrototypeOf(ours) !== Object.getPrototypeOf(theirs)) {
    return [{ ours, theirs }];
  }
  const ourParts = partsOf(ours);
  const theirParts = partsOf(theirs);
  if (ourParts.length !== theirParts.length) return [{ ours, theirs }];
  if (ourParts.some(({ key }, i) => key !== theirParts[i]!.key)) return [{ ours, theirs }];
  return ourParts.flatMap(({ part }, i) => valueDifferences(part, theirParts[i]!.part));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

interface Part {
  /** Compared as it is. */
  readonly key: unknown;
  /** Compared in depth. */
  readonly part: unknown;
}

function partsOf(value: object): Part[] {
  if (value instanceof Date) return [{ key: value.getTime(), part: undefined }];
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return Array.from(bytes, (key) => ({ key, part: undefined }));
  }
  if (value instanceof Map) return entryParts([...value]);
  if (value instanceof Set) return Array.from(value, (part) => ({ key: "member", part }));
  if (Array.isArray(value)) return Object.entries(value).map(([key, part]) => ({ key, part }));
  return entryParts(Object.entries(value));
}

function entryParts(entries: readonly (readonly [unknown, unknown])[]): Part[] {
  return entries.flatMap(([key, part]) => [{ key: "key", part: key }, { key: "value", part }]);
}
