import { type Clock, queueSwiftly } from "../clock.ts";
import type { FrameWriter } from "../wire/frame_writer.ts";
import { LargeMessageWindow } from "./large_message_window.ts";

/** If more than this is written in one go, a first chunk is handed over before the rest is written. */
const FULL_CHUNK_BYTES = 65_536;
/**
 * Microtasks in which nothing more is written, after which what is written leaves. An async generator takes some from one
 * `yield` to the next. When each message left as a chunk of its own, a stream between two async generators made 14,000
 * messages a second over a socket; with eight microtasks it made 130,000, and a single call took no longer (Deno 2.9).
 */
const QUIET_MICROTASKS = 8;
/**
 * What waits beyond this is set aside as a chunk of its own. One buffer for everything would be copied whenever it grows, up
 * to 32 MB at a time, and block everything else meanwhile.
 */
const BLOCK_BYTES = 1_048_576;

/** What sends the chunks of an exchange to the peer, in a body or as messages. */
export interface ChunkSink {
  /** Begins; {@linkcode ChunkSource.pull} asks for chunks, one each time. */
  open(source: ChunkSource): void;
  /** Takes a chunk, which was asked for or is the last. */
  chunk(bytes: Uint8Array): void;
  /** Nothing follows. */
  end(): void;
  /** Nothing follows, although not everything was sent. */
  cut(reason: Error): void;
}

/** What a {@linkcode ChunkSink} gets its chunks from. */
export interface ChunkSource {
  /** Asks for a chunk, which comes when there is something to send. All earlier chunks have been taken. */
  pull(): void;
  /** The sink takes nothing more. */
  cancel(reason: unknown): void;
}

/** What an exchange is told of its outgoing chunks. Nothing here may throw. */
export interface OutgoingEvents {
  /** The sink asks for a chunk: all earlier chunks have been taken. */
  pulled(): void;
  /** A chunk has been handed over. */
  handedOver(bytes: number): void;
  /** More waits than is allowed, since the sink does not take it. */
  overflowed(waitingBytes: number): void;
  /** The last chunk has been handed over after {@linkcode OutgoingChunks.close}. */
  finished(): void;
  /** The sink takes nothing more. */
  cancelled(reason: unknown): void;
}

/**
 * ```text
 * open ──close()──▶ closing ──last chunk handed over──▶ done
 *   └────────────────cut(), cancel()──────────────────▶ done
 * ```
 */
type OutgoingState = "open" | "closing" | "done";

/**
 * Hands over to the sink what is written: everything that is written in one go becomes one chunk, when the sink asks for it.
 * A chunk costs the platforms ten times as much as a small ticket, and their own queues become slow when they are long, so
 * nothing waits in the sink. What waits is encoded and in the writer.
 */
export class OutgoingChunks implements ChunkSource {
  readonly #writer: FrameWriter;
  readonly #maxBufferedBytes: number;
  readonly #sink: ChunkSink;
  readonly #events: OutgoingEvents;
  #state: OutgoingState = "open";
  /** The sink has asked for a chunk that it has not got yet. */
  #isWanted = false;
  #flushIsDue = false;
  /** How many bytes waited when the flush last looked, and how often it has found no more since. */
  #seenBytes = 0;
  #quietMicrotasks = 0;
  /** Limits the bytes of large messages that are on their way, where the peer acknowledges them. */
  #largeMessages: { readonly window: LargeMessageWindow; readonly clock: Clock } | undefined;

  constructor(writer: FrameWriter, maxBufferedBytes: number, sink: ChunkSink, events: OutgoingEvents) {
    this.#writer = writer;
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#sink = sink;
    this.#events = events;
    sink.open(this);
  }

  /** Whether everything has been handed over that ever will. */
  get done(): boolean {
    return this.#state === "done";
  }

  /** Bytes that wait to be taken. */
  get waitingBytes(): number {
    return this.#writer.byteLength;
  }

