import { isBytes } from "../../links/foreign_value.ts";
import { Code } from "../../links/code.ts";
import { textOf } from "../../links/thrown.ts";
import { type ExchangeFailure, violation, wireDown } from "../../exchange/exchange_failure.ts";
import { plainBytes } from "../../exchange/incoming_body.ts";
import type { ChunkSupply } from "../../exchange/incoming_chunks.ts";
import { SocketClose } from "./web_socket.ts";

/** What is told of the messages of a WebSocket. Nothing here may throw. */
export interface SocketMessageEvents {
  /** Bytes have come, at least one. */
  bytes(bytes: Uint8Array): void;
  /** Nothing follows, and why. */
  ended(why: string): void;
  /** A message has come that is not allowed or cannot be read. Nothing follows. */
  refused(failure: ExchangeFailure, closeCode: number): void;
}

/** What matters of a `Blob`. */
type BlobLike = Pick<Blob, "size" | "arrayBuffer">;

/** A message that has come. */
type Message = BlobLike | Uint8Array;

/** What a message that waits costs beside its bytes, so that many small ones count for what they are. */
const WAITING_MESSAGE_BYTES = 128;

/**
 * Turns the messages of a WebSocket into bytes, in order, also where the platform gives blobs, which can be read only later.
 * A WebSocket cannot be paused, so messages wait here while they are not wanted, up to a limit of bytes.
 */
export class SocketMessages implements ChunkSupply {
  readonly #maxWaitingBytes: number;
  readonly #events: SocketMessageEvents;
  /** A set, since its first member is removed in constant time. */
  readonly #waiting: Set<{ readonly message: Message }> = new Set();
  #waitingBytes = 0;
  /** Why nothing follows the messages that wait. */
  #end: string | undefined;
  #isPaused = false;
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
    const isWanted = this.#waiting.size === 0 && !this.#isPaused && !this.#isReadingBlob;
    const waitingBytes = this.#waitingBytes + length + (isWanted ? 0 : WAITING_MESSAGE_BYTES);
    if (waitingBytes > this.#maxWaitingBytes) {
      return this.#refuse(tooLong(waitingBytes, this.#maxWaitingBytes), SocketClose.TOO_BIG);
    }
    if (isWanted && isBytes(message)) return this.#events.bytes(message);
    this.#waiting.add({ message });
    this.#waitingBytes += length + WAITING_MESSAGE_BYTES;
    this.#deliver();
  }

  /** The WebSocket is closed. */
  end(why: string): void {
    this.#end ??= why;
    this.#deliver();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#deliver();
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting.clear();
  }

  #deliver(): void {
    for (const entry of this.#waiting) {
      if (this.#isPaused || this.#isReadingBlob) return;
      this.#waiting.delete(entry);
      this.#deliverNext(entry.message);
    }
    if (this.#isPaused || this.#isReadingBlob || this.#isStopped || this.#end === undefined) return;
    this.#isStopped = true;
    this.#events.ended(this.#end);
  }

  #deliverNext(message: Message): void {
    if (isBytes(message)) this.#handOver(message);
    else void this.#readBlob(message);
  }

  /** Never rejects. */
  async #readBlob(blob: BlobLike): Promise<void> {
    this.#isReadingBlob = true;
    try {
      const bytes = plainBytes(await blob.arrayBuffer());
      if (bytes?.byteLength !== blob.size) throw new TypeError("it has other bytes than it says");
      this.#isReadingBlob = false;
      this.#handOver(bytes);
      this.#deliver();
    } catch (error) {
      this.#refuse(wireDown(`Cannot read a message: ${textOf(error)}`), SocketClose.GIVEN_UP);
    }
  }

  #handOver(bytes: Uint8Array): void {
    this.#waitingBytes -= bytes.byteLength + WAITING_MESSAGE_BYTES;
    if (!this.#isStopped) this.#events.bytes(bytes);
  }

  #refuse(failure: ExchangeFailure, closeCode: number): void {
    if (this.#isStopped) return;
    this.stop();
    this.#events.refused(failure, closeCode);
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

/** Received bytes as a stream in which nothing waits: its supply is paused until the stream is read. */
export class MessageStream {
  /** The stream. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #supply: ChunkSupply;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isOver = false;

  /** Takes what brings the bytes, for {@linkcode push}, and then the failure, for {@linkcode fail}. */
  constructor(supply: ChunkSupply) {
    this.#supply = supply;
    supply.pause();
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => supply.resume(),
      cancel: (reason) => {
        this.#isOver = true;
        supply.stop(reason);
      },
    }, { highWaterMark: 0 });
  }

  /** Bytes have come. */
  push(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#supply.pause();
    this.#controller.enqueue(bytes);
  }

  /** Nothing follows. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller.error(error);
  }
}
