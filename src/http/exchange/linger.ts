import type { Clock } from "../../clock.ts";
import type { Duty } from "./duty_timer.ts";
import type { Liveness } from "./liveness.ts";

/**
 * Heartbeats that a peer has to take what waits before the last frame, a window of payloads perhaps, and to say its own:
 * nearly a minute, in which 20 KiB a second carry a mebibyte.
 */
export const LINGER_HEARTBEATS = 8;
/** Milliseconds that a forced end waits for the peer to take the last frame and to say its own. */
export const FORCED_LINGER_MS = 1_000;
/**
 * Milliseconds that a server waits for the end of a request whose last frame it has read and answered. The two are sent
 * right after each other; workerd behind miniflare resets a connection whose request was not read to its end, under the
 * next request of the client.
 */
export const LAST_LINGER_MS = 200;
/** How many times as long as it may be silent a peer may go on sending when nobody listens any more. */
const MOST_LINGERS = 4;

/** How long an exchange that has said its last word waits for its peer's. */
export class Linger implements Duty {
  readonly #clock: Clock;
  readonly #liveness: Liveness;
  readonly #action: () => void;
  #since: { readonly atMs: number; readonly lingerMs: number } | undefined;

  constructor(clock: Clock, liveness: Liveness, action: () => void) {
    this.#clock = clock;
    this.#liveness = liveness;
    this.#action = action;
  }

  /** Begins to wait, unless nothing moves for that long. Said again, it can only make it sooner. */
  limit(lingerMs: number): void {
    const { atMs, lingerMs: before } = this.#since ?? { atMs: this.#clock.now(), lingerMs: Infinity };
    this.#since = { atMs, lingerMs: Math.min(before, lingerMs) };
  }

  dueAt(): number {
    if (this.#since === undefined) return Infinity;
    const { atMs, lingerMs } = this.#since;
    const { lastMoved, lastSent } = this.#liveness;
    // A peer that drips a byte now and then would otherwise keep its exchange, and whoever stops the link, for ever.
    return Math.min(Math.max(atMs, lastMoved) + lingerMs, Math.max(atMs, lastSent) + MOST_LINGERS * lingerMs);
  }

  run(): void {
    this.#action();
  }
}
