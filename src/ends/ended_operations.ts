import type { OperationId } from "../links/ticket.ts";

/** Consecutive integer ids, from `first` to `last` inclusive. */
interface Run {
  first: number;
  last: number;
}

/**
 * Remembers the operations that have ended, so that a late or repeated first ticket never opens an operation again (S11).
 * Its memory does not grow with the number of operations.
 *
 * Integers are the ids of the library's own links and ends. They are kept as runs: consecutive ids take one run. Objects and
 * symbols are held weakly, because no ticket can carry one that has been collected. Other ids are kept in order of arrival.
 * Runs and other ids are each limited; the lowest run and the oldest other id are dropped first.
 */
export class EndedOperations {
  readonly #limit: number;
  readonly #runs: Run[] = [];
  readonly #others = new Set<OperationId>();
  readonly #weak = new WeakSet<WeakKey>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many runs and other ids are remembered, without those held weakly. */
  get size(): number {
    return this.#runs.length + this.#others.size;
  }

  /** Whether an operation is remembered. */
  has(id: OperationId): boolean {
    if (isRunId(id)) return this.#runAtOrBelow(id, this.#indexAbove(id)) !== undefined;
    return isWeak(id) ? this.#weak.has(id) : this.#others.has(id);
  }

  /** Remembers an operation. */
  add(id: OperationId): void {
    if (isRunId(id)) this.#addToRuns(id);
    else if (isWeak(id)) this.#weak.add(id);
    else this.#addToOthers(id);
  }

  #addToOthers(id: OperationId): void {
    this.#others.add(id);
    if (this.#others.size <= this.#limit) return;
    for (const oldest of this.#others) {
      this.#others.delete(oldest);
      return;
    }
  }

  #addToRuns(id: number): void {
    const above = this.#indexAbove(id);
    if (this.#runAtOrBelow(id, above) !== undefined) return;
    const before = this.#runs[above - 1];
    const after = this.#runs[above];
    const extendsBefore = before?.last === id - 1;
    const extendsAfter = after?.first === id + 1;
    if (before !== undefined && after !== undefined && extendsBefore && extendsAfter) {
      before.last = after.last;
      this.#runs.splice(above, 1);
    } else if (before !== undefined && extendsBefore) before.last = id;
    else if (after !== undefined && extendsAfter) after.first = id;
    else {
      this.#runs.splice(above, 0, { first: id, last: id });
      if (this.#runs.length > this.#limit) this.#runs.shift();
    }
  }

  /** The index of the first run that begins above `id`. Ids mostly rise, so the last run is tried first. */
  #indexAbove(id: number): number {
    let low = 0;
    let high = this.#runs.length;
    const top = this.#runs[high - 1];
    if (top === undefined || top.first <= id) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      const run = this.#runs[middle];
      if (run !== undefined && run.first <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The run that contains `id`, if any; `above` is the index of the first run above it. */
  #runAtOrBelow(id: number, above: number): Run | undefined {
    const run = this.#runs[above - 1];
    return run !== undefined && run.last >= id ? run : undefined;
  }
}

function isRunId(id: OperationId): id is number {
  return typeof id === "number" && Number.isSafeInteger(id);
}

/** Registered symbols cannot be held weakly: they live as long as the process. */
function isWeak(id: OperationId): id is WeakKey & OperationId {
  return typeof id === "object" || (typeof id === "symbol" && Symbol.keyFor(id) === undefined);
}
