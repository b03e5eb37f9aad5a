import { fail, failAgain } from "./fail.ts";
import { repeatedSpan, sameBytes } from "./repeated_span.ts";

/** Room for as many starts and ends of keys of large maps is kept from one value to the next. */
const KEPT_SPANS = 4_096;

/** Keys that reach an object's prototype instead of the object in some code or other (js/prototype-pollution). */
const FORBIDDEN_KEYS: readonly string[] = ["__proto__", "constructor", "prototype"];
const FORBIDDEN_BYTES: readonly Uint8Array[] = FORBIDDEN_KEYS.map((key) => new TextEncoder().encode(key));
const LEAST_FORBIDDEN_BYTES = 9;
const MOST_FORBIDDEN_BYTES = 11;

// Start and end of each key of the large maps that are open now, outermost map first.
let spans = new Int32Array(KEPT_SPANS);
let top = 0;

/**
 * Tells whether a text key may not stand in a map that becomes a plain object.
 *
 * @param key The key.
 * @returns Whether it is one of `__proto__`, `constructor` and `prototype`.
 */
export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN_KEYS.includes(key);
}

/**
 * Looks at a key.
 *
 * @param bytes Where it lies.
 * @param start The first byte of its text.
 * @param length Its bytes.
 * @throws {CborError} If no map may have it.
 */
export function refuseForbidden(bytes: Uint8Array, start: number, length: number): void {
  for (let i = 0; i < FORBIDDEN_BYTES.length; i++) {
    const forbidden = FORBIDDEN_BYTES[i]!;
    if (length === forbidden.length && sameBytes(bytes, start, forbidden, 0, length)) {
      fail(`the key "${FORBIDDEN_KEYS[i]}" is not allowed in a map`, start);
    }
  }
}

/** Forgets all large maps, also those that an error left open. */
export function resetManyKeys(): void {
  top = 0;
  if (spans.length > KEPT_SPANS) spans = new Int32Array(KEPT_SPANS);
}

/**
 * Begins a large map. One list serves for all of a value: the keys of inner ones lie above those of outer ones.
 *
 * @returns What {@linkcode closeManyKeys} needs: the place of its first key.
 */
export function openManyKeys(): number {
  return top;
}

/**
 * Takes the next key of a large map.
 *
 * @param bytes Where the key lies.
 * @param start The first byte of its text, known to be valid UTF-8.
 * @param end The byte after its last one.
 * @throws {CborError} If no map may have the key.
 */
export function addToManyKeys(bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  if (length >= LEAST_FORBIDDEN_BYTES && length <= MOST_FORBIDDEN_BYTES) refuseForbidden(bytes, start, length);
  if (top === spans.length) grow();
  spans[top] = start;
  spans[top + 1] = end;
  top += 2;
}

function grow(): void {
  const grown = new Int32Array(spans.length * 2);
  grown.set(spans);
  spans = grown;
}

/**
 * Ends a large map.
 *
 * @param first What {@linkcode openManyKeys} returned.
 * @param bytes Where the keys lie.
 * @throws {CborError} If it has a key twice.
 */
export function closeManyKeys(first: number, bytes: Uint8Array): void {
  const start = repeatedSpan(bytes, spans, first, top);
  if (start >= 0) failAgain(start);
  top = first;
}
