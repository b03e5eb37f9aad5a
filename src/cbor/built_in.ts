import { IS_LITTLE_ENDIAN, LITTLE_ENDIAN_BIT, TYPED_ARRAYS } from "./profile.ts";

/** The prototypes above a plain object, an array or a `Map`, a typed array: one, two, three. */
const OBJECT_DEPTH = 1;
const BUILT_IN_DEPTH = 2;
const TYPED_ARRAY_DEPTH = 3;

/** What an object is to the encoder; `tag` is that of a typed array. */
export type BuiltIn =
  | { readonly kind: "object" | "array" | "bytes" | "buffer" | "map" | "set" | "date" }
  | { readonly kind: "typed array"; readonly tag: number };

const OBJECT: BuiltIn = { kind: "object" };
const ARRAY: BuiltIn = { kind: "array" };
const BYTES: BuiltIn = { kind: "bytes" };
const BUFFER: BuiltIn = { kind: "buffer" };
const MAP: BuiltIn = { kind: "map" };
const SET: BuiltIn = { kind: "set" };
const DATE: BuiltIn = { kind: "date" };

/** Typed arrays by their names, with the tags of this machine's byte order; that of single bytes is the least. */
const TYPED: ReadonlyMap<string, BuiltIn> = new Map(
  [...TYPED_ARRAYS].filter(isNative).map(([tag, { name }]) => [name, { kind: "typed array", tag }]),
);

function isNative([tag, { BYTES_PER_ELEMENT }]: readonly [number, { readonly BYTES_PER_ELEMENT: number }]): boolean {
  return BYTES_PER_ELEMENT === 1 || ((tag & LITTLE_ENDIAN_BIT) !== 0) === IS_LITTLE_ENDIAN;
}

/**
 * Tells what an object is, also one of another realm (`node:vm`, an iframe, a test environment), whose classes are not ours:
 * by the internal slots that built-in methods look for, and by how many prototypes it has, which tells a `Map` from an
 * instance of a class that extends it.
 *
 * @returns `undefined` if it is something that has no encoding.
 */
export function builtInOf(value: object): BuiltIn | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Map.prototype && has(mapSize, value)) return MAP;
  if (prototype === Set.prototype && has(setSize, value)) return SET;
  if (prototype === Date.prototype && has(getTime, value)) return DATE;
  const name = nameOfTypedArray.call(value);
  // Node's and Deno's `Buffer` extends it.
  if (name === "Uint8Array") return BYTES;
  const depth = prototypesOf(value);
  if (typeof name === "string") return depth === TYPED_ARRAY_DEPTH ? TYPED.get(name) : undefined;
  if (Array.isArray(value)) return depth === BUILT_IN_DEPTH ? ARRAY : undefined;
  if (depth <= OBJECT_DEPTH) return isIterable(value) ? undefined : OBJECT;
  return byTag(value, depth);
}

/** Tells by what an object says of itself what to look for, as looking for what is not there is slow. */
function byTag(value: object, depth: number): BuiltIn | undefined {
  switch (Object.prototype.toString.call(value)) {
    case "[object Date]":
      return has(getTime, value) ? DATE : undefined;
    case "[object ArrayBuffer]":
      return has(bufferLength, value) ? BUFFER : undefined;
    case "[object Map]":
      return depth === BUILT_IN_DEPTH && has(mapSize, value) ? MAP : undefined;
    case "[object Set]":
      return depth === BUILT_IN_DEPTH && has(setSize, value) ? SET : undefined;
    default:
      return undefined;
  }
}

/** How many prototypes a value has, counted up to one more than any kind has. */
function prototypesOf(value: object): number {
  let depth = 0;
  let prototype: object | null = Object.getPrototypeOf(value);
  while (prototype !== null && depth <= TYPED_ARRAY_DEPTH) {
    depth += 1;
    prototype = Object.getPrototypeOf(prototype);
  }
  return depth;
}

function isIterable(value: object): boolean {
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}

const nameOfTypedArray = getterOf(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);
const mapSize = getterOf(Map.prototype, "size");
const setSize = getterOf(Set.prototype, "size");
const bufferLength = getterOf(ArrayBuffer.prototype, "byteLength");
const getTime: (this: object) => unknown = Date.prototype.getTime;

function getterOf(object: object, key: PropertyKey): (this: object) => unknown {
  const getter = Object.getOwnPropertyDescriptor(object, key)?.get;
  if (getter === undefined) throw new TypeError(`Cannot find the getter of "${String(key)}"`);
  return getter;
}

/** Whether an object has the internal slot that a built-in function needs, which throws where it is missing. */
function has(method: (this: object) => unknown, value: object): boolean {
  try {
    method.call(value);
    return true;
  } catch {
    return false;
  }
}
