import { CborError } from "./cbor_error.ts";
import { repeatedSpan } from "./repeated_span.ts";

/** Up to this many keys are compared each with each, which allocates nothing; more are sorted when the map is read. */
const SMALL_MAP_KEYS = 16;
/** Spans that are kept from one value to the next. */
const MAX_KEPT_SPANS = 4_096;

/** Keys that reach an object's prototype instead of the object in some code or other (js/prototype-pollution). */
const FORBIDDEN_KEYS: readonly string[] = ["__proto__", "constructor", "prototype"];
const FORBIDDEN_BYTES: readonly Uint8Array[] = FORBIDDEN_KEYS.map((key) => new TextEncoder().encode(key));
const LEAST_FORBIDDEN_BYTES = Math.min(...FORBIDDEN_BYTES.map(({ length }) => length));
const MOST_FORBIDDEN_BYTES = Math.max(...FORBIDDEN_BYTES.map(({ length }) => length));

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
  /** Start and end of each key of the maps that are open now, outermost map first. */
  #spans: number[] = [];
  #top = 0;

  /**
   * Begins a map.
   *
   * @returns What {@linkcode add} and {@linkcode close} need: the place of its first key.
   */
  open(): number {
    return this.#top;
  }

  /**
   * Takes the next key of a map.
   *
   * @param first What {@linkcode open} returned.
   * @param bytes Where the key lies.
   * @param start The first byte of its text, known to be valid UTF-8.
   * @param end The byte after its last one.
   * @throws {CborError} If the map may not have the key, or is small and has it already.
   */
  add(first: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length >= LEAST_FORBIDDEN_BYTES && length <= MOST_FORBIDDEN_BYTES) refuseForbidden(bytes, start, length);
    const spans = this.#spans;
    const top = this.#top;
    if (top - first < SMALL_MAP_KEYS * 2) {
      for (let i = first; i < top; i += 2) {
        const other = spans[i]!;
        if (spans[i + 1]! - other === length && sameBytes(bytes, other, bytes, start, length)) throw repeated(start);
      }
    }
    spans[top] = start;
    spans[top + 1] = end;
    this.#top = top + 2;
  }

  /**
   * Ends a map.
   *
   * @param first What {@linkcode open} returned.
   * @param bytes Where the keys lie.
   * @throws {CborError} If the map is large and has a key twice.
   */
  close(first: number, bytes: Uint8Array): void {
    if (this.#top - first > SMALL_MAP_KEYS * 2) {
      const start = repeatedSpan(bytes, this.#spans, first, this.#top);
      if (start >= 0) throw repeated(start);
    }
    this.#top = first;
  }

  /** Forgets all maps, also those that an error left open. */
  reset(): void {
    this.#top = 0;
    if (this.#spans.length > MAX_KEPT_SPANS) this.#spans = [];
  }
}

/** The error for a key that stands twice. */
export function repeated(start: number): CborError {
  return new CborError("a map has the same key twice", start);
}

function refuseForbidden(bytes: Uint8Array, start: number, length: number): void {
  for (let i = 0; i < FORBIDDEN_BYTES.length; i++) {
    const forbidden = FORBIDDEN_BYTES[i]!;
    if (length === forbidden.length && sameBytes(bytes, start, forbidden, 0, length)) {
      throw new CborError(`the key "${FORBIDDEN_KEYS[i]}" is not allowed in a map`, start);
    }
  }
}

function sameBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (a[aStart + i] !== b[bStart + i]) return false;
  }
  return true;
}
