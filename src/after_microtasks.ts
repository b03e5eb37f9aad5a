/**
 * The end of all microtasks, which an exchange waits for before it sends what has been written. It stands apart from the clock,
 * since a client that has no exchange does without it.
 *
 * @module
 */
import { queueSwiftly } from "./clock.ts";

type NextTick = (callback: () => void) => void;

/** Calls back when no microtask waits any more; `undefined` where nothing does, or while that is not known. */
let afterMicrotasks: NextTick | undefined;

/** Microtasks in a chain that a callback has to come after. */
const PROBE_MICROTASKS = 4;

/** On Node, Bun and Deno `process.nextTick()` calls back when no microtask waits; on workerd it is a microtask itself. */
function probeNextTick(nextTick: NextTick): void {
  let left = PROBE_MICROTASKS;
  const next = (): void => {
    left -= 1;
    if (left > 0) queueSwiftly(next);
  };
  queueSwiftly(() => {
    nextTick(() => {
      if (left === 0) afterMicrotasks = nextTick;
    });
    next();
  });
}

const { process } = globalThis as { readonly process?: { readonly nextTick?: NextTick } };
if (typeof process?.nextTick === "function") probeNextTick((callback) => process.nextTick?.(callback));

/**
 * Calls `callback` when no microtask waits any more, before anything else of the event loop has its turn.
 *
 * @param callback What to call; it must not throw.
 * @returns Whether it will be called: not where the platform has no such thing.
 */
export function queueAfterMicrotasks(callback: () => void): boolean {
  if (afterMicrotasks === undefined) return false;
  afterMicrotasks(callback);
  return true;
}
