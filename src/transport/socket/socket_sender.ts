import type { Clock, Timer } from "../../clock.ts";
import {
  MAX_SOCKET_BACKLOG_BYTES,
  MAX_SOCKET_LOOK_MS,
  MAX_SOCKET_MESSAGE_BYTES,
  SOCKET_LOOK_MS,
} from "../../limits.ts";

/** Either side's WebSocket, to send by. */
interface Outlet {
  send(data: Uint8Array<ArrayBuffer>): void;
}

/** What is told of a {@linkcode SocketSender}. */
export interface SocketSenderEvents {
  /** Everything has been given to the WebSocket, and there is room for more. */
  drained(): void;
  /** The WebSocket takes nothing more. */
  broken(error: unknown): void;
}

/** Sends bytes as messages, as fast as the WebSocket sends them on. */
export class SocketSender {
  readonly #socket: Outlet;
  readonly #backlog: SocketBacklog;
  readonly #events: SocketSenderEvents;
  #rest: Uint8Array<ArrayBuffer> | undefined;
  #isStopped = false;

  /** Takes the WebSocket, and as `raw` the platform's own object, which tells how much waits. */
  constructor(clock: Clock, socket: Outlet, raw: unknown, events: SocketSenderEvents) {
    this.#socket = socket;
    this.#backlog = new SocketBacklog(clock, raw);
    this.#events = events;
  }

  /** Sends bytes. All earlier ones must have been sent. */
  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#rest = bytes;
    this.#sendOn();
  }

  /** Sends nothing more; with `flush`, only after what is left of the present bytes. */
  stop(flush: boolean): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#backlog.stop();
    try {
      while (flush && this.#rest !== undefined) this.#sendMessage(this.#rest);
    } catch {
      // The WebSocket is being closed, so an error changes nothing.
    }
    this.#rest = undefined;
  }

  readonly #sendOn = (): void => {
    if (this.#isStopped) return;
    try {
      while (this.#rest !== undefined && !this.#backlog.isLong) this.#sendMessage(this.#rest);
    } catch (error) {
      this.stop(false);
      return this.#events.broken(error);
    }
    if (this.#backlog.isLong) this.#backlog.whenShort(this.#sendOn);
    else this.#events.drained();
  };

  #sendMessage(bytes: Uint8Array<ArrayBuffer>): void {
    const isLast = bytes.byteLength <= MAX_SOCKET_MESSAGE_BYTES;
    this.#rest = isLast ? undefined : bytes.subarray(MAX_SOCKET_MESSAGE_BYTES);
    this.#socket.send(isLast ? bytes : bytes.subarray(0, MAX_SOCKET_MESSAGE_BYTES));
  }
}

/** The bytes that a WebSocket has not sent yet. Workers cannot tell: there it always counts as short. */
export class SocketBacklog {
  readonly #clock: Clock;
  readonly #raw: unknown;
  #timer: Timer = undefined;

  constructor(clock: Clock, raw: unknown) {
    this.#clock = clock;
    this.#raw = raw;
  }

  /** Whether so much waits that the WebSocket gets nothing more. */
  get isLong(): boolean {
    return bufferedAmount(this.#raw) > MAX_SOCKET_BACKLOG_BYTES;
  }

  /** Calls back some time after it has become short, unless {@linkcode stop} comes first. */
  whenShort(action: () => void): void {
    this.#lookIn(SOCKET_LOOK_MS, action);
  }

  /** Stops looking. */
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
