import { CborError } from "./cbor_error.ts";
import { readUtf8 } from "./utf8.ts";

/**
 * Up to this many keys are compared each with each, which allocates nothing; more go into a `Set`, so that the work for a
 * big map stays linear.
 */
const SMALL_MAP_KEYS = 16;

/** Keys that reach an object's prototype instead of the object in some code or other (js/prototype-pollution). */
const FORBIDDEN_KEYS: readonly string[] = ["__proto__", "constructor", "prototype"];
const FORBIDDEN_BYTES: readonly Uint8Array[] = FORBIDDEN_KEYS.map((key) => new TextEncoder().encode(key));

/**
 * Tells whether a text key may not stand in a map that becomes a plain object.
 *
 * @param key The key.
 * @returns Whether it is one of `__proto__`, `constructor` and `prototype`.
 */
export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN_KEYS.includes(key);
}

/** Looks for a text key that a map has twice. One serves for all maps of a value: inner ones lie above outer ones. */
export class TextKeys {
  /** Start and end of each key of the small maps that are open now, outermost map first. */
  readonly #spans: number[] = [];
  #top = 0;

  /**
   * Begins a map.
   *
   * @param count How many keys it has, checked against the bytes present.
   * @returns What {@linkcode add} and {@linkcode close} need: the place of its first key, or the set of its keys.
   */
  open(count: number): number | Set<string> {
    return count > SMALL_MAP_KEYS ? new Set() : this.#top;
  }

  /**
   * Takes the next key of a map.
   *
   * @param map What {@linkcode open} returned.
   * @param bytes Where the key lies.
   * @param start The first byte of its text, known to be valid UTF-8.
   * @param end The byte after its last one.
   * @throws {CborError} If the map has that key already, or may not have it.
   */
  add(map: number | Set<string>, bytes: Uint8Array, start: number, end: number): void {
    for (let i = 0; i < FORBIDDEN_BYTES.length; i++) {
      const forbidden = FORBIDDEN_BYTES[i]!;
      if (end - start === forbidden.length && sameBytes(bytes, start, forbidden, 0, forbidden.length)) {
        throw new CborError(`the key "${FORBIDDEN_KEYS[i]}" is not allowed in a map`, start);
      }
    }
    const isNew = typeof map === "number" ? this.#addSpan(map, bytes, start, end) : addText(map, bytes, start, end);
    if (!isNew) throw new CborError("a map has the same key twice", start);
  }

  /**
   * Ends a map.
   *
   * @param map What {@linkcode open} returned.
   */
  close(map: number | Set<string>): void {
    if (typeof map === "number") this.#top = map;
  }

  /** Forgets all maps, also those that an error left open. */
  reset(): void {
    this.#top = 0;
  }

  #addSpan(first: number, bytes: Uint8Array, start: number, end: number): boolean {
    const spans = this.#spans;
    for (let i = first; i < this.#top; i += 2) {
      const other = spans[i]!;
      if (spans[i + 1]! - other === end - start && sameBytes(bytes, other, bytes, start, end - start)) return false;
    }
    spans[this.#top] = start;
    spans[this.#top + 1] = end;
    this.#top += 2;
    return true;
  }
}

function addText(map: Set<string>, bytes: Uint8Array, start: number, end: number): boolean {
  const before = map.size;
  map.add(readUtf8(bytes, start, end)!);
  return map.size > before;
}

function sameBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (a[aStart + i] !== b[bStart + i]) return false;
  }
  return true;
}
