import { CborError } from "./cbor_error.ts";
import { type CborLimits, DEFAULT_CBOR_LIMITS } from "./cbor_limits.ts";
import { readFloat } from "./float.ts";
import { TextKeys } from "./map_keys.ts";
import { BYTES_PER_ELEMENT, MAX_DATE_SECONDS, Tag } from "./profile.ts";
import { scalarIdentity } from "./scalar_identity.ts";
import { invalidUtf8 } from "./utf8.ts";

const NOTHING: Uint8Array = new Uint8Array(0);
/** Longer text than this goes through cbor-x's `TextDecoder`, which drops a leading U+FEFF: see decode_value.ts. */
const LONG_TEXT_BYTES = 64;

/**
 * One pass over one item. It recurses as deep as `maxDepth` allows and allocates nothing but a set of keys for maps of
 * tag 259 and for maps of more than 16 keys.
 */
class ItemWalker {
  #bytes: Uint8Array = NOTHING;
  #offset = 0;
  #end = 0;
  #limits = DEFAULT_CBOR_LIMITS;
  #depth = 0;
  #containers = 0;
  #marks: number[] | undefined;
  readonly #keys = new TextKeys();

  walk(bytes: Uint8Array, offset: number, end: number, limits: CborLimits, marks: number[] | undefined): number {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#end = end;
    this.#limits = limits;
    this.#depth = 0;
    this.#containers = 0;
    this.#marks = marks;
    this.#keys.reset();
    try {
      this.#item();
      return this.#offset;
    } finally {
      this.#bytes = NOTHING;
      this.#marks = undefined;
    }
  }

