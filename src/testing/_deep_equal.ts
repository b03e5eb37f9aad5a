/**
 * Tells whether two customer values are the same value: `Object.is` for primitives, item by item for arrays, bytes, maps and
 * sets, property by property for other objects of one prototype.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  // Node's Buffer and a plain Uint8Array of the same bytes are the same value.
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, index) => byte === b[index]);
  }
  if (!isObject(a) || !isObject(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  if (a instanceof Map && b instanceof Map) return deepEqual([...a], [...b]);
  if (a instanceof Set && b instanceof Set) return deepEqual([...a], [...b]);
  const keys = Reflect.ownKeys(a);
  if (keys.length !== Reflect.ownKeys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && deepEqual(Reflect.get(a, key), Reflect.get(b, key)));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
