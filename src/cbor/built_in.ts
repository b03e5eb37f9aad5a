import { typedArrayNameOf } from "../links/foreign_value.ts";
import { IS_LITTLE_ENDIAN, LEAST_TYPED_TAG, LITTLE_ENDIAN_BIT, TYPED_ARRAYS } from "./tags.ts";

/** The prototypes above a plain object, an array or a `Map`, a typed array: one, two, three. */
const OBJECT_DEPTH = 1;
const BUILT_IN_DEPTH = 2;
const TYPED_ARRAY_DEPTH = 3;

/** What an object is to the encoder, by the name of its class; a typed array by its tag. */
export type BuiltIn = "Object" | "Array" | "Uint8Array" | SlotClass | number;

type SlotClass = "Map" | "Set" | "Date" | "ArrayBuffer";

/** Built-in methods that fail unless they find the internal slot of their class. */
const SLOTS: Readonly<Record<SlotClass, (this: object) => unknown>> = {
  Map: getterOf(Map.prototype, "size"),
  Set: getterOf(Set.prototype, "size"),
  Date: Date.prototype.getTime,
  ArrayBuffer: getterOf(ArrayBuffer.prototype, "byteLength"),
};

/** The tags of typed arrays by their names: those of this machine's byte order. */
const TYPED_TAGS: ReadonlyMap<unknown, number> = new Map(TYPED_ARRAYS.flatMap((type, i) => {
  const tag = LEAST_TYPED_TAG + i;
  const isNative = type?.BYTES_PER_ELEMENT === 1 || ((tag & LITTLE_ENDIAN_BIT) !== 0) === IS_LITTLE_ENDIAN;
  return isNative ? [[type?.name, tag] as const] : [];
}));

/**
 * Tells what an object is, also one of another realm (`node:vm`, an iframe, a test environment), whose classes are not ours:
 * by the internal slots that built-in methods look for, and by how many prototypes it has, which tells a `Map` from an
 * instance of a class that extends it.
 *
 * @returns `undefined` if it is something that has no encoding.
 */
export function builtInOf(value: object): BuiltIn | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Date.prototype && hasSlot("Date", value)) return "Date";
  if (prototype === Map.prototype && hasSlot("Map", value)) return "Map";
  if (prototype === Set.prototype && hasSlot("Set", value)) return "Set";
  const typed = typedArrayNameOf(value);
  // Node's and Deno's `Buffer` extends it.
  if (typed === "Uint8Array") return typed;
  const depth = prototypesOf(value);
  if (typed !== undefined) return depth === TYPED_ARRAY_DEPTH ? TYPED_TAGS.get(typed) : undefined;
  if (Array.isArray(value)) return depth === BUILT_IN_DEPTH ? "Array" : undefined;
  if (depth <= OBJECT_DEPTH) return Symbol.iterator in value || Symbol.asyncIterator in value ? undefined : "Object";
  // What it says of itself tells what to look for, as looking for what is not there is slow.
  const name = Object.prototype.toString.call(value).slice(8, -1);
  if (name !== "Date" && name !== "ArrayBuffer" && (name !== "Map" && name !== "Set" || depth !== BUILT_IN_DEPTH)) {
    return undefined;
  }
  return hasSlot(name, value) ? name : undefined;
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

function getterOf(object: object, key: string): (this: object) => unknown {
  return Object.getOwnPropertyDescriptor(object, key)!.get!; // every engine has those that are asked for
}

function hasSlot(name: SlotClass, value: object): boolean {
  try {
    SLOTS[name].call(value);
    return true;
  } catch {
    return false;
  }
}
