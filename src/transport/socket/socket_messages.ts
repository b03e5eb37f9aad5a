import { isBytes } from "../../links/foreign_value.ts";
import { Code } from "../../links/code.ts";
import type { TransportTraits } from "../../links/transport.ts";
import { textOf } from "../../links/thrown.ts";
import { type ExchangeFailure, violation, wireDown } from "../../exchange/exchange_failure.ts";
import { TransportError } from "../../exchange/transport_failure.ts";
import { plainBytes } from "../../exchange/incoming_body.ts";
import { SocketClose } from "./web_socket.ts";

/** What matters of a `Blob`. */
type BlobLike = Pick<Blob, "size" | "arrayBuffer">;

/** A message that has come. */
type Message = BlobLike | Uint8Array;

/** What a message that waits costs beside its bytes, so that many small ones count for what they are. */
const WAITING_MESSAGE_BYTES = 128;

/** The traits of a WebSocket. */
export const SOCKET_TRAITS: TransportTraits = Object.freeze({
  requestIsWhole: false,
  peerGrants: true,
  canPauseReceive: false,
});

/** What the owner of {@linkcode SocketMessages} is told. Nothing here may throw. */
export interface SocketMessageEvents {
  /**
   * A message has come that is not allowed or cannot be read. Nothing follows. `isHeard` tells whether who receives hears of
   * it at once.
   */
  refused(closeCode: number, reason: string, isHeard: boolean): void;
  /** All messages of a WebSocket that is closed have been received, and the error has been told. */
  over(error: Error): void;
}

/** What waits for a message. */
interface PendingReceive {
  resolve(bytes: Uint8Array | undefined): void;
  reject(reason: Error): void;
}

/**
 * The messages of a WebSocket as chunks, in order, also where the platform gives blobs, which can be read only later. A
 * WebSocket cannot be paused, so messages wait here until they are asked for, up to a limit of bytes.
 */
export class SocketMessages {
  readonly #maxWaitingBytes: number;
  readonly #events: SocketMessageEvents;
  /** A set, since its first member is removed in constant time. */
  readonly #waiting: Set<{ readonly message: Message }> = new Set();
  #waitingBytes = 0;
  #pending: PendingReceive | undefined;
  /** Why nothing follows the messages that wait. */
  #end: Error | undefined;
  /** The end is that of a message that is not allowed, so the WebSocket is still open. */
  #isRefused = false;
  #isReadingBlob = false;
  #isStopped = false;

  constructor(maxWaitingBytes: number, events: SocketMessageEvents) {
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#events = events;
  }

  /** A message has come. */
  take(data: unknown): void {
    if (this.#isStopped || this.#end !== undefined) return;
    const message = messageOf(data);
    if (message === undefined) return this.#refuse(notBytes(data), SocketClose.NOT_BYTES);
    const length = sizeOf(message);
    // An empty message means nothing, and does not count as a sign of life.
    if (length === 0) return;
    const isWanted = this.#waiting.size === 0 && this.#pending !== undefined && !this.#isReadingBlob;
    const waitingBytes = this.#waitingBytes + length + (isWanted ? 0 : WAITING_MESSAGE_BYTES);
    if (waitingBytes > this.#maxWaitingBytes) {
      return this.#refuse(tooLong(waitingBytes, this.#maxWaitingBytes), SocketClose.TOO_BIG);
    }
    this.#waiting.add({ message });
    this.#waitingBytes += length + WAITING_MESSAGE_BYTES;
    this.#deliver();
  }

  /** The WebSocket is closed: who receives gets the messages that have come, and then the error. */
  end(error: Error): void {
    this.#end ??= error;
    this.#deliver();
  }

  /** Resolves with the next message. */
  receive(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#deliver();
    });
  }

  /** Drops what waits; nothing is received any more. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting.clear();
    this.#takePending()?.resolve(undefined);
  }

  #deliver(): void {
    if (this.#pending === undefined || this.#isReadingBlob) return;
    const [entry] = this.#waiting;
    if (entry !== undefined) {
      this.#waiting.delete(entry);
      if (isBytes(entry.message)) this.#handOver(entry.message);
      else void this.#readBlob(entry.message);
    } else if (this.#end !== undefined) {
      this.#takePending()?.reject(this.#end);
      if (!this.#isRefused) this.#events.over(this.#end);
    } else if (this.#isStopped) this.#takePending()?.resolve(undefined);
  }

  /** Never rejects. */
  async #readBlob(blob: BlobLike): Promise<void> {
    this.#isReadingBlob = true;
    try {
      const bytes = plainBytes(await blob.arrayBuffer());
      if (bytes?.byteLength !== blob.size) throw new TypeError("it has other bytes than it says");
      this.#isReadingBlob = false;
      this.#handOver(bytes);
    } catch (error) {
      this.#isReadingBlob = false;
      this.#refuse(wireDown(`Cannot read a message: ${textOf(error)}`), SocketClose.GIVEN_UP);
    }
  }

  #handOver(bytes: Uint8Array): void {
    this.#waitingBytes -= bytes.byteLength + WAITING_MESSAGE_BYTES;
    this.#takePending()?.resolve(bytes);
  }

  #takePending(): PendingReceive | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  #refuse(failure: ExchangeFailure, closeCode: number): void {
    if (this.#isStopped || this.#isRefused) return;
    const isHeard = this.#pending !== undefined;
    this.#waiting.clear();
    this.#isRefused = true;
    this.#end = new TransportError(failure);
    this.#deliver();
    this.#events.refused(closeCode, textOf(failure.message), isHeard);
  }
}

function messageOf(data: unknown): Message | undefined {
  return plainBytes(data) ?? (isBlob(data) ? data : undefined);
}

function isBlob(data: unknown): data is BlobLike {
  return typeof data === "object" && data !== null && "size" in data && typeof data.size === "number" &&
    "arrayBuffer" in data && typeof data.arrayBuffer === "function";
}

function sizeOf(message: Message): number {
  return isBytes(message) ? message.byteLength : message.size;
}

function notBytes(data: unknown): ExchangeFailure {
  const got = typeof data === "string" ? "text" : "something else";
  return violation(Code.INTERNAL, `Cannot go on with the exchange: expected messages of bytes, got one of ${got}`);
}

function tooLong(waitingBytes: number, maxBytes: number): ExchangeFailure {
  const message =
    `Cannot go on with the exchange: messages of ${waitingBytes} bytes wait to be read, ${maxBytes} are ` +
    "allowed (maxBufferedBytes)";
  return violation(Code.RESOURCE_EXHAUSTED, message);
}
