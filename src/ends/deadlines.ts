import { type Clock, MAX_TIMER_DELAY_MS, queueSwiftly, type Timer } from "../clock.ts";

/**
 * Checks a timeout that the application sets.
 *
 * @throws {TypeError} If it is not a number.
 * @throws {RangeError} If it is not above 0 or not finite.
 */
export function checkTimeout(name: string, timeoutMs: unknown): asserts timeoutMs is number {
  if (typeof timeoutMs !== "number") {
    throw new TypeError(`Cannot use ${name}: expected a number of milliseconds, got ${typeof timeoutMs}`);
  }
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) {
    throw new RangeError(`Cannot use ${name}: expected a finite number of milliseconds above 0, got ${timeoutMs}`);
  }
}

/** Whether a value that a peer sent can be a timeout (S3). */
export function isTimeout(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

/** An item with a deadline. While {@linkcode Deadlines} holds it, only that may change `heapIndex`. */
export interface Deadline {
  /** The time at which the item is due: milliseconds of the clock; those from its start while it has not started. */
  deadlineMs: number;
  /** Its index in the heap; -1 while it is not in the heap, and {@linkcode STARTING} before that. */
  heapIndex: number;
  /** Called once when the item is due, after it has left the heap. */
  expire(): void;
}

/** Stands in place of the index of an item whose time has not started. */
export const STARTING = -2;

/** A heap is compacted when it has more empty slots than items, and this many more. */
const SPARE_SLOTS = 32;
/** Slots for items that start together that are kept at most. */
const MAX_KEPT_SLOTS = 1_024;

/**
 * All deadlines of one end: a binary heap in which each item knows its index, and one timer for the earliest deadline.
 *
 * Almost every item leaves before it is due. Its slot stays empty until there are more empty slots than items. Filling each
 * slot at once took a tenth of the time of a unary call among 10,000, although most deadlines are added in order and never
 * need to move.
 *
 * The timer is set again only for an earlier deadline. If it fires too early, because the earliest item has left, it is set
 * again for the next item. When the last item leaves, the timer is cleared, so that an idle end keeps no process alive.
 */
export class Deadlines {
  readonly #clock: Clock;
  /** The items; `undefined` where one has left. */
  readonly #items: (Deadline | undefined)[] = [];
  /** The time of each slot. An array of numbers alone is faster to compare than the items. */
  readonly #times: number[] = [];
  #size = 0;
  #timer: Timer | undefined;
  #armedForMs = Infinity;
  /** Items that start together, as many as {@linkcode Deadlines.#startingCount}; empty slots behind them. */
  readonly #starting: (Deadline | undefined)[] = [];
  #startingCount = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many items are waiting. */
  get size(): number {
    return this.#size;
  }

  /**
   * Starts the time of an item when the code that runs now is done. To read the clock takes as long as a tenth of a call (Node
   * 20; a fifth in Deno 2.9), so all that start together have it read once, and those that are over by then never.
   */
  start(item: Deadline): void {
    item.heapIndex = STARTING;
    this.#starting[this.#startingCount] = item;
    this.#startingCount += 1;
    if (this.#startingCount === 1) queueSwiftly(this.#startSoon);
  }

  /** Starts the time of an item now, unless it has started. */
  startNow(item: Deadline, nowMs?: number): void {
    if (item.heapIndex !== STARTING) return;
    const startMs = nowMs ?? this.#clock.now();
    item.heapIndex = -1;
    item.deadlineMs += startMs;
    this.set(item, startMs);
  }

  /** Adds an item, or moves it after its `deadlineMs` has changed. A caller that knows the time saves a call of the clock. */
  set(item: Deadline, nowMs?: number): void {
    if (item.heapIndex >= 0) this.#leave(item);
    const { deadlineMs } = item;
    this.#size += 1;
    this.#items.push(item);
    this.#times.push(deadlineMs);
    this.#siftUp(item, deadlineMs, this.#items.length - 1);
    if (deadlineMs < this.#armedForMs) this.#arm(deadlineMs, nowMs);
  }

  /** Removes an item, if it is in the heap. */
  delete(item: Deadline): void {
    if (item.heapIndex < 0) {
      item.heapIndex = -1;
      return;
    }
    this.#leave(item);
    if (this.#size === 0) this.#disarm();
  }

  /** Tickets leave in between, and may be the last of their operations. */
  readonly #startSoon = (): void => queueSwiftly(this.#startAll);

  readonly #startAll = (): void => {
    const items = this.#starting;
    const count = this.#startingCount;
    this.#startingCount = 0;
    let nowMs: number | undefined;
    for (let i = 0; i < count; i++) {
      const item = items[i];
      items[i] = undefined;
      if (item?.heapIndex === STARTING) this.startNow(item, nowMs ??= this.#clock.now());
    }
    if (count > MAX_KEPT_SLOTS) items.length = 0;
  };

  #leave(item: Deadline): void {
    this.#items[item.heapIndex] = undefined;
    item.heapIndex = -1;
    this.#size -= 1;
    if (this.#items.length > 2 * this.#size + SPARE_SLOTS) this.#compact();
  }

  #arm(deadlineMs: number, nowMs = this.#clock.now()): void {
    this.#disarm();
    this.#armedForMs = deadlineMs;
    // A platform timer may fire a fraction of a millisecond early, so the delay is rounded up.
    const delayMs = Math.min(Math.max(0, Math.ceil(deadlineMs - nowMs)), MAX_TIMER_DELAY_MS);
    this.#timer = this.#clock.setTimer(this.#fire, delayMs);
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#armedForMs = Infinity;
  }

  #fire = (): void => {
    this.#timer = undefined;
    this.#armedForMs = Infinity;
    const nowMs = this.#clock.now();
    let first = this.#first();
    while (first !== undefined && first.deadlineMs <= nowMs) {
      this.delete(first);
      first.expire();
      first = this.#first();
    }
    if (first !== undefined && first.deadlineMs < this.#armedForMs) this.#arm(first.deadlineMs);
  };

  /** The earliest item. Removes the empty slots before it. */
  #first(): Deadline | undefined {
    while (this.#items.length > 0 && this.#items[0] === undefined) this.#removeTop();
    return this.#items[0];
  }

  #removeTop(): void {
    const item = this.#items.pop();
    const timeMs = this.#times.pop() as number; // as many as there are items
    if (this.#items.length > 0) this.#siftDown(item, timeMs, 0);
  }

  /** Removes all empty slots. */
  #compact(): void {
    const items = this.#items;
    let length = 0;
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item !== undefined) this.#place(item, this.#times[i] as number, length++); // as many as there are items
    }
    items.length = length;
    this.#times.length = length;
    for (let i = (length >> 1) - 1; i >= 0; i--) this.#siftDown(items[i], this.#times[i] as number, i);
  }

  #place(item: Deadline | undefined, timeMs: number, index: number): void {
    this.#items[index] = item;
    this.#times[index] = timeMs;
    if (item !== undefined) item.heapIndex = index;
  }

  #siftUp(item: Deadline, timeMs: number, start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const parentTimeMs = this.#times[parent] as number; // in range: parent < index
      if (parentTimeMs <= timeMs) break;
      this.#place(this.#items[parent], parentTimeMs, index);
      index = parent;
    }
    this.#place(item, timeMs, index);
  }

  #siftDown(item: Deadline | undefined, timeMs: number, start: number): void {
    const { length } = this.#times;
    let index = start;
    for (let child = index * 2 + 1; child < length; child = index * 2 + 1) {
      const other = child + 1;
      if (other < length && (this.#times[other] as number) < (this.#times[child] as number)) child = other;
      const childTimeMs = this.#times[child] as number; // in range: child < length
      if (childTimeMs >= timeMs) break;
      this.#place(this.#items[child], childTimeMs, index);
      index = child;
    }
    this.#place(item, timeMs, index);
  }
}
