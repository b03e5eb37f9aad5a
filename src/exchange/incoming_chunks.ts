import { textOf } from "../links/thrown.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import type { FairScheduler } from "./fair_scheduler.ts";
import { type FrameEvents, IncomingFrames, type TicketSink } from "./incoming_frames.ts";

/** Takes the chunks that the peer sends, from a body or as messages. Nothing here throws. */
export interface ChunkReceiver {
  /** A chunk has come. */
  chunk(bytes: Uint8Array): void;
  /** Nothing follows. This proves nothing, since most cancellations of HTTP/2 look the same. */
  ended(): void;
  /** Nothing follows, since reading has failed. */
  failed(error: unknown): void;
}

/** What brings the chunks. If it cannot be paused it may go on, and the chunks are kept until they are wanted. */
export interface ChunkSupply {
  /** Brings nothing more after the present chunk, until resumed. */
  pause(): void;
  /** Goes on. */
  resume(): void;
  /** Brings nothing more, ever. */
  stop(reason: unknown): void;
}

/**
 * Why reading is paused: too much waits for grants of the local end (S46), the peer has recently aborted too many operations
 * (P9.11), or the time slice is over.
 */
export type PauseReason = "grants" | "unawaited" | "slice";

/** What a chunk that waits costs beside its bytes, so that many small ones count for what they are. */
const WAITING_CHUNK_BYTES = 128;

/** What an exchange is told of incoming chunks, beside tickets and control items. Nothing here may throw. */
export interface IncomingEvents extends FrameEvents {
  /** Bytes have been received. */
  arrived(bytes: number): void;
  /** A chunk is going to be read. So many bytes belong to its tickets, those of earlier chunks included. */
  reading(bytes: number): void;
  /** As much of it has been read as possible. */
  read(): void;
  /** Reading is not paused any more. */
  resumed(): void;
  /** Everything has been read; with an error if there might be more. */
  ended(error?: string): void;
}

/**
 * Reads the chunks that are received, one after the other, unless reading is paused. It reads no longer than a time slice at
 * once: a chunk of 400 KB, as HTTP/1.1 brings them, can begin 10,000 operations.
 *
 * ```text
 * reading ◀──pause(), resume()──▶ paused      either ──ended() or failed(), and nothing waits──▶ done
 *    └──────────────────────────────┴──stop()──▶ done
 * ```
 */
export class IncomingChunks implements ChunkReceiver {
  readonly #frames: IncomingFrames;
  readonly #events: IncomingEvents;
  readonly #scheduler: FairScheduler;
  readonly #pausedFor: Set<PauseReason> = new Set();
  /** For which of these reasons the supply is paused as well. */
  readonly #suppliesPausedFor: Set<PauseReason> = new Set();
  #isSupplyPaused = false;
  /** The chunks that wait to be read, in order; `undefined` in place of those that have been read. */
  #waiting: (Uint8Array | undefined)[] = [];
  /** The index of the first chunk that waits: `shift()` would be quadratic in many small messages. */
  #first = 0;
  #waitingBytes = 0;
  #receivedBytes = 0;
  #supply: ChunkSupply | undefined;
  #hasEnded = false;
  #isReading = false;
  #isDone = false;

  constructor(settings: ExchangeSettings, scheduler: FairScheduler, tickets: TicketSink, events: IncomingEvents) {
    this.#scheduler = scheduler;
    this.#events = events;
    this.#frames = new IncomingFrames(settings, tickets, events);
  }

  /** Whether the peer's last frame has been read. */
  get peerHasEnded(): boolean {
    return this.#frames.ended;
  }

  /** Whether nothing more will be read. */
  get done(): boolean {
    return this.#isDone;
  }

  /** Whether reading is paused. */
  get paused(): boolean {
    return this.#pausedFor.size > 0;
  }

  /** Whether reading is paused and the supply is not. */
  get holding(): boolean {
    return this.paused && this.#suppliesPausedFor.size === 0;
  }

