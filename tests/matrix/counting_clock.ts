import { type Clock, PLATFORM_CLOCK, type Timer } from "../../src/clock.ts";

/** The platform's clock, which says how many timers are pending. */
export interface CountingClock extends Clock {
  /** Timers that are set and have neither fired nor been cleared. */
  readonly pendingTimers: number;
}

/** Makes a clock that counts. */
export function countingClock(): CountingClock {
  const pending = new Set<Timer>();
  return {
    get pendingTimers(): number {
      return pending.size;
    },
    now: () => PLATFORM_CLOCK.now(),
    setTimer: (callback, delayMs) => {
      const timer = PLATFORM_CLOCK.setTimer(() => {
        pending.delete(timer);
        callback();
      }, delayMs);
      pending.add(timer);
      return timer;
    },
    clearTimer: (timer) => {
      pending.delete(timer);
      PLATFORM_CLOCK.clearTimer(timer);
    },
  };
}
