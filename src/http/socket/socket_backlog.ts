import type { Clock, Timer } from "../../clock.ts";
import { MAX_SOCKET_BACKLOG_BYTES, MAX_SOCKET_LOOK_MS, SOCKET_LOOK_MS } from "../../limits.ts";

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
    return bufferedAmount(this.#raw) > MAX_SOCKET_BACKLOG_BYTES;
  }

  /** Calls back some time after it has become short, unless {@linkcode stop} comes first. */
  whenShort(action: () => void): void {
    this.#lookIn(SOCKET_LOOK_MS, action);
  }

  /** Looks no more. */
  stop(): void {
    this.#clock.clearTimer(this.#timer);
  }

  #lookIn(ms: number, action: () => void): void {
    const again = (): void => this.#lookIn(Math.min(2 * ms, MAX_SOCKET_LOOK_MS), action);
    this.#timer = this.#clock.setTimer(() => this.isLong ? again() : action(), ms);
  }
}

/** Deno, Node and browsers have it as a property, Bun's server as a method. */
function bufferedAmount(raw: unknown): number {
  if (typeof raw !== "object" || raw === null) return 0;
  if ("bufferedAmount" in raw) return Number(raw.bufferedAmount);
  if ("getBufferedAmount" in raw && typeof raw.getBufferedAmount === "function") return raw.getBufferedAmount();
  return 0;
}
