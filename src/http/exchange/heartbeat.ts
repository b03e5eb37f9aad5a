import type { Duty } from "./duty_timer.ts";

/** How often a side speaks and how soon it misses the other. */
export interface HeartbeatRhythm {
  /** Something is sent at least this often, in milliseconds; `Infinity` if nothing can be sent. */
  readonly speakMs: number;
  /**
   * After this much silence the other is asked, after as much again it counts as gone; `Infinity` if it cannot speak.
   */
  readonly listenMs: number;
}

/** What a heartbeat does. */
export interface HeartbeatActions {
  /** Sends a ping, if anything can be sent. */
  ping(): void;
  /** The other side has been silent for that long. */
  lost(silentMs: number): void;
}

/**
 * Tells whether the other side is there. How one learns that a peer has gone differs on every platform, and on some
 * (workerd with an idle response) nothing but the attempt to write to it tells. It holds three timestamps and no
 * timer.
 */
export class Heartbeat implements Duty {
  readonly #actions: HeartbeatActions;
  #rhythm: HeartbeatRhythm;
  #sentAt: number;
  #receivedAt: number;
  #askedAt: number | undefined;

  constructor(rhythm: HeartbeatRhythm, nowMs: number, actions: HeartbeatActions) {
    this.#rhythm = rhythm;
    this.#actions = actions;
    this.#sentAt = nowMs;
    this.#receivedAt = nowMs;
  }

  /** When something has last left. */
  get lastSent(): number {
    return this.#sentAt;
  }

  /** When something has last passed in either direction. */
  get lastMoved(): number {
    return Math.max(this.#sentAt, this.#receivedAt);
  }

  /** Changes the rhythm, as when the other side has said its own. */
  setRhythm(rhythm: HeartbeatRhythm): void {
    this.#rhythm = rhythm;
  }

  /** Something has left. */
  sent(nowMs: number): void {
    this.#sentAt = nowMs;
  }

  /** Something has arrived. */
  received(nowMs: number): void {
    this.#receivedAt = nowMs;
    this.#askedAt = undefined;
  }

  dueAt(): number {
    const { speakMs, listenMs } = this.#rhythm;
    return Math.min(this.#sentAt + speakMs, (this.#askedAt ?? this.#receivedAt) + listenMs);
  }

  run(nowMs: number): void {
    const { listenMs } = this.#rhythm;
    const askedAt = this.#askedAt;
    if (askedAt !== undefined && nowMs - askedAt >= listenMs) {
      this.#actions.lost(nowMs - this.#receivedAt);
      return;
    }
    if (nowMs - this.#receivedAt >= listenMs) this.#askedAt ??= nowMs;
    // Said to have left although it may wait behind other bytes: a ping for each interval is enough.
    this.#sentAt = nowMs;
    this.#actions.ping();
  }
}
