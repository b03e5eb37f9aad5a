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

/** What waits for room in the WebSocket. */
interface PendingSend {
  resolve(): void;
  reject(reason: Error): void;
}

/** Sends bytes as messages, as fast as the WebSocket sends them on. */
export class SocketSender {
  readonly #clock: Clock;
  readonly #broken: (error: unknown) => void;
  #socket: Outlet | undefined;
  #backlog: SocketBacklog | undefined;
  /** What is left of the present chunk. */
  #rest: Uint8Array<ArrayBuffer> | undefined;
  #pending: PendingSend | undefined;
  #isStopped = false;

  /** `broken` is called once if the WebSocket throws. */
  constructor(clock: Clock, broken: (error: unknown) => void) {
    this.#clock = clock;
    this.#broken = broken;
  }

  /** The WebSocket is open. `raw` is the platform's own object, which tells how much waits. */
  open(socket: Outlet, raw: unknown): void {
    this.#socket = socket;
    this.#backlog = new SocketBacklog(this.#clock, raw);
    if (this.#rest !== undefined) this.#sendOn();
  }

  /** Sends a chunk; all earlier ones must have been sent. Resolves when it has been, and there is room for more. */
  send(chunk: Uint8Array<ArrayBuffer>): void | Promise<void> {
    this.#rest = chunk;
    this.#sendOn();
    if (this.#rest === undefined && this.#backlog?.isLong === false) return;
    return new Promise((resolve, reject) => this.#pending = { resolve, reject });
  }

  /** The WebSocket takes nothing more: what waits is not sent. */
  fail(reason: Error): void {
    const pending = this.#takePending();
    this.stop(false);
    pending?.reject(reason);
  }

  /** Sends nothing more; with `flush`, only after what is left of the present chunk. */
  stop(flush: boolean): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#backlog?.stop();
    try {
      while (flush && this.#rest !== undefined && this.#socket !== undefined) this.#sendNext(this.#socket, this.#rest);
    } catch {
      // The WebSocket is being closed, so an error changes nothing.
    }
    this.#rest = undefined;
    this.#takePending()?.resolve();
  }

  readonly #sendOn = (): void => {
    const socket = this.#socket;
    const backlog = this.#backlog;
    if (this.#isStopped || socket === undefined || backlog === undefined) return;
    try {
      while (this.#rest !== undefined && !backlog.isLong) this.#sendNext(socket, this.#rest);
    } catch (error) {
      this.stop(false);
      return this.#broken(error);
    }
    if (backlog.isLong) backlog.whenShort(this.#sendOn);
    else this.#takePending()?.resolve();
  };

  #sendNext(socket: Outlet, bytes: Uint8Array<ArrayBuffer>): void {
    const isLast = bytes.byteLength <= MAX_SOCKET_MESSAGE_BYTES;
    this.#rest = isLast ? undefined : bytes.subarray(MAX_SOCKET_MESSAGE_BYTES);
    socket.send(isLast ? bytes : bytes.subarray(0, MAX_SOCKET_MESSAGE_BYTES));
  }

  #takePending(): PendingSend | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
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
