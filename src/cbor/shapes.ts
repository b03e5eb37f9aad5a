import { indexOf } from "./profile.ts";

/** Keys of one object that a tree remembers: more than most rows have. */
const MAX_SHAPE_KEYS = 256;
/** Characters of a key that a tree remembers, so that it stays small. */
const MAX_NAME_LENGTH = 64;
/** Shapes that a tree keeps from one value to the next. */
const MAX_KEPT_SHAPES = 4_096;

function sketchOf(name: string): number {
  const { length } = name;
  if (length === 0) return 0;
  const ends = name.charCodeAt(0) << 8 ^ name.charCodeAt(length - 1) << 16;
  return ends ^ name.charCodeAt(length >> 1) << 4 ^ name.charCodeAt(length - 2) << 12 ^ length;
}

/** The keys of an object up to one of them: objects that begin with the same keys, in the same order, have the same shape. */
export class Shape {
  /** The last of the keys. */
  readonly name: string;
  /** How many keys there are. */
  readonly size: number;
  /** The last key as an array index, -1 if it is none. */
  readonly index: number;
  /** Whether every object has such a property already, so that an assignment could meet a setter or a frozen prototype. */
  readonly isInherited: boolean;
  /** The shape without that key; none for that of an object without keys. */
  readonly #before: Shape | undefined;
  /** Tells most keys apart. */
  readonly #sketch: number;
  /** Where an engine keeps the last of the keys, once a guard has found out; -1 before. */
  place = -1;
  /** The value in which it last occurred. */
  lastUse = 0;
  /** The shape that followed last, which is the best guess. */
  next: Shape | undefined = undefined;
  #others: Map<string, Shape> | undefined = undefined;

  /** Makes a shape that nothing follows. */
  constructor(name: string, before: Shape | undefined) {
    this.name = name;
    this.size = before === undefined ? 0 : before.size + 1;
    this.#before = before;
    this.#sketch = sketchOf(name);
    this.index = indexOf(name);
    this.isInherited = name in Object.prototype;
  }

  /**
   * Whether the keys include one. To ask an object each time takes JavaScriptCore as long as the object has keys, and longer
   * than this.
   */
  has(name: string): boolean {
    const sketch = sketchOf(name);
    if (this.#sketch === sketch && this.name === name && this.size > 0) return true;
    for (let shape = this.#before; shape !== undefined && shape.size > 0; shape = shape.#before) {
      if (shape.#sketch === sketch && shape.name === name) return true;
    }
    return false;
  }

  /** The shape with one more key, if it is known. It becomes the next guess. */
  following(name: string): Shape | undefined {
    const { next } = this;
    if (next === undefined || next.name === name) return next;
    const other = this.#others?.get(name);
    if (other !== undefined) this.next = other;
    return other;
  }

  /** Remembers what a key makes of this shape, which must not be known yet. */
  add(name: string): Shape {
    const shape = new Shape(name, this);
    if (this.next !== undefined) {
      this.#others ??= new Map([[this.next.name, this.next]]);
      this.#others.set(name, shape);
    }
    this.next = shape;
    return shape;
  }
}

/**
 * The shapes of the objects that have been read. Rows of a table have one shape, so the next key is nearly always known
 * before it is read: no text is made of it, and that it neither repeats nor is forbidden has been checked.
 */
export class ShapeTree {
  /** The shape of an object without keys. */
  root: Shape = new Shape("", undefined);
  /** Counts the values that have been read. */
  use = 0;
  #count = 0;

  /** Begins a value. */
  begin(): void {
    this.use += 1;
    if (this.#count <= MAX_KEPT_SHAPES) return;
    this.root = new Shape("", undefined);
    this.#count = 0;
  }

  /** Remembers that a key may follow a shape, unless the key is long or the shape has many. */
  add(shape: Shape, name: string): Shape | undefined {
    if (shape.size >= MAX_SHAPE_KEYS || name.length > MAX_NAME_LENGTH) return undefined;
    this.#count += 1;
    return shape.add(name);
  }
}
