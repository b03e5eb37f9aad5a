import type { OperationId } from "./ticket.ts";

const MIN_SLOTS = 16;
/** Slots that an empty map keeps at most. */
const MAX_KEPT_SLOTS = 1_024;

/**
 * A map with operation ids as keys.
 *
 * Most ids are numbers that rise, and most operations end in about the order in which they began. So the last bits of an id
 * select its slot in an array. A `Map` grows with each new id and is rebuilt again and again to remove the old ones: that took
 * one byte in twelve of those that a call allocates. Ids that are no numbers, or whose slot is taken, are kept in a `Map`.
 *
 * @typeParam Value The values; never `undefined`.
 */
export class OperationMap<Value> {
  /** The ids in the slots, of which there are a power of two. One whose value has left stays; `NaN` was never used. */
  #ids: number[] = [];
  #values: (Value | undefined)[] = [];
  #slotted = 0;
  #others: Map<OperationId, Value> | undefined;

  constructor() {
    this.#resize(MIN_SLOTS);
  }

  /** How many ids have a value. */
  get size(): number {
    return this.#slotted + (this.#others?.size ?? 0);
  }

  get(id: OperationId): Value | undefined {
    if (typeof id === "number") {
      const slot = id & (this.#ids.length - 1);
      if (this.#ids[slot] === id) return this.#values[slot];
    }
    return this.#others?.get(id);
  }

  /** Sets the value of an id, and replaces the one before. */
  set(id: OperationId, value: Value): void {
    if (typeof id !== "number" || Number.isNaN(id) || this.#others?.has(id)) return this.#setOther(id, value);
    const slot = id & (this.#ids.length - 1);
    if (this.#values[slot] === undefined) this.#slotted += 1;
    else if (this.#ids[slot] !== id) {
      if (this.#slotted * 2 < this.#ids.length) return this.#setOther(id, value);
      this.#resize(this.#ids.length * 2);
      return this.set(id, value);
    }
    this.#ids[slot] = id;
    this.#values[slot] = value;
  }

  /** Removes an id; tells whether it had a value. */
  delete(id: OperationId): boolean {
    const slot = typeof id === "number" ? id & (this.#ids.length - 1) : -1;
    if (this.#ids[slot] !== id || this.#values[slot] === undefined) return this.#others?.delete(id) === true;
    this.#values[slot] = undefined;
    this.#slotted -= 1;
    if (this.#slotted === 0 && this.#ids.length > MAX_KEPT_SLOTS) this.#resize(MIN_SLOTS);
    return true;
  }

  /** All values now: first those of numbers in rising order, then the others. */
  values(): Value[] {
    const entries = [...this.#others ?? []];
    this.#values.forEach((value, slot) => value !== undefined && entries.push([this.#ids[slot]!, value]));
    return entries.sort(([a], [b]) => rank(a) - rank(b)).map(([, value]) => value);
  }

  #setOther(id: OperationId, value: Value): void {
    (this.#others ??= new Map()).set(id, value);
  }

  #resize(slots: number): void {
    const ids = this.#ids;
    const values = this.#values;
    this.#ids = new Array(slots).fill(NaN);
    this.#values = new Array(slots).fill(undefined);
    this.#slotted = 0;
    // Ids in different slots stay in different slots when there are more of them.
    values.forEach((value, slot) => value !== undefined && this.set(ids[slot]!, value));
  }
}

/** Where the value of an id stands among the others; the order of those that are no numbers is that in which they came. */
function rank(id: OperationId): number {
  return typeof id === "number" ? id : Infinity;
}
