/**
 * Time as the library sees it: one monotonic reading and timers. Ends and links take one as an option, so that tests can
 * hold time still.
 *
 * @module
 */

/** What identifies a pending timer of a {@linkcode Clock}. */
export type Timer = unknown;

/** A monotonic clock with timers. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /**
   * Calls `callback` once, `delayMs` milliseconds from now (0 to 2,147,483,647), never before this method returns.
   *
   * @param callback What to call.
   * @param delayMs How long to wait, in milliseconds.
   * @returns The timer, for {@linkcode clearTimer}.
   */
  setTimer(callback: () => void, delayMs: number): Timer;
  /**
   * Forgets a timer. One that has fired or was cleared already is ignored.
   *
   * @param timer What {@linkcode setTimer} returned.
   */
  clearTimer(timer: Timer): void;
  /**
   * Calls `callback` once when all others have had their turn, sockets included, sooner than a timer of 0; never before this
   * method returns. Where there is no such thing, a timer takes its place.
   *
   * @param callback What to call.
   */
  readonly defer?: ((callback: () => void) => void) | undefined;
}

/** The longest delay that the platforms' `setTimeout` takes: 2^31 − 1 milliseconds. */
export const MAX_TIMER_DELAY_MS = 2_147_483_647;

/** What most runtimes have, and browsers do not. */
const { setImmediate } = globalThis as { readonly setImmediate?: (callback: () => void) => void };

/**
 * How often the event loop goes round in one {@linkcode Clock.defer}. Deno's, as long as it has anything to do, looks at its
 * sockets each 61st time: a program that was busy for 4 ms each time held up a request by 239 ms at the median with one round
 * (Deno 2.9), by 2.0 with 64, which take a tenth of a millisecond. With a timer of 0 instead it was 4.1, and idle for a
 * third of its time; and a timer that is due before the program is done lets nobody in. Others look each time.
 */
const LOOP_ROUNDS = "Deno" in globalThis ? 64 : 1;

function goRound(callback: () => void, setImmediate: (callback: () => void) => void): void {
  let rounds = 0;
  const next = (): void => {
    rounds += 1;
    if (rounds === LOOP_ROUNDS) callback();
    else setImmediate(next);
  };
  setImmediate(next);
}

/** The platform's monotonic clock and `setTimeout`. */
export const PLATFORM_CLOCK: Clock = Object.freeze({
  now: (): number => performance.now(),
  setTimer: (callback: () => void, delayMs: number): Timer => setTimeout(callback, delayMs),
  // The platform's own handle comes back: a number or, on Node, an object.
  clearTimer: (timer: Timer): void => clearTimeout(timer as number),
  defer: setImmediate && ((callback: () => void): void => goRound(callback, setImmediate)),
});

const RESOLVED: Promise<void> = Promise.resolve();

/**
 * As `queueMicrotask()`, which on Node takes three times as long.
 *
 * @param callback What to call; it must not throw.
 */
export function queueSwiftly(callback: () => void): void {
  void RESOLVED.then(callback);
}

/**
 * Calls back when the event loop has gone round once, so that the platform's events, such as those of sockets, have their
 * turn. It is no matter of time: it comes also where a test's {@linkcode Clock} stands still.
 *
 * @param callback What to call; it must not throw.
 */
export function queueAfterEvents(callback: () => void): void {
  if (setImmediate === undefined) setTimeout(callback, 0);
  else setImmediate(callback);
}
