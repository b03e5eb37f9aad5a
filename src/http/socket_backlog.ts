import type { Clock, Timer } from "../clock.ts";

/** Bytes that may wait in a WebSocket before nothing more is given to it. */
export const MAX_BACKLOG_BYTES = 1_048_576;
/** Milliseconds after which a long backlog is looked at again: WebSockets do not say when it has become short. */
const POLL_MS = 10;

/** What of a WebSocket has not left yet. Workers cannot tell: there it always counts as short. */
export class SocketBacklog {
  readonly #clock: Clock;
  readonly #raw: unknown;
  #timer: Timer = undefined;

  constructor(clock: Clock, raw: unknown) {
    this.#clock = clock;
    this.#raw = raw;
  }

  /** Whether so much waits that no more is to be given to it. */
  get isLong(): boolean {
    return bufferedAmount(this.#raw) > MAX_BACKLOG_BYTES;
  }

  /** Calls back some time after it has become short, unless {@linkcode stop} comes first. */
  whenShort(action: () => void): void {
    this.#timer = this.#clock.setTimer(() => this.isLong ? this.whenShort(action) : action(), POLL_MS);
  }

  /** Looks no more. */
  stop(): void {
    this.#clock.clearTimer(this.#timer);
  }
}

/** Deno, Node and browsers have it as a property, Bun's server as a method. */
function bufferedAmount(raw: unknown): number {
  if (typeof raw !== "object" || raw === null) return 0;
  if ("bufferedAmount" in raw) return Number(raw.bufferedAmount);
  if ("getBufferedAmount" in raw && typeof raw.getBufferedAmount === "function") return raw.getBufferedAmount();
  return 0;
}
