import { readFloat } from "./float.ts";
import { repeatedSpan } from "./repeated_span.ts";

/**
 * The keys of one map of tag 259 that a `Map` compares by value: numbers, whatever their encoding, big integers, which are
 * other keys than numbers, text and simple values. All others are never the same.
 */
export class AnyKeys {
  readonly #bytes: Uint8Array;
  readonly #texts: number[] = [];
  readonly #bigIntegers: number[] = [];
  readonly #numbers: number[] = [];
  readonly #numberStarts: number[] = [];
  /** The simple values, each of which one byte says. */
  readonly #simple: number[] = [];

  /**
   * Makes a list without keys.
   *
   * @param bytes Where the keys will lie.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * Takes the next key.
   *
   * @param start Its first byte; it is known to be an item of the profile.
   * @param end The byte after its last one.
   */
  add(start: number, end: number): void {
    const initial = this.#bytes[start]!;
    const info = initial & 0x1f;
    const content = start + 1 + (info < 24 ? 0 : 1 << (info - 24));
    const major = initial >> 5;
    if (major === 3) this.#texts.push(content, end);
    else if (major <= 1 && info === 27) this.#bigIntegers.push(start, end);
    else if (major <= 1) this.#addNumber(this.#integer(start, content, major), start);
    else if (major === 7 && info >= 25) this.#addNumber(readFloat(this.#bytes, start), start);
    else if (major === 7) this.#simple.push(start, end);
  }

  /**
   * Looks for a key that stands twice.
   *
   * @returns Where, or -1.
   */
  repeated(): number {
    for (const spans of [this.#texts, this.#bigIntegers, this.#simple]) {
      const start = spans.length < 4 ? -1 : repeatedSpan(this.#bytes, spans, 0, spans.length);
      if (start >= 0) return start;
    }
    return this.#repeatedNumber();
  }

  #addNumber(number: number, start: number): void {
    this.#numbers.push(number);
    this.#numberStarts.push(start);
  }

  #integer(start: number, content: number, major: number): number {
    let argument = content === start + 1 ? this.#bytes[start]! & 0x1f : 0;
    for (let i = start + 1; i < content; i++) argument = argument * 256 + this.#bytes[i]!;
    return major === 0 ? argument : -1 - argument;
  }

  #repeatedNumber(): number {
    const sorted = Float64Array.from(this.#numbers).sort();
    for (let i = 1; i < sorted.length; i++) {
      const number = sorted[i]!;
      // NaN is the same key as NaN, and 0 as -0 (ECMA-262, SameValueZero).
      const isSame = number === sorted[i - 1] || (Number.isNaN(number) && Number.isNaN(sorted[i - 1]!));
      if (isSame) return this.#lastStartOf(number);
    }
    return -1;
  }

  #lastStartOf(number: number): number {
    const index = this.#numbers.findLastIndex((each) =>
      each === number || (Number.isNaN(each) && Number.isNaN(number))
    );
    return this.#numberStarts[index]!;
  }
}
