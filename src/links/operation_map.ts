import type { OperationId } from "./ticket.ts";

const MIN_SLOTS = 16;
/** Marks a slot that was never used. A slot whose value has left keeps its id. */
const NO_ID = -1;
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
  /** The ids in the slots, of which there are a power of two. */
  #ids: number[] = new Array(MIN_SLOTS).fill(NO_ID);
  #values: (Value | undefined)[] = new Array(MIN_SLOTS).fill(undefined);
  #slotted = 0;
  #others: Map<OperationId, Value> | undefined;

  /** How many ids have a value. */
  get size(): number {
    return this.#slotted + (this.#others?.size ?? 0);
  }

  get(id: OperationId): Value | undefined {
    if (typeof id === "number") {
      const slot = id & (this.#ids.length - 1);
      const value = this.#values[slot];
      if (value !== undefined && this.#ids[slot] === id) return value;
    }
    return this.#others?.get(id);
  }

  /** Sets the value of an id, and replaces the one before. */
  set(id: OperationId, value: Value): void {
    if (typeof id !== "number" || this.#others?.has(id)) return this.#setOther(id, value);
    let slot = id & (this.#ids.length - 1);
    if (this.#values[slot] !== undefined && this.#ids[slot] !== id) {
      if (!this.#hasSlot(id)) return this.#setOther(id, value);
      slot = id & (this.#ids.length - 1);
    }
    if (this.#values[slot] === undefined) {
      if (Number.isNaN(id)) return this.#setOther(id, value);
      this.#slotted += 1;
    }
    this.#ids[slot] = id;
    this.#values[slot] = value;
  }

  /** Removes an id; tells whether it had a value. */
  delete(id: OperationId): boolean {
    const slot = typeof id === "number" ? id & (this.#ids.length - 1) : -1;
    if (this.#ids[slot] !== id || this.#values[slot] === undefined) return this.#others?.delete(id) ?? false;
    this.#values[slot] = undefined;
    this.#slotted -= 1;
    if (this.#slotted === 0 && this.#ids.length > MAX_KEPT_SLOTS) this.#resize(MIN_SLOTS);
    return true;
  }

  /** All values now: first those of numbers in rising order, then the others. */
  values(): Value[] {
    const numbered: [number, Value][] = [];
    const others: Value[] = [];
    const add = (id: OperationId, value: Value) => {
      if (typeof id === "number") numbered.push([id, value]);
      else others.push(value);
    };
    this.#values.forEach((value, slot) => value !== undefined && add(this.#ids[slot]!, value));
    this.#others?.forEach((value, id) => add(id, value));
    return [...numbered.sort(([a], [b]) => a - b).map(([, value]) => value), ...others];
  }

  #setOther(id: OperationId, value: Value): void {
    (this.#others ??= new Map()).set(id, value);
  }

  /** Whether an id can have its slot; adds slots if that frees it. */
  #hasSlot(id: number): boolean {
    const slot = id & (this.#ids.length - 1);
    if (this.#values[slot] === undefined) return !Number.isNaN(id);
    if (this.#ids[slot] === id) return true;
    if (this.#slotted * 2 < this.#ids.length) return false;
    this.#resize(this.#ids.length * 2);
    return this.#hasSlot(id);
  }

  #resize(slots: number): void {
    const ids = this.#ids;
    const values = this.#values;
    this.#ids = new Array(slots).fill(NO_ID);
    this.#values = new Array(slots).fill(undefined);
    // Ids in different slots stay in different slots when there are more of them.
    for (let i = 0; i < ids.length; i++) {
      const slot = ids[i]! & (slots - 1);
      if (values[i] === undefined) continue;
      this.#ids[slot] = ids[i]!;
      this.#values[slot] = values[i];
    }
  }
}
