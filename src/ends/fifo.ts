const LEAST_PLACES = 4;
/** Places that a queue which has run empty keeps; it makes no more of them than it needs. */
const KEPT_PLACES = 64;

/**
 * A first-in-first-out queue whose every operation is constant time, amortized: a ring, since to cut off what has been taken
 * again and again took 6 % of a stream's time.
 */
export class Fifo<T> {
  /** As many as a power of two, or none. */
  #places: (T | undefined)[] = [];
  #first = 0;
  #length = 0;

  /** How many items wait. */
  get length(): number {
    return this.#length;
  }

  /** Puts an item at the end. */
  push(item: T): void {
    if (this.#length === this.#places.length) this.#grow();
    this.#places[(this.#first + this.#length) & (this.#places.length - 1)] = item;
    this.#length += 1;
  }

  /** Takes the first item, or `undefined` if there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#places[this.#first];
    this.#places[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#places.length - 1);
    this.#length -= 1;
    if (this.#length === 0 && this.#places.length > KEPT_PLACES) this.clear();
    return item;
  }

  /** Drops everything. */
  clear(): void {
    this.#places = [];
    this.#first = 0;
    this.#length = 0;
  }

  #grow(): void {
    const before = this.#places;
    const places: (T | undefined)[] = new Array(Math.max(LEAST_PLACES, before.length * 2)).fill(undefined);
    for (let i = 0; i < before.length; i++) places[i] = before[(this.#first + i) & (before.length - 1)];
    this.#places = places;
    this.#first = 0;
  }
}
