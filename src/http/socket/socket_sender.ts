import type { Clock } from "../../clock.ts";
import { MAX_SOCKET_MESSAGE_BYTES } from "../../limits.ts";
import { SocketBacklog } from "./socket_backlog.ts";

/** Either side's WebSocket, to send by. */
interface Outlet {
  send(data: Uint8Array<ArrayBuffer>): void;
}

/** What a sender is for. */
export interface SocketSenderEvents {
  /** All that was given is on its way, and there is room for more. */
  drained(): void;
  /** The WebSocket takes nothing more. */
  broken(error: unknown): void;
}

/** Sends bytes as messages, no more of them at once than the WebSocket gets rid of. */
export class SocketSender {
  readonly #socket: Outlet;
  readonly #backlog: SocketBacklog;
  readonly #events: SocketSenderEvents;
  #rest: Uint8Array<ArrayBuffer> | undefined;
  #isStopped = false;

  /** @param raw The platform's own object, which tells what waits. */
  constructor(clock: Clock, socket: Outlet, raw: unknown, events: SocketSenderEvents) {
    this.#socket = socket;
    this.#backlog = new SocketBacklog(clock, raw);
    this.#events = events;
  }

  /** Sends bytes, all those given before having been sent. */
  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#rest = bytes;
    this.#sendOn();
  }

  /** Sends nothing more, but what was given if it is asked to. */
  stop(flush: boolean): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#backlog.stop();
    try {
      while (flush && this.#rest !== undefined) this.#sendMessage(this.#rest);
    } catch {
      // Whoever stops it is closing the WebSocket and looks no more at what becomes of it.
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
