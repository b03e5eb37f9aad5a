import type { OperationId } from "./operation_id.ts";

const LEAST_PLACES = 16;
/** Stands where nobody has had the place. An id may remain where there is no value any more. */
const NO_ID = -1;
/** A map that has run empty keeps no more places than this. */
const KEPT_PLACES = 1_024;

/**
 * Operations, or what belongs to them, by their ids.
 *
 * Ids are numbers that rise, as a rule, and most operations end in about the order in which they began. So an id's last
 * bits tell its place: a `Map` grows by each id that is new, and is made anew again and again to be rid of those that have
 * left, which took one byte in twelve of what a call allocates. An id whose place is taken, or that is no number, goes into
 * a `Map` all the same.
 *
 * @typeParam Value What is kept; not `undefined`.
 */
export class OperationMap<Value> {
  /** As many places as a power of two, and who has them. */
  #ids: number[] = new Array(LEAST_PLACES).fill(NO_ID);
  #values: (Value | undefined)[] = new Array(LEAST_PLACES).fill(undefined);
  #placed = 0;
  #others: Map<OperationId, Value> | undefined;

  /** How many there are. */
  get size(): number {
    return this.#placed + (this.#others?.size ?? 0);
  }

  /**
   * Looks an id up.
   *
   * @param id The id.
   * @returns What is kept for it, or `undefined`.
   */
  get(id: OperationId): Value | undefined {
    if (typeof id === "number") {
      const place = id & (this.#ids.length - 1);
      const value = this.#values[place];
      if (value !== undefined && this.#ids[place] === id) return value;
    }
    return this.#others?.get(id);
  }

  /**
   * Keeps something for an id, in the place of what was kept for it before.
   *
   * @param id The id.
   * @param value What to keep.
   */
  set(id: OperationId, value: Value): void {
    if (typeof id !== "number" || this.#others?.has(id) || !this.#hasPlace(id)) {
      (this.#others ??= new Map()).set(id, value);
      return;
    }
    const place = id & (this.#ids.length - 1);
    if (this.#values[place] === undefined) this.#placed += 1;
    this.#ids[place] = id;
    this.#values[place] = value;
  }

  /**
   * Forgets an id.
   *
   * @param id The id.
   * @returns Whether there was something for it.
   */
  delete(id: OperationId): boolean {
    const place = typeof id === "number" ? id & (this.#ids.length - 1) : -1;
    if (this.#ids[place] !== id || this.#values[place] === undefined) return this.#others?.delete(id) ?? false;
    this.#values[place] = undefined;
    this.#placed -= 1;
    if (this.#placed === 0 && this.#ids.length > KEPT_PLACES) this.#resize(LEAST_PLACES);
    return true;
  }

  /**
   * Lists what there is now.
   *
   * @returns It, in the order of the ids as far as they are numbers, and after it what has other ids.
   */
  values(): Value[] {
    const numbered: [number, Value][] = [];
    const others: Value[] = [];
    const add = (id: OperationId, value: Value) => {
      if (typeof id === "number") numbered.push([id, value]);
      else others.push(value);
    };
    this.#values.forEach((value, place) => value !== undefined && add(this.#ids[place]!, value));
    this.#others?.forEach((value, id) => add(id, value));
    return [...numbered.sort(([a], [b]) => a - b).map(([, value]) => value), ...others];
  }

  /** Whether the place of an id is free or its own already, or comes to be when there are more places. */
  #hasPlace(id: number): boolean {
    const place = id & (this.#ids.length - 1);
    if (this.#values[place] === undefined) return !Number.isNaN(id);
    if (this.#ids[place] === id) return true;
    if (this.#placed * 2 < this.#ids.length) return false;
    this.#resize(this.#ids.length * 2);
    return this.#hasPlace(id);
  }

  #resize(places: number): void {
    const ids = this.#ids;
    const values = this.#values;
    this.#ids = new Array(places).fill(NO_ID);
    this.#values = new Array(places).fill(undefined);
    // Those that had different places have different ones again, as there are more of them.
    for (let i = 0; i < ids.length; i++) {
      const place = ids[i]! & (places - 1);
      if (values[i] === undefined) continue;
      this.#ids[place] = ids[i]!;
      this.#values[place] = values[i];
    }
  }
}
