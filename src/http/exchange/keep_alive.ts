import type { Duty } from "./deadline_timer.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import type { Clock } from "../../clock.ts";

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

/** The exchange, as its heartbeat sees it. */
export interface LivenessHost {
  /** Whether there is anyone to hear a ping and to answer it. */
  isBeating(): boolean;
  /** Whether what comes is read. */
  isListening(): boolean;
  /** Sends a ping. */
  ping(value: number): void;
  /** The peer has been silent for too long. */
  lost(silentMs: number): void;
}

/** The heartbeat of an exchange whose bodies are both streams. */
export class Liveness implements Duty {
  readonly #settings: ExchangeSettings;
  readonly #host: LivenessHost;
  readonly #heartbeat: Heartbeat;
  #pings = 0;

  constructor(settings: ExchangeSettings, host: LivenessHost) {
    const { clock, heartbeatMs } = settings;
    this.#settings = settings;
    this.#host = host;
    this.#heartbeat = new Heartbeat({ speakMs: heartbeatMs, listenMs: heartbeatMs }, clock.now(), {
      ping: () => this.#ping(),
      // What is not read cannot be heard (P9.3).
      lost: (silentMs) => host.isListening() ? host.lost(silentMs) : this.received(),
    });
  }

  /** When something has last left. */
  get lastSent(): number {
    return this.#heartbeat.lastSent;
  }

  /** When something has last passed in either direction. */
  get lastMoved(): number {
    return this.#heartbeat.lastMoved;
  }

  /** Something has left. */
  sent(): void {
    this.#heartbeat.sent(this.#settings.clock.now());
  }

  /** Something has arrived. */
  received(): void {
    this.#heartbeat.received(this.#settings.clock.now());
  }

  /** The peer has said all that it can: from now on only we give signs of life. */
  expectSilence(): void {
    this.#heartbeat.setRhythm({ speakMs: this.#settings.heartbeatMs, listenMs: Infinity });
  }

  dueAt(): number {
    return this.#host.isBeating() ? this.#heartbeat.dueAt() : Infinity;
  }

  run(nowMs: number): void {
    this.#heartbeat.run(nowMs);
  }

  #ping(): void {
    this.#pings += 1;
    this.#host.ping(this.#pings);
  }
}

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