  /** Bytes that have been received. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Bytes that wait to be read, or for the rest of their frame or ticket. */
  get waitingBytes(): number {
    const { partialBytes, joinedBytes, restBytes } = this.#frames;
    const chunkBytes = WAITING_CHUNK_BYTES * (this.#waiting.length - this.#first);
    return this.#waitingBytes + chunkBytes + partialBytes + joinedBytes + restBytes;
  }

  /** Sets what brings the chunks, so that it can be paused and stopped. */
  attach(supply: ChunkSupply): void {
    this.#supply = supply;
  }

  chunk(bytes: Uint8Array): void {
    if (this.#isDone) return;
    this.#receivedBytes += bytes.byteLength;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    this.#events.arrived(bytes.byteLength);
    this.#readOn();
  }

  ended(): void {
    this.#hasEnded = true;
    this.#readOn();
  }

  /** Chunks that wait are not read any more, since no answer could be sent. */
  failed(error: unknown): void {
    if (this.#isDone) return;
    this.#forget();
    this.#events.ended(textOf(error));
  }

  /** Pauses reading, and the supply of chunks. */
  pause(reason: PauseReason): void {
    this.#pausedFor.add(reason);
    this.#suppliesPausedFor.add(reason);
    this.#isSupplyPaused = true;
    this.#supply?.pause();
  }

  /** Pauses reading, but takes the chunks that come, so that they are counted. */
  hold(reason: PauseReason): void {
    this.#pausedFor.add(reason);
  }

  /** Reads on, unless reading is paused for another reason. */
  resume(reason: PauseReason): void {
    if (!this.#pausedFor.delete(reason)) return;
    this.#suppliesPausedFor.delete(reason);
    if (this.#pausedFor.size === 0) this.#events.resumed();
    // What comes next may end the exchange, so it is not read amid the work that lets reading go on.
    if (this.#isSupplyPaused || this.#hasMore || this.#hasEnded) queueMicrotask(() => this.#goOn());
  }

  #goOn(): void {
    if (this.#isSupplyPaused && this.#suppliesPausedFor.size === 0) {
      this.#isSupplyPaused = false;
      this.#supply?.resume();
    }
    this.#readOn();
  }

  /** As {@linkcode resume}, but through the scheduler, since many exchanges may wait for the same moment. */
  resumeScheduled(reason: PauseReason): void {
    if (this.#hasMore) this.#yieldToOthers();
    this.resume(reason);
  }

  /** Reads nothing more, ever. */
  stop(reason: unknown): void {
    this.#forget();
    this.#supply?.stop(reason);
  }

  /** Ignores what is still to come, and waits for its end only. */
  ignoreRest(): void {
    this.#frames.stop();
    for (const reason of [...this.#pausedFor]) this.resume(reason);
  }

  #forget(): void {
    this.#isDone = true;
    this.#scheduler.remove(this.#resumeSlice);
    this.#frames.stop();
    this.#waiting = [];
    this.#first = 0;
    this.#waitingBytes = 0;
  }

  get #hasMore(): boolean {
    return this.#frames.unfinished || this.#first < this.#waiting.length;
  }

  #readOn(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#frames.beginSlice();
    while (!this.paused && this.#hasMore) this.#readNext();
    this.#isReading = false;
    // Reading may be paused when the end has come already: what waits for grants is delivered before the end.
    if (!this.#hasEnded || this.#hasMore || this.paused || this.#isDone) return;
    this.#isDone = true;
    this.#events.ended();
  }

  #readNext(): void {
    if (this.#frames.unfinished) this.#frames.resume();
    else this.#readChunk(this.#takeChunk());
    this.#events.read();
    if (this.#frames.isSliceSpent && this.#hasMore && !this.paused) this.#yieldToOthers();
  }

  #yieldToOthers(): void {
    this.pause("slice");
    this.#scheduler.add(this.#resumeSlice);
  }

  readonly #resumeSlice = (): void => this.resume("slice");

  #takeChunk(): Uint8Array {
    const chunk = this.#waiting[this.#first]!;
    this.#waiting[this.#first] = undefined;
    this.#first += 1;
    this.#waitingBytes -= chunk.byteLength;
    if (this.#first < this.#waiting.length) return chunk;
    this.#waiting.length = 0;
    this.#first = 0;
    return chunk;
  }

  #readChunk(chunk: Uint8Array): void {
    this.#events.reading(this.#frames.partialBytes + chunk.byteLength);
    this.#frames.push(chunk);
  }
}
