import { type Clock, queueSwiftly } from "../../clock.ts";
import type { FrameWriter } from "../../wire/mod.ts";
import { LargeMessageWindow } from "./large_message_window.ts";

/** Whoever writes more than this has a first chunk handed over before it is done. */
const FULL_CHUNK_BYTES = 65_536;
/**
 * Microtasks without a word after which what is written leaves. An async generator takes some from one `yield` to the next:
 * with a chunk for each, a stream of small messages between two async generators made 14,000 a second over a socket, with
 * eight of them 130,000, and a single call took no longer (Deno 2.9).
 */
const QUIET_MICROTASKS = 8;
/**
 * What waits beyond this is set aside as a chunk of its own. One buffer for all of it would be copied again and again as it
 * grows, up to 32 MB at a time, in which nobody else has a turn.
 */
const BLOCK_BYTES = 1_048_576;

/** What takes an exchange's chunks to the peer: a body, or messages. */
export interface ChunkSink {
  /** Begins; {@linkcode ChunkSource.pull} asks for chunks, one each time. */
  open(source: ChunkSource): void;
  /** Takes a chunk, which was asked for or is the last. */
  chunk(bytes: Uint8Array): void;
  /** Nothing follows. */
  end(): void;
  /** Nothing follows either, and what was said is not all. */
  cut(reason: Error): void;
}

/** What a sink takes its chunks from. */
export interface ChunkSource {
  /** Asks for a chunk, which comes when there is something to say: whatever was handed over before has been taken. */
  pull(): void;
  /** The sink takes nothing more. */
  cancel(reason: unknown): void;
}

/** What an exchange hears from its outgoing chunks. Nothing here may throw. */
export interface OutgoingEvents {
  /** The sink asks for a chunk: whatever was handed over before has been taken. */
  pulled(): void;
  /** A chunk has been handed over. */
  handedOver(bytes: number): void;
  /** More waits than may: the sink does not take it. */
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
 * What leaves: everything that is written in one go becomes one chunk, when the sink asks for it. A chunk costs the
 * platforms ten times what a small ticket does, and their own queues grow slow when they grow long, so nothing waits in
 * the sink: what waits, waits encoded in the writer.
 */
export class OutgoingChunks implements ChunkSource {
  readonly #writer: FrameWriter;
  readonly #maxBufferedBytes: number;
  readonly #sink: ChunkSink;
  readonly #events: OutgoingEvents;
  #state: OutgoingState = "open";
  /** The sink has asked for a chunk that it has not got yet. */
  #wanted = false;
  #flushIsDue = false;
  /** How much was written when the flush that is due last looked, and how often it has found no more since. */
  #seenBytes = 0;
  #quietMicrotasks = 0;
  /** What may be on its way of large tickets, where the peer says what it has taken, and by which clock. */
  #bound: { readonly window: LargeMessageWindow; readonly clock: Clock } | undefined;

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

  /** Whether more waits than may. */
  get full(): boolean {
    return this.waitingBytes > this.#maxBufferedBytes;
  }

  /** Something has been written: it leaves when whoever writes pauses, if it is wanted. */
  written(): void {
    if (this.#wanted && this.#writer.takeableBytes >= FULL_CHUNK_BYTES) this.#handOver();
    if (this.#writer.openBytes >= BLOCK_BYTES) this.#writer.setAside();
    if (this.#wanted || this.full) this.#scheduleFlush();
  }

  /** From now on the peer says what it has taken of large tickets, and no more is on its way than small ones can wait for. */
  limitLargeMessages(clock: Clock, fragmentBytes: number): void {
    this.#bound = { window: new LargeMessageWindow(fragmentBytes), clock };
    this.#writer.maxAskedBytes = this.#bound.window.maxBytes;
  }

  /** The peer says so no more. */
  unlimitLargeMessages(): void {
    this.#bound = undefined;
    this.#writer.maxAskedBytes = Infinity;
    this.#goOn();
  }

  /** The peer has taken bytes of large tickets; false if they never left. */
  taken(bytes: number): boolean {
    if (this.#bound === undefined) return true;
    const { window, clock } = this.#bound;
    const areSent = window.taken(bytes, clock.now());
    this.#writer.maxAskedBytes = window.maxBytes;
    this.#goOn();
    return areSent;
  }

  /** Says that nothing follows what is written. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    if (this.#wanted || this.waitingBytes === 0) this.#handOver();
  }

  /** Drops what is written, and tells the sink that this was not all. */
  cut(reason: Error): void {
    if (this.#state === "done") return;
    this.#state = "done";
    this.#writer.drop();
    this.#sink.cut(reason);
  }

  pull(): void {
    if (this.#state === "done") return;
    this.#wanted = true;
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
    if (this.#wanted && this.#quietMicrotasks < QUIET_MICROTASKS) return queueSwiftly(this.#flush);
    this.#flushIsDue = false;
    if (this.#state !== "open") return;
    if (this.#wanted && this.#writer.takeableBytes > 0) this.#handOver();
    else if (this.full) this.#events.overflowed(byteLength);
  };

  #goOn(): void {
    if (!this.#wanted || this.#writer.takeableBytes === 0) return;
    if (this.#state === "closing" || this.#writer.takeableBytes >= FULL_CHUNK_BYTES) this.#handOver();
    else this.#scheduleFlush();
  }

  #handOver(): void {
    if (this.#state === "done") return;
    const chunk = this.#writer.takeNext();
    if (chunk !== undefined) {
      this.#wanted = false;
      this.#bound?.window.sent(this.#writer.askedBytes, this.#bound.clock.now());
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
