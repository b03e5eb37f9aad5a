import { type Clock, MAX_TIMER_DELAY_MS, type Timer } from "../clock.ts";

/** Something with a deadline. The two fields belong to {@linkcode Deadlines} while it is in there. */
export interface Deadline {
  /** When it is due, on the clock's scale, in milliseconds. */
  deadlineMs: number;
  /** Its place in the heap; -1 while it is not in there. */
  heapIndex: number;
  /** Called once when it is due, after it has left the heap. */
  expire(): void;
}

/** Places whose items have left before a heap is cleared of them, beyond as many as there are items. */
const SPARE_PLACES = 32;

/**
 * All deadlines of one end: a binary heap that knows each item's place, and one timer for the earliest.
 *
 * Almost every item leaves before its moment. Its place stays, empty, until there are more such places than items: to fill
 * each at once took a tenth of the time of a unary call among 10,000, although most deadlines come in their order and never
 * need to be moved.
 *
 * The timer is armed anew only for a deadline earlier than the one it waits for; when it fires too early, because the
 * earliest item has left, it is simply armed again. When the last item leaves, the timer is cleared, so that an idle end
 * keeps no process alive.
 */
export class Deadlines {
  readonly #clock: Clock;
  /** The items, `undefined` where one has left, and their moments: two arrays, so that a look at a moment is one at a number. */
  readonly #items: (Deadline | undefined)[] = [];
  readonly #moments: number[] = [];
  #size = 0;
  #timer: Timer | undefined;
  #armedForMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many deadlines are pending. */
  get size(): number {
    return this.#size;
  }

  /** Puts an item in, or moves it after its `deadlineMs` changed. Who knows what time it is spares a look at the clock. */
  set(item: Deadline, nowMs?: number): void {
    if (item.heapIndex >= 0) this.#leave(item);
    const { deadlineMs } = item;
    this.#size += 1;
    this.#items.push(item);
    this.#moments.push(deadlineMs);
    this.#siftUp(item, deadlineMs, this.#items.length - 1);
    if (deadlineMs < this.#armedForMs) this.#arm(deadlineMs, nowMs);
  }

  /** Takes an item out; one that is not in there is ignored. */
  delete(item: Deadline): void {
    if (item.heapIndex < 0) return;
    this.#leave(item);
    if (this.#size === 0) this.#disarm();
  }

  #leave(item: Deadline): void {
    this.#items[item.heapIndex] = undefined;
    item.heapIndex = -1;
    this.#size -= 1;
    if (this.#items.length > 2 * this.#size + SPARE_PLACES) this.#compact();
  }

  #arm(deadlineMs: number, nowMs = this.#clock.now()): void {
    this.#disarm();
    this.#armedForMs = deadlineMs;
    // A platform timer may fire a fraction early: a whole millisecond up, never down.
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

  /** The earliest item; the empty places before it are given up. */
  #first(): Deadline | undefined {
    while (this.#items.length > 0 && this.#items[0] === undefined) this.#removeTop();
    return this.#items[0];
  }

  #removeTop(): void {
    const item = this.#items.pop();
    const moment = this.#moments.pop() as number; // as many as there are items
    if (this.#items.length > 0) this.#siftDown(item, moment, 0);
  }

  /** Gives up all empty places. */
  #compact(): void {
    const items = this.#items;
    let length = 0;
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item !== undefined) this.#place(item, this.#moments[i] as number, length++); // as many as there are items
    }
    items.length = length;
    this.#moments.length = length;
    for (let i = (length >> 1) - 1; i >= 0; i--) this.#siftDown(items[i], this.#moments[i] as number, i);
  }

  #place(item: Deadline | undefined, moment: number, index: number): void {
    this.#items[index] = item;
    this.#moments[index] = moment;
    if (item !== undefined) item.heapIndex = index;
  }

  #siftUp(item: Deadline, moment: number, start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const parentMoment = this.#moments[parent] as number; // in range: parent < index
      if (parentMoment <= moment) break;
      this.#place(this.#items[parent], parentMoment, index);
      index = parent;
    }
    this.#place(item, moment, index);
  }

  #siftDown(item: Deadline | undefined, moment: number, start: number): void {
    const { length } = this.#moments;
    let index = start;
    for (let child = index * 2 + 1; child < length; child = index * 2 + 1) {
      const other = child + 1;
      if (other < length && (this.#moments[other] as number) < (this.#moments[child] as number)) child = other;
      const childMoment = this.#moments[child] as number; // in range: child < length
      if (childMoment >= moment) break;
      this.#place(this.#items[child], childMoment, index);
      index = child;
    }
    this.#place(item, moment, index);
  }
}
