import { isBytes } from "../links/foreign_value.ts";

/**
 * Tells whether two values are the same to an application: `Object.is` for primitives, item by item for arrays, bytes, maps and
 * sets, property by property for other objects of one prototype.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  // Node's Buffer and a plain Uint8Array of the same bytes are the same value.
  if (isBytes(a) && isBytes(b)) {
    return a.length === b.length && a.every((byte, index) => byte === b[index]);
  }
  if (!isObject(a) || !isObject(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const kind = kindOf(a);
  if (kind !== kindOf(b)) return false;
  if (kind === "[object Date]") return Object.is(Number(a), Number(b));
  if (isIterable(a) && isIterable(b) && (kind === "[object Map]" || kind === "[object Set]")) {
    return deepEqual([...a], [...b]);
  }
  const keys = Reflect.ownKeys(a);
  if (keys.length !== Reflect.ownKeys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && deepEqual(Reflect.get(a, key), Reflect.get(b, key)));
}

function kindOf(value: object): string {
  return Object.prototype.toString.call(value);
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
