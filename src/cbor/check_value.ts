import { type CborLimits, DEFAULT_CBOR_LIMITS } from "./cbor_limits.ts";
import { containersBefore, indexAfter, indexOf } from "./index_gaps.ts";
import { isForbiddenKey } from "./map_keys.ts";
import { isNumericValue } from "./numeric_key.ts";

const TWO_TO_64 = 1n << 64n;
/** The code of the greatest digit. */
const NINE = 0x39;

/** The typed arrays that have a tag, by prototype, and so not their subclasses: cbor-x would lose what makes them such. */
const TYPED_ARRAYS = [
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  BigUint64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  BigInt64Array,
  Float32Array,
  Float64Array,
];

/**
 * One pass over a value that throws for everything that cbor-x would encode to something else than it is (a class
 * instance to a bare map, a `DataView` to an empty one, a lone surrogate to bad UTF-8 …) or that `checkItem` would refuse.
 */
class ValueWalker {
  #limits = DEFAULT_CBOR_LIMITS;
  #depth = 0;
  #containers = 0;
  #numericKeys = 0;
  /** Where the walk is: a property, an index or a word for each level. */
  readonly #path: (string | number)[] = [];

  walk(value: unknown, limits: CborLimits): void {
    this.#limits = limits;
    this.#depth = 0;
    this.#containers = 0;
    this.#numericKeys = 0;
    this.#value(value);
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case "string":
        if (!value.isWellFormed()) this.#fail("a string with a lone surrogate is not text");
        return;
      case "bigint":
        this.#bigint(value);
        return;
      case "object":
        if (value !== null) this.#object(value);
        return;
      case "function":
      case "symbol":
        this.#fail(`a ${typeof value} has no encoding`);
    }
  }

  #bigint(value: bigint): void {
    if (value < TWO_TO_64 && value > -TWO_TO_64) return;
    const magnitude = value < 0n ? -1n - value : value;
    const bytes = Math.ceil(magnitude.toString(16).length / 2);
    const { maxBignumBytes } = this.#limits;
    if (bytes > maxBignumBytes) {
      this.#exceed(`a bigint of ${bytes} bytes is above ${maxBignumBytes} (maxBignumBytes)`);
    }
    this.#leaf();
  }

  #object(value: object): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) this.#plain(value);
    else if (prototype === Array.prototype) this.#items(value as readonly unknown[]);
    // Node's and Deno's `Buffer` is one, too.
    else if (value instanceof Uint8Array || value instanceof ArrayBuffer) return;
    else if (prototype === Map.prototype) this.#map(value as ReadonlyMap<unknown, unknown>);
    else if (prototype === Set.prototype) this.#set(value as ReadonlySet<unknown>);
    else if (value instanceof Date) this.#date(value);
    else if (TYPED_ARRAYS.some((array) => prototype === array.prototype)) this.#leaf();
    else if (isBareObject(value, prototype)) this.#plain(value);
    else this.#fail(`${nameOf(value)} has no encoding; make it a plain object, an array or bytes`);
  }

  /** Counts containers and goes as many levels down. */
  #enter(levels: number): void {
    this.#countContainers(levels);
    if (this.#depth + levels > this.#limits.maxDepth) {
      this.#exceed(`nested deeper than ${this.#limits.maxDepth} levels (maxDepth), or contains itself`);
    }
    this.#depth += levels;
  }

  #countContainers(count: number): void {
    this.#containers += count;
    if (this.#containers > this.#limits.maxContainers) {
      this.#exceed(`more than ${this.#limits.maxContainers} arrays, maps and tags (maxContainers)`);
    }
  }

  /** Looks at a member of a set or a key of a map, which may be one of the kind that there may not be many of (P4.15). */
  #key(key: unknown): void {
    if (isNumericValue(key) && ++this.#numericKeys > this.#limits.maxNumericKeys) {
      this.#exceed(`more than ${this.#limits.maxNumericKeys} numbers in sets and as keys of maps (maxNumericKeys)`);
    }
    this.#value(key);
  }

  #leaf(): void {
    this.#enter(1);
    this.#depth -= 1;
  }

  #plain(value: object): void {
    this.#enter(1);
    const level = this.#depth;
    let next = 0;
    for (const key in value) {
      // Only what someone added to a prototype is not its own; cbor-x passes over it likewise.
      if (!Object.hasOwn(value, key)) continue;
      this.#path[level] = key;
      if (isForbiddenKey(key)) this.#fail("an object may not have a property of this name; use a Map");
      if (key.charCodeAt(0) <= NINE) next = this.#index(indexOf(key), next);
      if (!key.isWellFormed()) this.#fail("a property name with a lone surrogate is not text");
      this.#value((value as Record<string, unknown>)[key]);
    }
    this.#depth -= 1;
  }

  /** Counts the room that a property makes in its object (P4.16). */
  #index(index: number, next: number): number {
    if (index < 0) return next;
    this.#countContainers(containersBefore(index, next));
    return indexAfter(index, next);
  }

  #items(items: readonly unknown[]): void {
    this.#enter(1);
    const level = this.#depth;
    for (let i = 0; i < items.length; i++) {
      this.#path[level] = i;
      this.#value(items[i]);
    }
    this.#depth -= 1;
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    this.#enter(2);
    const level = this.#depth;
    this.#path[level - 1] = "a Map";
    for (const [key, value] of map) {
      this.#path[level] = "a key";
      this.#key(key);
      this.#path[level] = typeof key === "string" || typeof key === "number" ? key : "a value";
      this.#value(value);
    }
    this.#depth -= 2;
  }

  #set(set: ReadonlySet<unknown>): void {
    this.#enter(2);
    const level = this.#depth;
    this.#path[level - 1] = "a Set";
    this.#path[level] = "a member";
    for (const member of set) this.#key(member);
    this.#depth -= 2;
  }

  #date(date: Date): void {
    const time = date.getTime();
    if (Number.isNaN(time)) this.#fail("an invalid Date has no encoding");
    // Beyond 2^42 seconds, in the year 141,338, floats of seconds (P4.7) lie too wide apart for some milliseconds (S44).
    if (Math.round((time / 1000) * 1000) !== time) this.#fail(`a Date of ${time} ms cannot be said in seconds`);
    this.#leaf();
  }

  #fail(reason: string): never {
    throw new TypeError(this.#message(reason));
  }

  #exceed(reason: string): never {
    throw new RangeError(this.#message(reason));
  }

  #message(reason: string): string {
    // The first levels tell enough, and a value that contains itself has as many as the limit allows.
    const path = this.#path.slice(1, Math.min(this.#depth, 8) + 1);
    return path.length === 0
      ? `Cannot encode the value: ${reason}`
      : `Cannot encode the value at ${path.join(" › ")}: ${reason}`;
  }
}

/** An object without a prototype, or a plain one of another realm, which cbor-x would not take for something else. */
function isBareObject(value: object, prototype: unknown): boolean {
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  return !(Symbol.iterator in value) && !(Symbol.asyncIterator in value);
}

function nameOf(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== ""
    ? `an object of class ${name}`
    : "an object with a prototype of its own";
}

// One walker serves all: its caller sees to it that no walk starts within another.
const WALKER = new ValueWalker();

/**
 * Checks that a value can be encoded and that what comes out passes `checkItem` under the same limits. Not to be called
 * while it runs, as by a getter of the value.
 *
 * @param value The value.
 * @param limits What its encoding may cost.
 * @throws {TypeError} If it contains something that has no encoding; the message says what and where.
 * @throws {RangeError} If it crosses a limit, as a value that contains itself does.
 */
export function checkEncodable(value: unknown, limits: CborLimits): void {
  WALKER.walk(value, limits);
}
