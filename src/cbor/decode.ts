import { CborError, located } from "./cbor_error.ts";
import { Cost } from "./cost.ts";
import { ItemCursor } from "./item_cursor.ts";
import { hasOwnBuffer, LEAST_OWN_BYTES } from "./own_buffers.ts";
import { recallName, rememberName } from "./name_cache.ts";
import { cborLimits, type CborOptions, DEFAULT_CBOR_LIMITS, FORBIDDEN_KEY, indexOf } from "./profile.ts";
import { type Shape, ShapeTree } from "./shapes.ts";
import { type ItemSource, readTagged } from "./tagged.ts";
import { invalidUtf8, readUtf8 } from "./utf8.ts";

/** Small byte strings of a message share buffers of this size. */
const SHARED_BUFFER_BYTES = 8_192;
/** Elements that a typed array may have: the widest begin at multiples of this. */
const ALIGNMENT = 8;
/** Arguments of integers that engines keep in the place of a reference. */
const GREATEST_SMALL = 0x7fff_ffff;

/** The head of a float of eight bytes, and how many bytes both have. */
const FLOAT_64 = 0xfb;
const FLOAT_64_BYTES = 9;
/** So many of them in a row are read faster together. */
const LEAST_DOUBLES = 4;

/** What stands for the indices of an object that are kept in a hash table. */
const SPARSE = -1;

/** What is read: one message's shapes serve the next one, whoever it comes from. */
const SHAPES = new ShapeTree();

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

let keyGuard: KeyGuard | undefined;

/** Has keys watched from now on, on a server whose engine lets a peer choose such ones. */
export function guardKeys(guard: KeyGuard): void {
  keyGuard = guard;
}

/**
 * Reads items of the strict profile (PROTOCOL.md §4): checks and decodes in one pass. A reading is synchronous and calls
 * nothing that is the application's, so one decoder serves for all values with the same limits.
 */
export class Decoder extends ItemCursor implements ItemSource {
  readonly #ownBuffers: boolean;
  /** The buffer that small byte strings of this value share. */
  #shared: Uint8Array<ArrayBuffer> | undefined = undefined;
  #sharedUsed = 0;
  #hasSmallBytes = false;

  /**
   * Makes a decoder.
   *
   * @throws {RangeError} If a limit is not an integer in its range.
   */
  constructor(options?: CborOptions) {
    super(cborLimits(options));
    this.#ownBuffers = options?.ownBuffers ?? false;
  }

  /**
   * Reads one item, which may end before the bytes do.
   *
   * @param bytes Where it lies. The value shares no memory with them.
   * @param start Its first byte.
   * @param end The byte after the last one that it may use; not beyond the bytes.
   * @throws {CborError} If there is no item of the profile, or it crosses a limit.
   */
  read(bytes: Uint8Array, start: number, end: number): unknown {
    this.open(bytes, start, end);
    SHAPES.begin();
    keyGuard?.begin();
    try {
      return this.item();
    } finally {
      this.close();
      this.#shared = undefined;
      this.#hasSmallBytes = false;
    }
  }

  /**
   * Reads one item from the first byte on, as {@linkcode read} does. If it is nothing but a byte string in a buffer that holds
   * nothing else, it comes as a view.
   *
   * @throws {CborError} As {@linkcode read}.
   */
  readMessage(bytes: Uint8Array): unknown {
    const { length, buffer, byteOffset } = bytes;
    if (length < LEAST_OWN_BYTES || bytes[0]! >> 5 !== 2 || !hasOwnBuffer(bytes)) return this.read(bytes, 0, length);
    const start = this.#skipBytes(bytes, 0, length);
    return new Uint8Array(buffer, byteOffset + start, this.offset - start);
  }

  /**
   * Passes over one item, as {@linkcode read} does. Nothing is made of a byte string.
   *
   * @throws {CborError} As {@linkcode read}.
   */
  skip(bytes: Uint8Array, start: number, end: number): void {
    if (start < end && bytes[start]! >> 5 === 2) this.#skipBytes(bytes, start, end);
    else this.read(bytes, start, end);
  }

