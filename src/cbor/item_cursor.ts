import { CborError, located, type PlaceSegment } from "./cbor_error.ts";
import { Cost } from "./cost.ts";
import type { CborLimits } from "./profile.ts";

const NOTHING: Uint8Array = new Uint8Array(0);
/** Arguments of heads beyond this are inexact, which no count and no length survives, as there are not as many bytes. */
const TWO_TO_32 = 0x1_0000_0000;
/** From so many bytes on, a view to read floats from is worth making. */
const LEAST_VIEWED_BYTES = 256;
const SCRATCH = new DataView(new ArrayBuffer(8));

/** Where a decoder is in the bytes of one value, and what is left of what the value may cost. */
export class ItemCursor {
  /** What one value may cost. */
  readonly limits: CborLimits;
  /** The next byte to be read. */
  offset = 0;
  protected bytes: Uint8Array = NOTHING;
  protected end = 0;
  /** A view to read floats from. */
  protected view: DataView | undefined = undefined;
  protected levelsLeft = 0;
  /** Items that open arrays and maps still need, each of which takes a byte at least. */
  protected itemsAwaited = 0;
  protected numericKeysLeft = 0;
  protected costLeft = 0;

  /** Makes a cursor on nothing. */
  constructor(limits: CborLimits) {
    this.limits = limits;
  }

  /** Begins a value. */
  protected open(bytes: Uint8Array, start: number, end: number): void {
    const { limits } = this;
    this.bytes = bytes;
    this.offset = start;
    this.end = end;
    this.levelsLeft = limits.maxDepth;
    this.itemsAwaited = 0;
    this.numericKeysLeft = limits.maxNumericKeys;
    this.costLeft = Cost.FREE + limits.maxExpansion * (end - start);
  }

  /** Lets go of the bytes. */
  protected close(): void {
    this.bytes = NOTHING;
    this.view = undefined;
  }

  /** Passes over the head that begins here and returns its argument. */
  protected argument(info: number): number {
    const start = this.offset;
    if (info < 24) {
      this.offset = start + 1;
      return info;
    }
    if (info > 27) {
      this.fail(info === 31 ? "indefinite lengths are not allowed" : `${info} is a reserved length of a head`);
    }
    const size = 1 << (info - 24);
    const after = start + 1 + size;
    if (after > this.end) this.fail("the bytes end within a head");
    const bytes = this.bytes;
    this.offset = after;
    if (size === 1) return bytes[start + 1]!;
    if (size === 2) return bytes[start + 1]! << 8 | bytes[start + 2]!;
    const upper = uint32(bytes, start + 1);
    return size === 4 ? upper : upper * TWO_TO_32 + uint32(bytes, start + 5);
  }

  /** Passes over the head of an item of one major type and returns its argument. */
  expect(major: number, otherwise: string): number {
    if (this.offset >= this.end) this.fail("the bytes end within an item");
    const initial = this.bytes[this.offset]!;
    if (initial >> 5 !== major) this.fail(otherwise);
    return this.argument(initial & 0x1f);
  }

  /** Whether the next item is an integer or a float. */
  isNumber(): boolean {
    if (this.offset >= this.end) this.fail("the bytes end within an item");
    const initial = this.bytes[this.offset]!;
    return initial < 0x40 || (initial >= 0xf9 && initial <= 0xfb);
  }

  /** An integer whose head has eight bytes: a number where one holds it exactly. */
  protected wideInteger(initial: number): number | bigint {
    this.charge(Cost.NUMBER);
    const argument = this.argument(27);
    const isNegative = initial >= 0x20;
    // 2^53 - 1 is the greatest argument for both signs but one: -1 - (2^53 - 1) is no safe integer.
    if (argument < Number.MAX_SAFE_INTEGER || (!isNegative && argument === Number.MAX_SAFE_INTEGER)) {
      return isNegative ? -1 - argument : argument;
    }
    this.charge(Cost.BIGINT);
    const start = this.offset - 8;
    const exact = (BigInt(uint32(this.bytes, start)) << 32n) | BigInt(uint32(this.bytes, start + 4));
    return isNegative ? -1n - exact : exact;
  }

  /** Reads a float of so many bytes. */
  protected float(size: number): number {
    let start = this.offset + 1;
    if (start + size > this.end) {
      this.fail(`a float declares ${size} bytes where ${this.end - start} are left for it`);
    }
    this.offset = start + size;
    this.charge(Cost.NUMBER);
    if (this.view === undefined && this.end - start >= LEAST_VIEWED_BYTES) {
      this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.end);
    }
    let view = this.view;
    if (view === undefined) {
      for (let i = 0; i < size; i++) SCRATCH.setUint8(i, this.bytes[start + i]!);
      view = SCRATCH;
      start = 0;
    }
    if (size === 8) return view.getFloat64(start);
    return size === 4 ? view.getFloat32(start) : half(view.getUint16(start));
  }

  /** Passes over the content of a string and returns where it begins. */
  protected content(length: number, what: string): number {
    const start = this.offset;
    const present = this.end - start - this.itemsAwaited;
    if (length > present) this.fail(`${what} declares ${length} bytes where ${Math.max(present, 0)} are left for it`);
    this.offset = start + length;
    return start;
  }

  /** Begins a container of so many members, of one item or two each, and goes a level down. */
  enter(what: string, count: number, items: 1 | 2, cost: number): void {
    const present = this.end - this.offset - this.itemsAwaited;
    if (count * items > present) {
      const members = items === 1 ? "items" : "entries";
      this.fail(`${what} declares ${count} ${members} where ${Math.max(present, 0)} bytes are left for them`);
    }
    this.charge(cost);
    if (--this.levelsLeft < 0) {
      const { maxDepth } = this.limits;
      this.fail(`nested deeper than ${maxDepth} levels (maxDepth)`, this.offset, "maxDepth");
    }
    this.itemsAwaited += count * items;
  }

  /** Notes that the next items of a container are about to be read. */
  expectNext(count: number): void {
    this.itemsAwaited -= count;
  }

  /** Ends a container. */
  leave(): void {
    this.levelsLeft += 1;
  }

  /** Counts a number in a set, or as the key of a `Map`. */
  countNumericKey(start: number): void {
    if (--this.numericKeysLeft >= 0) return;
    const { maxNumericKeys } = this.limits;
    this.fail(
      `more than ${maxNumericKeys} numbers in sets and as keys of maps (maxNumericKeys)`,
      start,
      "maxNumericKeys",
    );
  }

  /** Takes what comes next from the budget. */
  charge(cost: number): void {
    this.costLeft -= cost;
    if (this.costLeft < 0) this.#failCost();
  }

  #failCost(): never {
    const { maxExpansion } = this.limits;
    this.fail(
      `decoding costs more than the budget of ${maxExpansion} for each byte (maxExpansion), ` +
        "which cborSerializerWith() raises for a method",
      this.offset,
      "maxExpansion",
    );
  }

  /** Refuses a map for a key that stands twice. */
  failRepeated(key: PlaceSegment, start: number): never {
    throw located(new CborError("a map has the same key twice", start), key);
  }

  /** Refuses the item. */
  fail(reason: string, offset = this.offset, limit?: string): never {
    throw new CborError(reason, offset, limit);
  }
}

function uint32(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! * 0x1000000 + (bytes[offset + 1]! << 16 | bytes[offset + 2]! << 8 | bytes[offset + 3]!);
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