  /** Whether more waits than is allowed. */
  get full(): boolean {
    return this.waitingBytes > this.#maxBufferedBytes;
  }

  /** Something has been written. It leaves when nothing more is written for some microtasks, if the sink has asked for it. */
  written(): void {
    if (this.#isWanted && this.#writer.takeableBytes >= FULL_CHUNK_BYTES) this.#handOver();
    if (this.#writer.openBytes >= BLOCK_BYTES) this.#writer.setAside();
    if (this.#isWanted || this.full) this.#scheduleFlush();
  }

  /** From now on the peer acknowledges large messages, and the bytes of them that are on their way are limited. */
  limitLargeMessages(clock: Clock, fragmentBytes: number): void {
    this.#largeMessages = { window: new LargeMessageWindow(fragmentBytes), clock };
    this.#writer.maxAskedBytes = this.#largeMessages.window.maxBytes;
  }

  /** The peer acknowledges nothing more. */
  unlimitLargeMessages(): void {
    this.#largeMessages = undefined;
    this.#writer.maxAskedBytes = Infinity;
    this.#goOn();
  }

  /** The peer acknowledges bytes of large messages; false if they were never sent. */
  acked(bytes: number): boolean {
    if (this.#largeMessages === undefined) return true;
    const { window, clock } = this.#largeMessages;
    const areSent = window.acked(bytes, clock.now());
    this.#writer.maxAskedBytes = window.maxBytes;
    this.#goOn();
    return areSent;
  }

  /** Nothing follows what is written. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    if (this.#isWanted || this.waitingBytes === 0) this.#handOver();
  }

  /** Drops what is written, and tells the sink that not everything was sent. */
  cut(reason: Error): void {
    if (this.#state === "done") return;
    this.#state = "done";
    this.#writer.drop();
    this.#sink.cut(reason);
  }

  pull(): void {
    if (this.#state === "done") return;
    this.#isWanted = true;
    this.#events.pulled();
    if (this.#state === "closing") this.#handOver();
    else if (this.#writer.takeableBytes >= FULL_CHUNK_BYTES) this.#handOver();
    else if (this.#writer.takeableBytes > 0) this.#scheduleFlush();
  }

  cancel(reason: unknown): void {
    if (this.#state === "done") return;
    this.#state = "done";
    this.#writer.drop();
    this.#events.cancelled(reason);
  }

  #scheduleFlush(): void {
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    this.#quietMicrotasks = 0;
    queueSwiftly(this.#flush);
  }

  readonly #flush = (): void => {
    const byteLength = this.waitingBytes;
    this.#quietMicrotasks = byteLength === this.#seenBytes ? this.#quietMicrotasks + 1 : 0;
    this.#seenBytes = byteLength;
    if (this.#isWanted && this.#quietMicrotasks < QUIET_MICROTASKS) return queueSwiftly(this.#flush);
    this.#flushIsDue = false;
    if (this.#state !== "open") return;
    if (this.#isWanted && this.#writer.takeableBytes > 0) this.#handOver();
    else if (this.full) this.#events.overflowed(byteLength);
  };

  #goOn(): void {
    if (!this.#isWanted || this.#writer.takeableBytes === 0) return;
    if (this.#state === "closing" || this.#writer.takeableBytes >= FULL_CHUNK_BYTES) this.#handOver();
    else this.#scheduleFlush();
  }

  #handOver(): void {
    if (this.#state === "done") return;
    const chunk = this.#writer.takeNext();
    if (chunk !== undefined) {
      this.#isWanted = false;
      this.#largeMessages?.window.sent(this.#writer.askedBytes, this.#largeMessages.clock.now());
      this.#sink.chunk(chunk);
      this.#events.handedOver(chunk.byteLength);
    }
    if (this.#state === "closing" && this.waitingBytes === 0) this.#finish();
  }

  #finish(): void {
    this.#state = "done";
    this.#sink.end();
    this.#events.finished();
  }
}
