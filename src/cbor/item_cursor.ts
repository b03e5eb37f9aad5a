import { CborError } from "./cbor_error.ts";
import * as Cost from "./cost.ts";
import { Major } from "./item_writer.ts";
import { readName } from "./name_cache.ts";
import { LEAST_OWN_BYTES } from "./own_buffers.ts";
import { type CborLimits, numericKeysReason } from "./profile.ts";
import { invalidUtf8, readUtf8 } from "./utf8.ts";

const NOTHING: Uint8Array = new Uint8Array(0);
/** Arguments of heads beyond this are inexact, which no count and no length survives, as there are not as many bytes. */
const TWO_TO_32 = 0x1_0000_0000;
/** From so many bytes on, a view to read floats from is worth making. */
const LEAST_VIEWED_BYTES = 256;
const SCRATCH = new DataView(new ArrayBuffer(8));
/** Small byte strings of a message share buffers of this size. */
const SHARED_BUFFER_BYTES = 8_192;
/** Elements that a typed array may have: the widest begin at multiples of this. */
const ALIGNMENT = 8;

/** Where a reader is in bytes, and what is left of what one value may cost. */
export class ItemCursor<Limits extends CborLimits = CborLimits> {
  /** What one value may cost. */
  readonly limits: Limits;
  readonly ownBuffers: boolean;
  /** Where the items lie. */
  bytes: Uint8Array = NOTHING;
  /** The next byte to be read. */
  offset = 0;
  /** The byte after the last one that may be read. */
  end = 0;
  /** A view to read floats from. */
  view: DataView | undefined = undefined;
  levels = 0;
  /** Items that open arrays and maps still need, each of which takes a byte at least. */
  awaited = 0;
  numericKeys = 0;
  costLeft = 0;
  /** The buffer that small byte strings of the value share, and how much of it they have. */
  shared: Uint8Array<ArrayBuffer> | undefined = undefined;
  sharedUsed = 0;
  /** The buffer of the bytes: to ask for it takes longer than to make a view. */
  #buffer: ArrayBufferLike | undefined = undefined;

  /** Makes a cursor on nothing. */
  constructor(limits: Limits, ownBuffers = false) {
    this.limits = limits;
    this.ownBuffers = ownBuffers;
  }

