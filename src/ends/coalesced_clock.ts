import type { Clock, Timer } from "../clock.ts";
import { type Deadline, Deadlines } from "./deadlines.ts";

/** Shorter timers are the platform's own. There are few of them, and a call waits for each. */
const LEAST_COALESCED_MS = 20;

/**
 * Makes a clock whose timers share one timer of the platform. An end and the link that it is joined to get the same one.
 *
 * An end without operations has no timer, so each lone call would set one and clear it, on both sides. The shared timer is
 * set already, for the exchange's heartbeat, and fires no later. That saves 30 of the 132 µs of a lone call (Deno 2.9, where
 * setting a timer wakes the event loop).
 */
export function coalescedClock(clock: Clock): Clock {
  const deadlines = new Deadlines(clock);
  return Object.freeze({
    now: (): number => clock.now(),
    defer: clock.defer && ((callback: () => void): void => clock.defer?.(callback)),
    setTimer(callback: () => void, delayMs: number): Timer {
      if (delayMs < LEAST_COALESCED_MS) return clock.setTimer(callback, delayMs);
      const nowMs = clock.now();
      const timer = new CoalescedTimer(nowMs + delayMs, callback);
      deadlines.set(timer, nowMs);
      return timer;
    },
    clearTimer(timer: Timer): void {
      if (timer instanceof CoalescedTimer) deadlines.delete(timer);
      else clock.clearTimer(timer);
    },
  });
}

class CoalescedTimer implements Deadline {
  deadlineMs: number;
  heapIndex = -1;
  readonly #callback: () => void;

  constructor(deadlineMs: number, callback: () => void) {
    this.deadlineMs = deadlineMs;
    this.#callback = callback;
  }

  /** Throws in a microtask: the exception is reported as from a timer of the platform, and the other timers still fire. */
  expire(): void {
    try {
      this.#callback();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