  #item(): void {
    const start = this.#offset;
    const initial = this.#byte();
    const info = initial & 0x1f;
    switch (initial >> 5) {
      case 0:
      case 1:
        this.#argument(info);
        return;
      case 2:
        this.#skip(this.#argument(info), "byte string");
        return;
      case 3:
        this.#text(start, this.#argument(info));
        return;
      case 4:
        this.#array(this.#argument(info));
        return;
      case 5:
        this.#map(this.#argument(info));
        return;
      case 6:
        this.#tag(this.#argument(info));
        return;
      default:
        this.#simple(info);
    }
  }

  #byte(): number {
    if (this.#offset >= this.#end) this.#fail("the bytes end within an item");
    return this.#bytes[this.#offset++]!;
  }

  /** The argument of a head (RFC 8949 §3). Beyond 2^53 it is inexact, which no length and no tag number survives. */
  #argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) {
      this.#offset -= 1;
      this.#fail(info === 31 ? "indefinite lengths are not allowed" : `${info} is a reserved length of a head`);
    }
    const size = 1 << (info - 24);
    if (this.#end - this.#offset < size) this.#fail("the bytes end within a head");
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.#bytes[this.#offset + i]!;
    this.#offset += size;
    return value;
  }

  #skip(length: number, what: string): void {
    const present = this.#end - this.#offset;
    if (length > present) this.#fail(`a ${what} declares ${length} bytes where ${present} are present`);
    this.#offset += length;
  }

  #text(headStart: number, length: number): void {
    const start = this.#offset;
    this.#skip(length, "text string");
    const bytes = this.#bytes;
    const bad = invalidUtf8(bytes, start, this.#offset);
    if (bad >= 0) throw new CborError("a text string is not valid UTF-8", bad);
    if (length > LONG_TEXT_BYTES && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) {
      this.#marks?.push(headStart);
    }
  }

  /** Counts a container and goes one level down. */
  #enter(): void {
    if (++this.#containers > this.#limits.maxContainers) {
      this.#fail(`more than ${this.#limits.maxContainers} arrays, maps and tags (maxContainers)`, "maxContainers");
    }
    if (++this.#depth > this.#limits.maxDepth) {
      this.#fail(`nested deeper than ${this.#limits.maxDepth} levels (maxDepth)`, "maxDepth");
    }
  }

  #array(count: number): void {
    const present = this.#end - this.#offset;
    if (count > present) this.#fail(`an array declares ${count} items where ${present} bytes are present`);
    this.#enter();
    for (let i = 0; i < count; i++) this.#item();
    this.#depth -= 1;
  }

  #checkEntries(count: number): void {
    const present = this.#end - this.#offset;
    if (count * 2 > present) this.#fail(`a map declares ${count} entries where ${present} bytes are present`);
  }

  #map(count: number): void {
    this.#checkEntries(count);
    this.#enter();
    const map = this.#keys.open(count);
    for (let i = 0; i < count; i++) {
      const headStart = this.#offset;
      const length = this.#expect(3, "a map has a key that is not text; only maps of tag 259 may");
      const start = this.#offset;
      this.#text(headStart, length);
      this.#keys.add(map, this.#bytes, start, this.#offset);
      this.#item();
    }
    this.#keys.close(map);
    this.#depth -= 1;
  }

  #tag(tag: number): void {
    this.#enter();
    const width = BYTES_PER_ELEMENT.get(tag);
    if (width !== undefined) this.#typedArray(tag, width);
    else if (tag === Tag.DATE) this.#date();
    else if (tag === Tag.BIGNUM || tag === Tag.NEGATIVE_BIGNUM) this.#bignum();
    else if (tag === Tag.SET) this.#array(this.#expect(4, "a set (tag 258) is not an array"));
    else if (tag === Tag.MAP) this.#anyMap(this.#expect(5, "a map of tag 259 is not a map"));
    else this.#fail(`tag ${tag} is not allowed`);
    this.#depth -= 1;
  }

  /** The argument of the next head, which must be of a certain major type. */
  #expect(majorType: number, otherwise: string): number {
    const initial = this.#byte();
    if (initial >> 5 !== majorType) {
      this.#offset -= 1;
      this.#fail(otherwise);
    }
    return this.#argument(initial & 0x1f);
  }

  #typedArray(tag: number, width: number): void {
    const length = this.#expect(2, `a typed array (tag ${tag}) is not a byte string`);
    if (length % width !== 0) this.#fail(`a typed array (tag ${tag}) of ${length} bytes is not a multiple of ${width}`);
    this.#skip(length, "typed array");
  }

  #bignum(): void {
    const length = this.#expect(2, "a bignum is not a byte string");
    const { maxBignumBytes } = this.#limits;
    if (length > maxBignumBytes) {
      this.#fail(`a bignum of ${length} bytes is above ${maxBignumBytes} (maxBignumBytes)`, "maxBignumBytes");
    }
    this.#skip(length, "bignum");
  }

  /** Seconds since 1970 that make a valid `Date`; integers of 8 bytes would become bigints, which dates are not made of. */
  #date(): void {
    const start = this.#offset;
    const initial = this.#byte();
    const info = initial & 0x1f;
    const isInteger = initial >> 5 <= 1 && info < 27;
    if (!isInteger && (initial < 0xf9 || initial > 0xfb)) {
      this.#offset = start;
      this.#fail("a date (tag 1) is neither an integer of up to 32 bits nor a float");
    }
    this.#offset = start;
    this.#item();
    const seconds = isInteger ? 0 : readFloat(this.#bytes, start);
    if (!(Math.abs(seconds) <= MAX_DATE_SECONDS)) {
      throw new CborError(`a date (tag 1) of ${seconds} seconds is out of range`, start);
    }
  }

  /** A map with keys of any kind. Those that `Map` compares by value may not repeat; the others are never the same. */
  #anyMap(count: number): void {
    this.#checkEntries(count);
    this.#enter();
    const seen = new Set<string | number>();
    for (let i = 0; i < count; i++) {
      const start = this.#offset;
      this.#item();
      const key = scalarIdentity(this.#bytes, start, this.#offset);
      if (key !== undefined) {
        if (seen.has(key)) throw new CborError("a map has the same key twice", start);
        seen.add(key);
      }
      this.#item();
    }
    this.#depth -= 1;
  }

  #simple(info: number): void {
    if (info >= 20 && info <= 23) return;
    if (info >= 25 && info <= 27) {
      this.#skip(1 << (info - 24), "float");
      return;
    }
    this.#offset -= 1;
    this.#fail(info === 31 ? "a break stands outside of any item" : "only false, true, null and undefined are allowed");
  }

  #fail(reason: string, limit?: string): never {
    throw new CborError(reason, this.#offset, limit);
  }
}

// One walker serves all: a walk is synchronous and calls nothing that could start another.
const WALKER = new ItemWalker();

/**
 * Checks that one item of the strict profile (PROTOCOL.md §4) lies at an offset: well-formed, of definite lengths that the
 * bytes present can fill, within the limits, of allowed tags and simple values, with valid UTF-8 and without a key twice.
 * Whatever passes is safe to decode.
 *
 * @param bytes Where the item lies.
 * @param offset Its first byte.
 * @param end The byte after the last one that it may use; not beyond the bytes.
 * @param limits What it may cost.
 * @param marks If given, takes the offset of each long text string that begins with U+FEFF, in rising order.
 * @returns The offset after the item.
 * @throws {CborError} If there is no such item.
 */
export function checkItem(
  bytes: Uint8Array,
  offset: number,
  end: number,
  limits: CborLimits = DEFAULT_CBOR_LIMITS,
  marks?: number[],
): number {
  return WALKER.walk(bytes, offset, end, limits, marks);
}
