import { Code } from "../links/mod.ts";
import { type ExchangeFailure, textOf, violation, wireDown } from "./exchange_failure.ts";
import { SocketClose } from "./socket_close.ts";

/** What becomes of the messages of a WebSocket. Nothing here may throw. */
export interface SocketMessageEvents {
  /** Bytes have come, never none. */
  bytes(bytes: Uint8Array): void;
  /** Nothing follows, and why. */
  ended(why: string): void;
  /** Something has come that must not, or cannot be read. Nothing follows. */
  refused(failure: ExchangeFailure, closeCode: number): void;
}

/**
 * The messages of a WebSocket, as bytes in the order in which they came, whatever the platform makes of them: some make
 * blobs, which can be read only later.
 */
export class SocketMessages {
  readonly #maxBytes: number;
  readonly #events: SocketMessageEvents;
  /** Settles when all blobs have been read and what came after them has been delivered. */
  #pending: Promise<void> | undefined;
  #pendingBytes = 0;
  #isStopped = false;

  /** @param maxBytes How long a message may be, together with those that have not been read yet. */
  constructor(maxBytes: number, events: SocketMessageEvents) {
    this.#maxBytes = maxBytes;
    this.#events = events;
  }

  /** A message has come. */
  take(data: unknown): void {
    if (this.#isStopped) return;
    const byteLength = byteLengthOf(data);
    if (byteLength === undefined) return this.#refuse(notBytes(data), SocketClose.NOT_BYTES);
    const waitingBytes = this.#pendingBytes + byteLength;
    if (waitingBytes > this.#maxBytes) return this.#refuse(tooLong(waitingBytes, this.#maxBytes), SocketClose.TOO_BIG);
    if (this.#pending === undefined && !(data instanceof Blob)) return this.#deliver(bytesOf(data));
    this.#pendingBytes = waitingBytes;
    this.#enqueue(async () => {
      const bytes = bytesOf(data instanceof Blob ? await data.arrayBuffer() : data);
      this.#pendingBytes -= byteLength;
      this.#deliver(bytes);
    });
  }

  /** The WebSocket is closed. */
  end(why: string): void {
    if (this.#pending === undefined) this.#end(why);
    else this.#enqueue(() => this.#end(why));
  }

  /** Delivers nothing more. */
  stop(): void {
    this.#isStopped = true;
  }

  #enqueue(step: () => void | Promise<void>): void {
    const pending = (this.#pending ?? Promise.resolve()).then(step)
      .catch((error) => this.#refuse(wireDown(`Cannot read a message: ${textOf(error)}`), SocketClose.GIVEN_UP))
      .then(() => {
        if (this.#pending === pending) this.#pending = undefined;
      });
    this.#pending = pending;
  }

  #deliver(bytes: Uint8Array): void {
    // A message without bytes means nothing, not even a sign of life.
    if (!this.#isStopped && bytes.byteLength > 0) this.#events.bytes(bytes);
  }

  #end(why: string): void {
    if (this.#isStopped) return;
    this.stop();
    this.#events.ended(why);
  }

  #refuse(failure: ExchangeFailure, closeCode: number): void {
    if (this.#isStopped) return;
    this.stop();
    this.#events.refused(failure, closeCode);
  }
}

function byteLengthOf(data: unknown): number | undefined {
  if (data instanceof Blob) return data.size;
  return isBytes(data) ? data.byteLength : undefined;
}

function isBytes(data: unknown): data is ArrayBuffer | ArrayBufferView {
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data);
}

function bytesOf(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  // Nothing else comes so far.
  const { buffer, byteOffset, byteLength } = data as ArrayBufferView;
  return new Uint8Array(buffer, byteOffset, byteLength);
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
