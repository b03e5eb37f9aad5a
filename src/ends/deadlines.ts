import { type Clock, MAX_TIMER_DELAY_MS, type Timer } from "../clock.ts";
import { checkDuration } from "../limits.ts";

/** Whether a value can be a timeout: a finite number of milliseconds above 0 (S3). */
export function isTimeout(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

/**
 * Checks a timeout that the application sets.
 *
 * @throws {TypeError} If it is not a number.
 * @throws {RangeError} If it is not above 0 or not finite.
 */
export function checkTimeout(name: string, timeoutMs: number): void {
  if (typeof timeoutMs === "number") checkDuration(name, timeoutMs);
  else throw new TypeError(`Cannot use ${name}: expected a number of milliseconds, got ${typeof timeoutMs}`);
}

/** What has a deadline. */
export interface Expiring {
  /** Called once when it is due. */
  expire(): void;
}

/** The time at which something is due, as {@linkcode Deadlines} holds it. */
export class Deadline {
  /** Milliseconds of the clock. */
  readonly timeMs: number;
  /** What is due; `undefined` once it has expired or was deleted. Only {@linkcode Deadlines} may change it. */
  owner: Expiring | undefined;

  constructor(timeMs: number, owner: Expiring) {
    this.timeMs = timeMs;
    this.owner = owner;
  }
}

/** Shorter timers are the platform's own. There are few of them, and a call waits for each. */
const LEAST_SHARED_MS = 20;
/** The list is compacted when it has more deleted deadlines than others, and this many more. */
const SPARE_SLOTS = 32;

/**
 * Deadlines and timers that share one timer of another clock: a list in the order of their times, and the timer for the first.
 *
 * Most deadlines are added in order, and almost every one is deleted before it is due. It stays in the list, without its owner,
 * until there are more of those than of others. To fill its place at once took a tenth of the time of a unary call among 10,000.
 * One that is added before all others moves them, which takes a microsecond among 32,000.
 *
 * The timer is set again only for an earlier deadline. If it fires too early, because the first was deleted, it is set again
 * for the next. When the last one is deleted, the timer is cleared, so that an idle end keeps no process alive.
 *
 * It is a clock itself, which an end and the link that it is joined to share. An end without operations has no deadline, so
 * each lone call would set a timer and clear it, on both sides. The shared one is set already, for the exchange's heartbeat,
 * and fires no later. That saves 30 of the 132 µs of a lone call (Deno 2.9, where setting a timer wakes the event loop).
 */
export class Deadlines implements Clock {
  readonly now: Clock["now"];
  readonly defer: Clock["defer"];
  readonly #clock: Clock;
  #list: Deadline[] = [];
  /** Those that are not deleted. */
  #size = 0;
  #timer: Timer | undefined;
  #armedForMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.now = clock.now.bind(clock);
    this.defer = clock.defer?.bind(clock);
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    if (delayMs < LEAST_SHARED_MS) return this.#clock.setTimer(callback, delayMs);
    const nowMs = this.now();
    return this.add({ expire: callback }, nowMs + delayMs, nowMs);
  }

  clearTimer(timer: Timer): void {
    if (timer instanceof Deadline) this.delete(timer);
    else this.#clock.clearTimer(timer);
  }

  /** Adds a deadline. A caller that knows the time saves a reading of the clock. */
  add(owner: Expiring, timeMs: number, nowMs?: number): Deadline {
    const deadline = new Deadline(timeMs, owner);
    const last = this.#list.at(-1);
    if (last === undefined || last.timeMs <= timeMs) this.#list.push(deadline);
    else this.#list.splice(this.#countUntil(timeMs), 0, deadline);
    this.#size += 1;
    if (timeMs < this.#armedForMs) this.#arm(timeMs, nowMs);
    return deadline;
  }

  /** Deletes a deadline, unless it has expired or is deleted already. */
  delete(deadline: Deadline): void {
    if (deadline.owner === undefined) return;
    deadline.owner = undefined;
    this.#size -= 1;
    if (this.#size === 0) this.#arm(Infinity, 0);
    if (this.#list.length > 2 * this.#size + SPARE_SLOTS) this.#list = this.#list.filter(isPending);
  }

  /** How many deadlines are due until a time, that included. */
  #countUntil(timeMs: number): number {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#list[middle]!.timeMs <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Sets the timer for a time, or for none. */
  #arm(timeMs: number, nowMs = this.now()): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    this.#armedForMs = timeMs;
    // A platform timer may fire a fraction of a millisecond early, so the delay is rounded up.
    const delayMs = Math.min(Math.max(0, Math.ceil(timeMs - nowMs)), MAX_TIMER_DELAY_MS);
    this.#timer = timeMs === Infinity ? undefined : this.#clock.setTimer(this.#fire, delayMs);
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    this.#armedForMs = Infinity;
    for (const deadline of this.#list.splice(0, this.#countUntil(this.now()))) {
      const { owner } = deadline;
      this.delete(deadline);
      if (owner !== undefined) expire(owner);
    }
    const first = this.#list.find(isPending);
    if (first !== undefined && first.timeMs < this.#armedForMs) this.#arm(first.timeMs);
  };
}

function isPending({ owner }: Deadline): boolean {
  return owner !== undefined;
}

/** Throws in a microtask: the exception is reported as from a timer of the platform, and what else is due still expires. */
function expire(owner: Expiring): void {
  try {
    owner.expire();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
