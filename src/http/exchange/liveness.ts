import type { Duty } from "./duty_timer.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import { Heartbeat } from "./heartbeat.ts";

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
