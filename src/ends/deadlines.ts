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

/**
 * All deadlines of one end: a binary heap that knows each item's place, and one timer for the earliest.
 *
 * The timer is armed anew only for a deadline earlier than the one it waits for; when it fires too early, because the
 * earliest item has left, it is simply armed again. When the last item leaves, the timer is cleared, so that an idle end
 * keeps no process alive.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #heap: Deadline[] = [];
  #timer: Timer | undefined;
  #armedForMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many deadlines are pending. */
  get size(): number {
    return this.#heap.length;
  }

  /** Puts an item in, or moves it after its `deadlineMs` changed. Who knows what time it is spares a look at the clock. */
  set(item: Deadline, nowMs?: number): void {
    if (item.heapIndex < 0) {
      item.heapIndex = this.#heap.length;
      this.#heap.push(item);
    }
    this.#siftUp(item);
    this.#siftDown(item);
    if (item.deadlineMs < this.#armedForMs) this.#arm(item.deadlineMs, nowMs);
  }

  /** Takes an item out; one that is not in there is ignored. */
  delete(item: Deadline): void {
    if (item.heapIndex < 0) return;
    const index = item.heapIndex;
    const last = this.#heap.pop() as Deadline; // the heap holds at least `item`
    item.heapIndex = -1;
    if (last !== item) {
      this.#place(last, index);
      this.#siftUp(last);
      this.#siftDown(last);
    }
    if (this.#heap.length === 0) this.#disarm();
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
    let first = this.#heap[0];
    while (first !== undefined && first.deadlineMs <= nowMs) {
      this.delete(first);
      first.expire();
      first = this.#heap[0];
    }
    if (first !== undefined && first.deadlineMs < this.#armedForMs) this.#arm(first.deadlineMs);
  };

  #place(item: Deadline, index: number): void {
    this.#heap[index] = item;
    item.heapIndex = index;
  }

  #siftUp(item: Deadline): void {
    let index = item.heapIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex] as Deadline; // in range: parentIndex < index
      if (parent.deadlineMs <= item.deadlineMs) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(item, index);
  }

  #siftDown(item: Deadline): void {
    const { length } = this.#heap;
    let index = item.heapIndex;
    for (let childIndex = index * 2 + 1; childIndex < length; childIndex = index * 2 + 1) {
      const left = this.#heap[childIndex] as Deadline; // in range: childIndex < length
      const right = this.#heap[childIndex + 1];
      const child = right !== undefined && right.deadlineMs < left.deadlineMs ? right : left;
      if (child.deadlineMs >= item.deadlineMs) break;
      const next = child.heapIndex;
      this.#place(child, index);
      index = next;
    }
    this.#place(item, index);
  }
}