  /** Passes over a byte string and returns where its content begins. */
  #skipBytes(bytes: Uint8Array, start: number, end: number): number {
    this.open(bytes, start, end);
    const content = this.content(this.argument(bytes[start]! & 0x1f), "a byte string");
    this.close();
    return content;
  }

  /** Reads the next item. */
  item(): unknown {
    const offset = this.offset;
    if (offset >= this.end) this.fail("the bytes end within an item");
    const initial = this.bytes[offset]!;
    if (initial < 0x18) {
      this.offset = offset + 1;
      return initial;
    }
    if (initial >= 0xe0) return this.#simple(initial);
    const info = initial & 0x1f;
    if (info === 27 && initial < 0x40) return this.wideInteger(initial);
    const argument = this.argument(info);
    switch (initial >> 5) {
      case 0:
        if (argument > GREATEST_SMALL) this.charge(Cost.NUMBER);
        return argument;
      case 1:
        if (argument > GREATEST_SMALL) this.charge(Cost.NUMBER);
        return -1 - argument;
      case 2:
        return this.#byteString(argument);
      case 3:
        return this.#text(argument);
      case 4:
        return this.#array(argument);
      case 5:
        return this.#map(argument);
      default:
        return this.#tagged(argument);
    }
  }

  #simple(initial: number): unknown {
    switch (initial) {
      case 0xf4:
        this.offset += 1;
        return false;
      case 0xf5:
        this.offset += 1;
        return true;
      case 0xf6:
        this.offset += 1;
        return null;
      case 0xf7:
        this.offset += 1;
        return undefined;
      case 0xf9:
      case 0xfa:
      case 0xfb:
        return this.float(1 << (initial - 0xf8));
      case 0xff:
        return this.fail("a break stands outside of any item");
      default:
        return this.fail("only false, true, null and undefined are allowed of the simple values");
    }
  }

  #text(length: number): string {
    const start = this.content(length, "a text string");
    if (length > 1) this.charge(Cost.TEXT + Cost.TEXT_BYTE * length);
    const text = readUtf8(this.bytes, start, this.offset);
    return text ?? this.fail("a text string is not valid UTF-8", invalidUtf8(this.bytes, start, this.offset));
  }

  #byteString(length: number): Uint8Array {
    return this.takeBytes(length, "a byte string");
  }

  /** Passes over bytes and returns a view of them, which is not to be kept. */
  viewBytes(length: number, what: string): Uint8Array {
    const start = this.content(length, what);
    return this.bytes.subarray(start, this.offset);
  }

  /** Passes over bytes and returns a copy of them that begins at a multiple of eight in its buffer. */
  takeBytes(length: number, what: string): Uint8Array<ArrayBuffer> {
    const start = this.content(length, what);
    this.charge(Cost.BYTES + length);
    const copy = this.#room(length);
    copy.set(this.bytes.subarray(start, start + length));
    return copy;
  }

  #room(length: number): Uint8Array<ArrayBuffer> {
    // The first small one, which is often the only one, gets no more than it needs.
    if (this.#ownBuffers || length >= LEAST_OWN_BYTES || !this.#hasSmallBytes) {
      if (length < LEAST_OWN_BYTES) this.#hasSmallBytes = true;
      return new Uint8Array(length);
    }
    const start = Math.ceil(this.#sharedUsed / ALIGNMENT) * ALIGNMENT;
    if (this.#shared === undefined || start + length > this.#shared.length) {
      this.#shared = new Uint8Array(Math.min(SHARED_BUFFER_BYTES, length + (this.end - this.offset) * ALIGNMENT));
      this.#sharedUsed = length;
      return new Uint8Array(this.#shared.buffer, 0, length);
    }
    this.#sharedUsed = start + length;
    return new Uint8Array(this.#shared.buffer, start, length);
  }

  #array(count: number): unknown[] {
    this.enter("an array", count, 1, Cost.ARRAY + Cost.SLOT * count);
    // There is a byte for each item of all arrays that are open, so this makes no room for what is only declared.
    const items: unknown[] = count === 0 ? [] : new Array(count);
    let i = 0;
    try {
      while (i < count) {
        this.itemsAwaited -= 1;
        const item = this.item();
        items[i++] = item;
        // Numbers seldom come alone.
        if (typeof item === "number") i = (item | 0) === item ? this.#integers(items, i) : this.#doubles(items, i);
      }
    } catch (error) {
      throw located(error, i);
    }
    this.levelsLeft += 1;
    return items;
  }

  /**
   * Reads integers from 0 with heads of up to three bytes that follow each other.
   *
   * @param items Where they belong.
   * @param first The place of the first one.
   * @returns The place after the last one.
   */
  #integers(items: unknown[], first: number): number {
    const bytes = this.bytes;
    const end = this.end - 2;
    let offset = this.offset;
    let i = first;
    for (; i < items.length && offset < end; i++) {
      const initial = bytes[offset]!;
      if (initial > 0x19) break;
      if (initial < 0x18) {
        items[i] = initial;
        offset += 1;
      } else if (initial === 0x18) {
        items[i] = bytes[offset + 1]!;
        offset += 2;
      } else {
        items[i] = bytes[offset + 1]! << 8 | bytes[offset + 2]!;
        offset += 3;
      }
    }
    this.offset = offset;
    this.itemsAwaited -= i - first;
    return i;
  }

  /**
   * Reads floats of eight bytes that follow each other, if they are worth it.
   *
   * @param items Where they belong.
   * @param first The place of the first one.
   * @returns The place after the last one.
   */
  #doubles(items: unknown[], first: number): number {
    const bytes = this.bytes;
    const start = this.offset;
    const mostBytes = Math.min(this.end, start + FLOAT_64_BYTES * (items.length - first));
    let end = start;
    while (end + FLOAT_64_BYTES <= mostBytes && bytes[end] === FLOAT_64) end += FLOAT_64_BYTES;
    const count = (end - start) / FLOAT_64_BYTES;
    if (count < LEAST_DOUBLES) return first;
    this.charge(Cost.NUMBER * count);
    const view = this.view ??= new DataView(bytes.buffer, bytes.byteOffset, this.end);
    for (let i = 0; i < count; i++) items[first + i] = view.getFloat64(start + 1 + FLOAT_64_BYTES * i);
    this.offset = end;
    this.itemsAwaited -= count;
    return first + count;
  }

  #map(count: number): Record<string, unknown> {
    const isTable = count > Cost.FEW_KEYS;
    this.enter("a map", count, 2, Cost.OBJECT + count * (isTable ? Cost.OBJECT_ENTRY : Cost.SLOT));
    const object: Record<string, unknown> = {};
    let shape: Shape | undefined = SHAPES.root;
    let nextIndex = 0;
    let name: string | undefined;
    try {
      for (let i = 0; i < count; i++) {
        name = undefined;
        this.itemsAwaited -= 2;
        const guess: Shape | undefined = shape?.next;
        if (guess !== undefined && this.#skipKey(guess.name)) {
          shape = guess;
          name = guess.name;
          if (guess.lastUse !== SHAPES.use) this.#chargeShape(guess);
          if (guess.index >= 0) nextIndex = this.#chargeIndex(guess.index, nextIndex, isTable);
          const value = this.item();
          if (guess.isInherited) define(object, name, value);
          else object[name] = value;
        } else {
          const start = this.offset;
          const key = this.#key();
          shape = this.#shapeWith(shape, key, object, start);
          nextIndex = this.#chargeIndex(indexOf(key), nextIndex, isTable);
          name = key;
          const value = this.item();
          const isInherited: boolean = shape === undefined ? name in Object.prototype : shape.isInherited;
          if (isInherited) define(object, name, value);
          else object[name] = value;
        }
      }
    } catch (error) {
      throw name === undefined ? error : located(error, name);
    }
    this.levelsLeft += 1;
    return object;
  }

  /** Passes over a key if it is the expected one, of less than 24 ASCII characters. */
  #skipKey(name: string): boolean {
    const { length } = name;
    const start = this.offset;
    const bytes = this.bytes;
    if (length > 23 || bytes[start] !== (0x60 | length) || start + length >= this.end) return false;
    for (let i = 0; i < length; i++) {
      if (bytes[start + 1 + i] !== name.charCodeAt(i)) return false;
    }
    this.offset = start + 1 + length;
    return true;
  }

  /**
   * Checks a key that was not expected.
   *
   * @returns The shape of the object with it; none if it is not remembered.
   */
  #shapeWith(shape: Shape | undefined, name: string, object: object, start: number): Shape | undefined {
    const known = shape?.following(name);
    if (known !== undefined) {
      if (known.lastUse !== SHAPES.use) this.#chargeShape(known);
      return known;
    }
    if (name === FORBIDDEN_KEY) this.fail(`the key "${FORBIDDEN_KEY}" is not allowed in a map`, start);
    if (shape === undefined ? Object.hasOwn(object, name) : shape.has(name)) this.failRepeated(name, start);
    const added = shape === undefined ? undefined : SHAPES.add(shape, name);
    if (added !== undefined) {
      this.#chargeShape(added);
      return added;
    }
    this.charge(Cost.KEY);
    this.noteKey(name);
    return undefined;
  }

  /** Charges for the first object of this value that has a shape. */
  #chargeShape(shape: Shape): void {
    shape.lastUse = SHAPES.use;
    this.charge(shape.size <= Cost.FEW_KEYS ? Cost.SHAPE : Cost.LONG_SHAPE);
    this.noteKey(shape.name, shape);
  }

  /** Charges for what a key of a table may collide with. */
  noteKey(name: string, shape?: Shape): void {
    if (keyGuard !== undefined) this.charge(Cost.COLLISION * keyGuard.collisionsOf(name, shape));
  }

  #key(): string {
    const offset = this.offset;
    const length = offset < this.end ? this.bytes[offset]! - 0x60 : -1;
    const start = offset + 1;
    // The longer ones, and those with longer heads, are read as any text.
    if (length <= 0 || length >= 24 || start + length > this.end) {
      return this.#text(this.expect(3, "a map has a key that is not text; only maps of tag 259 may"));
    }
    const known = recallName(this.bytes, start, length);
    this.offset = start + length;
    if (known !== undefined) return known;
    const name = readUtf8(this.bytes, start, start + length);
    if (name === undefined) {
      this.fail("a text string is not valid UTF-8", invalidUtf8(this.bytes, start, start + length));
    }
    rememberName(name, this.bytes, start, length);
    return name;
  }

  /**
   * Charges for a key that is an array index: for a place in a hash table if one lies far off, for room for all up to it
   * otherwise.
   *
   * @param index The index, -1 if the key is none.
   * @param nextIndex The first one that there is no room for, 0 if the object has none so far, {@linkcode SPARSE} for a hash
   * table.
   * @returns What it is then.
   */
  #chargeIndex(index: number, nextIndex: number, isTable: boolean): number {
    if (index < 0) return nextIndex;
    if (nextIndex === SPARSE || index - nextIndex >= Cost.WIDE_GAP) {
      if (nextIndex !== SPARSE) this.charge(Cost.SPARSE_INDICES);
      // Members of a large object have been charged for as entries of one.
      if (!isTable) this.charge(Cost.SPARSE_INDEX);
      return SPARSE;
    }
    if (index < nextIndex) return nextIndex;
    this.charge((nextIndex === 0 ? Cost.INDICES : 0) + (index + 1 - nextIndex) * Cost.INDEX);
    return index + 1;
  }

  #tagged(tag: number): unknown {
    this.enter("a tag", 0, 1, 0);
    const value = readTagged(this, tag);
    this.levelsLeft += 1;
    return value;
  }
}

const DEFAULT_DECODER = new Decoder(DEFAULT_CBOR_LIMITS);

/**
 * Decodes bytes that hold exactly one item of the strict profile (PROTOCOL.md §4).
 *
 * Maps become plain objects, those of tag 259 `Map`s; integers numbers where these hold them exactly, and bigints
 * otherwise. The value shares no memory with the bytes. A byte string of 4 KiB and more, or a typed array of as many bytes,
 * has an `ArrayBuffer` of its own; smaller ones may share one with others of the same value, but with nothing else.
 *
 * @param bytes The bytes.
 * @param decoder Holds the limits; the default ones if none is given.
 * @throws {CborError} If they are anything but one such item.
 */
export function decodeValue(bytes: Uint8Array, decoder: Decoder = DEFAULT_DECODER): unknown {
  const value = decoder.readMessage(bytes);
  const { offset } = decoder;
  if (offset !== bytes.length) throw new CborError(`${bytes.length - offset} bytes follow the item`, offset);
  return value;
}

/** Makes an own property where an assignment could reach the prototype. */
function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
}
