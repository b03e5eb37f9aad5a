/**
 * The keys of objects. Objects that begin with the same keys, in the same order, have the same shape. Rows of a table have one
 * shape, so the next key is nearly always known before it is read: no text is made of it, and that it neither repeats nor is
 * forbidden has been checked. One message's shapes serve the next one, whoever it comes from.
 *
 * @module
 */
import { CborError, located, propertyText } from "./cbor_error.ts";
import * as Cost from "./cost.ts";
import type { ItemCursor } from "./item_cursor.ts";
import { FORBIDDEN_KEY, indexOf } from "./profile.ts";

/** Keys of one object that are remembered: more than most rows have. */
const MAX_SHAPE_KEYS = 256;
/** Characters of a key that is remembered, so that the shapes stay small. */
const MAX_NAME_LENGTH = 64;
/** Shapes that are kept from one value to the next. */
const MAX_KEPT_SHAPES = 4_096;

/** The keys of an object up to one of them. */
export interface Shape {
  /** The last of the keys. */
  readonly name: string;
  /** How many keys there are. */
  readonly size: number;
  /** The last key as an array index, -1 if it is none. */
  readonly index: number;
  /** Whether every object has such a property already, so that an assignment could meet a setter or a frozen prototype. */
  readonly isInherited: boolean;
  /** The shape without that key; none for that of an object without keys. */
  readonly before: Shape | undefined;
  /** Tells most keys apart. */
  readonly sketch: number;
  /** Where an engine keeps the last of the keys, once a guard has found out; -1 before. */
  place: number;
  /** The value in which it last occurred. */
  lastUse: number;
  /** The shape that followed last, which is the best guess. */
  next: Shape | undefined;
  /** All that followed, if they are several. */
  others: Map<string, Shape> | undefined;
}

/** Tells of keys that an engine's tables keep in one place. */
export interface KeyGuard {
  /** Begins a value. */
  begin(): void;
  /**
   * How many keys of the value an engine must compare with one more.
   *
   * @param shape What keeps the key's place for the next value, if anything does.
   */
  collisionsOf(name: string, shape?: Shape): number;
}

/** What is known. */
export const shapes = {
  /** The shape of an object without keys. */
  root: shapeOf("", undefined),
  /** How many there are. */
  count: 0,
  /** Counts the values that have been read. */
  use: 0,
};
let keyGuard: KeyGuard | undefined;

/** Has keys watched from now on, on a server whose engine lets a peer choose such ones. */
export function guardKeys(guard: KeyGuard): void {
  keyGuard = guard;
}

/** Begins a value. */
export function beginKeys(): void {
  keyGuard?.begin();
  shapes.use += 1;
  if (shapes.count <= MAX_KEPT_SHAPES) return;
  shapes.root = shapeOf("", undefined);
  shapes.count = 0;
}

/** Charges for what a key of a table may collide with. */
export function noteKey(cursor: ItemCursor, name: string, shape?: Shape): void {
  if (keyGuard !== undefined) cursor.charge(Cost.COLLISION * keyGuard.collisionsOf(name, shape));
}

/** Refuses a map for a key that stands twice. */
export function failRepeated(place: string, start: number): never {
  throw located(new CborError("a map has the same key twice", start), place);
}

/**
 * Checks the next key of an object and charges for it.
 *
 * @param shape The shape of the object so far; none if it is not remembered.
 * @param start Where the key stands.
 * @returns The shape of the object with the key; none if it is not remembered.
 */
export function shapeWith(
  cursor: ItemCursor,
  shape: Shape | undefined,
  name: string,
  object: object,
  start: number,
): Shape | undefined {
  const found = shape === undefined ? undefined : following(shape, name);
  if (found !== undefined) {
    if (found.lastUse !== shapes.use) chargeShape(cursor, found);
    return found;
  }
  if (name === FORBIDDEN_KEY) cursor.fail(`the key "${FORBIDDEN_KEY}" is not allowed in a map`, start);
  if (shape === undefined ? Object.hasOwn(object, name) : hasKey(shape, name)) {
    failRepeated(propertyText(name), start);
  }
  if (shape === undefined || shape.size >= MAX_SHAPE_KEYS || name.length > MAX_NAME_LENGTH) {
    cursor.charge(Cost.KEY);
    noteKey(cursor, name);
    return undefined;
  }
  const added = addShape(shape, name);
  chargeShape(cursor, added);
  return added;
}

/** Charges for the first object of this value that has a shape. */
export function chargeShape(cursor: ItemCursor, shape: Shape): void {
  shape.lastUse = shapes.use;
  cursor.charge(shape.size <= Cost.FEW_KEYS ? Cost.SHAPE : Cost.LONG_SHAPE);
  noteKey(cursor, shape.name, shape);
}

/** The shape with one more key, if it is known. It becomes the next guess. */
function following(shape: Shape, name: string): Shape | undefined {
  const { next } = shape;
  if (next === undefined || next.name === name) return next;
  const other = shape.others?.get(name);
  if (other !== undefined) shape.next = other;
  return other;
}

/** Remembers what a key makes of a shape, which must not be known yet. */
function addShape(shape: Shape, name: string): Shape {
  shapes.count += 1;
  const added = shapeOf(name, shape);
  if (shape.next !== undefined) {
    shape.others ??= new Map([[shape.next.name, shape.next]]);
    shape.others.set(name, added);
  }
  shape.next = added;
  return added;
}

/** Makes a shape that nothing follows. */
function shapeOf(name: string, before: Shape | undefined): Shape {
  return {
    name,
    size: before === undefined ? 0 : before.size + 1,
    index: indexOf(name),
    isInherited: name in Object.prototype,
    before,
    sketch: sketchOf(name),
    place: -1,
    lastUse: 0,
    next: undefined,
    others: undefined,
  };
}

/**
 * Whether the keys include one. To ask an object each time takes JavaScriptCore as long as the object has keys, and longer
 * than this.
 */
function hasKey(shape: Shape, name: string): boolean {
  const sketch = sketchOf(name);
  for (let each: Shape | undefined = shape; each?.before !== undefined; each = each.before) {
    if (each.sketch === sketch && each.name === name) return true;
  }
  return false;
}

function sketchOf(name: string): number {
  const { length } = name;
  if (length === 0) return 0;
  const ends = name.charCodeAt(0) << 8 ^ name.charCodeAt(length - 1) << 16;
  return ends ^ name.charCodeAt(length >> 1) << 4 ^ name.charCodeAt(length - 2) << 12 ^ length;
}
