import type { Clock } from "../clock.ts";
import type { TimedTask } from "./deadline_timer.ts";

/** How long either side may be silent. */
export interface KeepAliveIntervals {
  /** Something is sent at least this often, in milliseconds; `Infinity` if nothing can be sent. */
  readonly sendMs: number;
  /**
   * After this many milliseconds of silence the peer is asked, and after as many again it counts as gone; `Infinity` if
   * it cannot send.
   */
  readonly receiveMs: number;
}

/** What a {@linkcode KeepAlive} asks and tells its exchange. */
export interface KeepAliveCallbacks {
  /** Whether the exchange is open, so that a ping can be sent and answered. */
  isOpen(): boolean;
  /** Whether what the peer sends is read at present. */
  isReading(): boolean;
  /** Sends a ping. */
  ping(value: number): void;
  /** The peer has been silent for too long. */
  lost(silentMs: number): void;
}

/**
 * Pings a peer that is silent, and notices that it has gone. How a platform tells that a peer has gone differs
 * everywhere, and on some (workerd with an idle response) nothing but the attempt to write tells it. This class holds
 * three timestamps and no timer.
 */
export class KeepAlive implements TimedTask {
  readonly #clock: Clock;
  readonly #callbacks: KeepAliveCallbacks;
  #intervals: KeepAliveIntervals;
  #sentAt: number;
  #receivedAt: number;
  #askedAt: number | undefined;
  #pings = 0;

  constructor(clock: Clock, intervals: KeepAliveIntervals, callbacks: KeepAliveCallbacks) {
    this.#clock = clock;
    this.#intervals = intervals;
    this.#callbacks = callbacks;
    this.#sentAt = clock.now();
    this.#receivedAt = this.#sentAt;
  }

  /** When something was last sent. */
  get lastSent(): number {
    return this.#sentAt;
  }

  /** When something was last sent or received. */
  get lastMoved(): number {
    return Math.max(this.#sentAt, this.#receivedAt);
  }

  /** Changes the intervals, as when the peer has stated its own. */
  setIntervals(intervals: KeepAliveIntervals): void {
    this.#intervals = intervals;
  }

  /** Something has been sent. */
  sent(): void {
    this.#sentAt = this.#clock.now();
  }

  /** Something has been received. */
  received(): void {
    this.#receivedAt = this.#clock.now();
    this.#askedAt = undefined;
  }

  dueAt(): number {
    if (!this.#callbacks.isOpen()) return Infinity;
    const { sendMs, receiveMs } = this.#intervals;
    return Math.min(this.#sentAt + sendMs, (this.#askedAt ?? this.#receivedAt) + receiveMs);
  }

  run(nowMs: number): void {
    const { receiveMs } = this.#intervals;
    const askedAt = this.#askedAt;
    if (askedAt !== undefined && nowMs - askedAt >= receiveMs) return this.#lost(nowMs - this.#receivedAt);
    if (nowMs - this.#receivedAt >= receiveMs) this.#askedAt ??= nowMs;
    // Counts as sent although it may wait behind other bytes: one ping for each interval is enough.
    this.#sentAt = nowMs;
    this.#pings += 1;
    this.#callbacks.ping(this.#pings);
  }

  /** While nothing is read, silence proves nothing (P9.3). */
  #lost(silentMs: number): void {
    if (this.#callbacks.isReading()) this.#callbacks.lost(silentMs);
    else this.received();
  }
}

/**
 * Heartbeats that a peer has to take what waits before the last frame, which may be a window of payloads, and to send its
 * own: nearly a minute, in which 20 KiB a second carry a mebibyte.
 */
export const CLOSE_TIMEOUT_HEARTBEATS = 8;
/** Milliseconds that a forced end waits for the peer to take the last frame and to send its own. */
export const FORCED_CLOSE_TIMEOUT_MS = 1_000;
/**
 * Milliseconds that a server waits for the end of a request whose last frame it has read and answered. The two are sent
 * right after each other. workerd behind miniflare resets a connection whose request was not read to its end, which
 * breaks the client's next request.
 */
export const REQUEST_END_TIMEOUT_MS = 200;
/** A peer may go on sending for this many timeouts after our last frame. */
const MAX_CLOSE_TIMEOUTS = 4;

/** Limits how long an exchange that has sent its last frame waits for the peer's. */
export class CloseTimeout implements TimedTask {
  readonly #clock: Clock;
  readonly #keepAlive: KeepAlive;
  readonly #close: () => void;
  #wait: { readonly sinceMs: number; readonly timeoutMs: number } | undefined;

  constructor(clock: Clock, keepAlive: KeepAlive, close: () => void) {
    this.#clock = clock;
    this.#keepAlive = keepAlive;
    this.#close = close;
  }

  /** Starts to wait until nothing has moved for that long. A later call can only shorten the wait. */
  limit(timeoutMs: number): void {
    const { sinceMs, timeoutMs: before } = this.#wait ?? { sinceMs: this.#clock.now(), timeoutMs: Infinity };
    this.#wait = { sinceMs, timeoutMs: Math.min(before, timeoutMs) };
  }

  dueAt(): number {
    if (this.#wait === undefined) return Infinity;
    const { sinceMs, timeoutMs } = this.#wait;
    const { lastMoved, lastSent } = this.#keepAlive;
    const quietUntil = Math.max(sinceMs, lastMoved) + timeoutMs;
    // Otherwise a peer that sends a byte now and then would keep its exchange open for ever, and a link from stopping.
    return Math.min(quietUntil, Math.max(sinceMs, lastSent) + MAX_CLOSE_TIMEOUTS * timeoutMs);
  }

  run(): void {
    this.#close();
  }
}
