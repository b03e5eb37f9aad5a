import type { FrameWriter } from "../wire/mod.ts";
import type { Side } from "./exchange_operation.ts";

/** Whoever writes more than this has a first chunk handed over before it is done. */
const FULL_CHUNK_BYTES = 65_536;
/**
 * Microtasks without a word after which what is written leaves. An async generator takes some from one `yield` to the next:
 * with a chunk for each, a stream of small messages between two async generators made 14,000 a second over a socket, with
 * eight of them 130,000, and a single call took no longer (Deno 2.9).
 */
const QUIET_MICROTASKS = 8;

/** What an exchange hears from its outgoing body. Nothing here may throw. */
export interface BodyEvents {
  /** The HTTP layer asks for a chunk: whatever was handed over before has been taken. */
  pulled(): void;
  /** A chunk has been handed over. */
  handedOver(bytes: number): void;
  /** More waits than may: the HTTP layer does not take it. */
  overflowed(waitingBytes: number): void;
  /** The last chunk has been handed over after {@linkcode OutgoingBody.close}. */
  finished(): void;
  /** The HTTP layer takes nothing more. */
  cancelled(reason: unknown): void;
}

/**
 * ```text
 * open ──close()──▶ closing ──last chunk handed over──▶ done
 *   └────────────────cut(), cancelled─────────────────▶ done
 * ```
 */
type BodyState = "open" | "closing" | "done";

/**
 * What leaves through a body: everything that is written in one go becomes one chunk, when the HTTP layer asks for it.
 * A chunk costs the platforms ten times what a small ticket does, and their own queues grow slow when they
 * grow long, so nothing waits in the stream: what waits, waits encoded in the writer.
 */
export class OutgoingBody {
  /** The body. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #writer: FrameWriter;
  readonly #side: Side;
  readonly #maxBufferedBytes: number;
  readonly #events: BodyEvents;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #state: BodyState = "open";
  /** The HTTP layer has asked for a chunk that it has not got yet. */
  #wanted = false;
  #flushIsDue = false;
  /** How much was written when the flush that is due last looked, and how often it has found no more since. */
  #seenBytes = 0;
  #quietMicrotasks = 0;

  constructor(writer: FrameWriter, side: Side, maxBufferedBytes: number, events: BodyEvents) {
    this.#writer = writer;
    this.#side = side;
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#events = events;
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: (reason) => this.#cancel(reason),
    }, { highWaterMark: 0 });
  }

  /** Whether everything has been handed over that ever will. */
  get done(): boolean {
    return this.#state === "done";
  }

  /** Bytes that wait to be taken. */
  get waitingBytes(): number {
    return this.#writer.byteLength;
  }

  /** Whether more may be written. */
  get full(): boolean {
    return this.#writer.byteLength > this.#maxBufferedBytes;
  }

  /** Something has been written: it leaves when whoever writes pauses, if it is wanted. */
  written(): void {
    if (this.#wanted && this.#writer.byteLength >= FULL_CHUNK_BYTES) this.#handOver();
    if (this.#wanted || this.full) this.#scheduleFlush();
  }

  /** Ends the body after what is written. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    if (this.#wanted || this.#writer.byteLength === 0) this.#handOver();
  }

  /**
   * Ends the body at once and in failure: a request breaks off, which over HTTP/2 is the only way in which Deno's
   * `fetch` tells the server of an abort while the request is open. A response only ends, without an end item (P9.8):
   * `Deno.serve` prints the error of one that breaks off, although it says no more than that a client has gone.
   */
  cut(reason: Error): void {
    if (this.#state === "done") return;
    this.#state = "done";
    this.#writer.take();
    if (this.#side === "invocation") this.#controller.error(reason);
    else this.#controller.close();
  }

  #scheduleFlush(): void {
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    this.#quietMicrotasks = 0;
    queueMicrotask(this.#flush);
  }

  readonly #flush = (): void => {
    const { byteLength } = this.#writer;
    this.#quietMicrotasks = byteLength === this.#seenBytes ? this.#quietMicrotasks + 1 : 0;
    this.#seenBytes = byteLength;
    if (this.#wanted && this.#quietMicrotasks < QUIET_MICROTASKS) return queueMicrotask(this.#flush);
    this.#flushIsDue = false;
    if (this.#state !== "open") return;
    if (this.#wanted && this.#writer.byteLength > 0) this.#handOver();
    else if (this.full) this.#events.overflowed(this.#writer.byteLength);
  };

  #pull(): void {
    this.#wanted = true;
    this.#events.pulled();
    if (this.#state === "closing") this.#handOver();
    else if (this.#writer.byteLength > 0) this.#scheduleFlush();
  }

  #handOver(): void {
    if (this.#state === "done") return;
    const chunk = this.#writer.take();
    if (chunk !== undefined) {
      this.#wanted = false;
      this.#controller.enqueue(chunk);
      this.#events.handedOver(chunk.byteLength);
    }
    if (this.#state === "closing") this.#finish();
  }

  #finish(): void {
    this.#state = "done";
    this.#controller.close();
    this.#events.finished();
  }

  #cancel(reason: unknown): void {
    if (this.#state === "done") return;
    this.#state = "done";
    this.#writer.take();
    this.#events.cancelled(reason);
  }
}