  /**
   * Goes to other items.
   *
   * @param bytes Where they lie.
   * @param start Their first byte.
   * @param end The byte after their last one; not beyond the bytes.
   */
  reset(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = undefined;
      this.#buffer = undefined;
    }
    this.offset = start;
    this.end = end;
    this.awaited = 0;
    this.shared = undefined;
  }

  /** Lets go of the bytes, so that nothing is kept alive until the next ones come. */
  release(): void {
    this.reset(NOTHING, 0, 0);
  }

  /** Begins a value, which may cost what its bytes and those after it allow. */
  begin(): void {
    const { limits } = this;
    this.levels = limits.maxDepth;
    this.numericKeys = limits.maxNumericKeys;
    this.costLeft = Cost.FREE + limits.maxExpansion * (this.end - this.offset);
  }

  /**
   * Checks that all has been read.
   *
   * @throws {CborError} If something follows.
   */
  finish(): void {
    if (this.offset !== this.end) this.fail(`${this.end - this.offset} bytes follow the item`);
  }

  /** Refuses the item. */
  fail(reason: string, at = this.offset, limit?: keyof Limits & string): never {
    throw new CborError(reason, at, limit);
  }

  /** Takes what comes next from the budget. */
  charge(price: number): void {
    this.costLeft -= price;
    if (this.costLeft < 0) this.#failCost();
  }

  #failCost(): never {
    this.fail(
      `decoding costs more than the budget of ${this.limits.maxExpansion} for each byte (maxExpansion), ` +
        "which cborSerializerWith() raises for a method",
      this.offset,
      "maxExpansion",
    );
  }

  /** The first byte of the next item. */
  initialByte(): number {
    if (this.offset >= this.end) this.fail("the bytes end within an item");
    return this.bytes[this.offset]!;
  }

  /** Passes over the head that begins here and returns its argument. */
  argument(initial: number): number {
    const info = initial & 0x1f;
    const start = this.offset + 1;
    if (info < 24) {
      this.offset = start;
      return info;
    }
    if (info > 27) {
      this.fail(info === 31 ? "indefinite lengths are not allowed" : `${info} is a reserved length of a head`);
    }
    const after = start + (1 << (info - 24));
    if (after > this.end) this.fail("the bytes end within a head");
    this.offset = after;
    if (info === 24) return this.bytes[start]!;
    if (info === 25) return this.bytes[start]! << 8 | this.bytes[start + 1]!;
    const upper = this.#uint32(start);
    return info === 26 ? upper : upper * TWO_TO_32 + this.#uint32(start + 4);
  }

  #uint32(at: number): number {
    return this.bytes[at]! * 0x1000000 +
      (this.bytes[at + 1]! << 16 | this.bytes[at + 2]! << 8 | this.bytes[at + 3]!);
  }

  /** Passes over the head of an item of one major type and returns its argument. */
  expect(major: number, otherwise: string): number {
    const initial = this.initialByte();
    if (initial >> 5 !== major) this.fail(otherwise);
    return this.argument(initial);
  }

  /** Up to eight bytes as those of one number. */
  scratch(start: number, size: number): DataView {
    SCRATCH.setFloat64(0, 0);
    for (let i = 0; i < size; i++) SCRATCH.setUint8(8 - size + i, this.bytes[start + i]!);
    return SCRATCH;
  }

  /** A view of all bytes. */
  viewOfAll(): DataView {
    return this.view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  /** Reads a float of so many bytes. */
  float(size: number): number {
    this.offset += 1;
    const start = this.content(size, "a float");
    this.charge(Cost.NUMBER);
    const isViewed = this.view !== undefined || this.end - start >= LEAST_VIEWED_BYTES;
    const source = isViewed ? this.viewOfAll() : this.scratch(start, size);
    const at = isViewed ? start : 8 - size;
    if (size === 8) return source.getFloat64(at);
    return size === 4 ? source.getFloat32(at) : half(source.getUint16(at));
  }

  /** Passes over the content of a string and returns where it begins. */
  content(length: number, what: string): number {
    const start = this.offset;
    const present = this.end - start - this.awaited;
    if (length > present) this.fail(`${what} declares ${length} bytes where ${Math.max(present, 0)} are left for it`);
    this.offset = start + length;
    return start;
  }

  /** Those bytes up to where the next item begins, as a view: a plain `Uint8Array`, also where they are a `Buffer`. */
  viewFrom(start: number): Uint8Array {
    const buffer = this.#buffer ??= this.bytes.buffer;
    return new Uint8Array(buffer, this.bytes.byteOffset + start, this.offset - start);
  }

  /** The text from a byte up to where the next item begins. */
  textFrom(start: number, what = "a text string"): string {
    return readUtf8(this.bytes, start, this.offset) ??
      this.fail(`${what} is not valid UTF-8`, invalidUtf8(this.bytes, start, this.offset));
  }

  /** Reads a text of 1 to 23 bytes that is likely to be one of a few; `undefined` if no such text comes next. */
  shortText(): string | undefined {
    const length = this.offset < this.end ? this.bytes[this.offset]! - Major.TEXT : 0;
    const start = this.offset + 1;
    if (length <= 0 || length > 23 || start + length > this.end) return undefined;
    this.offset = start + length;
    return readName(this.bytes, start, length) ?? this.textFrom(start);
  }

  /** Passes over the content of a byte string and returns a copy that begins at a multiple of eight in its buffer. */
  takeBytes(length: number, what: string): Uint8Array<ArrayBuffer> {
    const start = this.content(length, what);
    this.charge(Cost.BYTES + length);
    const copy = this.#roomFor(length);
    copy.set(this.bytes.subarray(start, this.offset));
    return copy;
  }

  #roomFor(length: number): Uint8Array<ArrayBuffer> {
    if (this.ownBuffers || length >= LEAST_OWN_BYTES) return new Uint8Array(length);
    if (this.shared === undefined) {
      // The first small one, which is often the only one, gets no more than it needs.
      this.sharedUsed = length;
      return this.shared = new Uint8Array(length);
    }
    let start = Math.ceil(this.sharedUsed / ALIGNMENT) * ALIGNMENT;
    if (start + length > this.shared.length) {
      this.shared = new Uint8Array(Math.min(SHARED_BUFFER_BYTES, length + (this.end - this.offset) * ALIGNMENT));
      start = 0;
    }
    this.sharedUsed = start + length;
    return new Uint8Array(this.shared.buffer, start, length);
  }

  /** Begins a container of so many members, of one item or two each, and goes a level down. */
  enter(what: string, count: number, items: 1 | 2, price: number): void {
    const present = this.end - this.offset - this.awaited;
    if (count * items > present) {
      const members = items === 1 ? "items" : "entries";
      this.fail(`${what} declares ${count} ${members} where ${Math.max(present, 0)} bytes are left for them`);
    }
    this.charge(price);
    if (--this.levels < 0) {
      this.fail(`nested deeper than ${this.limits.maxDepth} levels (maxDepth)`, this.offset, "maxDepth");
    }
    this.awaited += count * items;
  }

  /** Counts a number in a set, or as the key of a `Map`. */
  countNumericKey(start: number): void {
    if (--this.numericKeys < 0) this.fail(numericKeysReason(this.limits), start, "maxNumericKeys");
  }
}

/** RFC 8949 appendix D. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (fraction + 1024) * 2 ** (exponent - 25);
}
