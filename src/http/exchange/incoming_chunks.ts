import { textOf } from "../../links/thrown.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import type { FairScheduler } from "./fair_scheduler.ts";
import { type FrameEvents, IncomingFrames, type TicketSink } from "./incoming_frames.ts";

/** What takes what comes from the peer: the chunks of a body, or messages. Nothing here throws. */
export interface ChunkReceiver {
  /** A chunk has come. */
  chunk(bytes: Uint8Array): void;
  /** Nothing follows, which proves nothing: most HTTP/2 cancels look just so. */
  ended(): void;
  /** Nothing follows, since reading has failed. */
  failed(error: unknown): void;
}

/** Where chunks come from. One that cannot be paused may go on: what comes is kept until it is wanted. */
export interface ChunkSupply {
  /** Brings nothing more after the chunk in work, until resumed. */
  pause(): void;
  /** Goes on. */
  resume(): void;
  /** Brings nothing more, ever. */
  stop(reason: unknown): void;
}

/**
 * Why nothing is read for now: what waits for the mate's grants is too much (S46), the peer has given up too many
 * operations of late (P9.11), or it is others' turn.
 */
export type PauseReason = "grants" | "unawaited" | "slice";

/** What a chunk that waits costs beside its bytes, so that many small ones count for what they are. */
const WAITING_CHUNK_BYTES = 128;

/** What an exchange hears of what comes, beside its tickets and control items. Nothing here may throw. */
export interface IncomingEvents extends FrameEvents {
  /** Bytes have come. */
  arrived(bytes: number): void;
  /** A chunk is read now; these bytes belong to its tickets, those of earlier chunks included. */
  reading(bytes: number): void;
  /** As much of it as could be has been read. */
  read(): void;
  /** Nothing holds back any more what has come in the meantime. */
  resumed(): void;
  /** All has been read that there is; with an error if there might be more. */
  ended(error?: string): void;
}

/**
 * What comes: one chunk after the other, each read when nothing holds it back, and no more in one turn than others can
 * wait for: a chunk of 400 KB, as HTTP/1.1 brings them, can begin 10,000 operations.
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
  /** For which of them the supply is paused as well. */
  readonly #suppliesPausedFor: Set<PauseReason> = new Set();
  /** What has come and is not read, in order; `undefined` where something has been. */
  #waiting: (Uint8Array | undefined)[] = [];
  /** The first of them: taking it away by `shift()` would be quadratic in many small messages. */
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

  /** Whether reading waits for something on this side. */
  get paused(): boolean {
    return this.#pausedFor.size > 0;
  }

  /** Whether nothing is read for now, and what comes is taken all the same. */
  get holding(): boolean {
    return this.paused && this.#suppliesPausedFor.size === 0;
  }

  /** Bytes that have come. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Bytes that wait: to be read, or for the rest of their frame or of its ticket. */
  get waitingBytes(): number {
    const { partialBytes, joinedBytes, restBytes } = this.#frames;
    const chunkBytes = WAITING_CHUNK_BYTES * (this.#waiting.length - this.#first);
    return this.#waitingBytes + chunkBytes + partialBytes + joinedBytes + restBytes;
  }

  /** Says who brings the chunks, so that it can be paused and stopped. */
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

  /** What waits is not read any more: nobody would get an answer. */
  failed(error: unknown): void {
    if (this.#isDone) return;
    this.#forget();
    this.#events.ended(textOf(error));
  }

  /** Reads no more chunks. */
  pause(reason: PauseReason): void {
    this.#pausedFor.add(reason);
    this.#suppliesPausedFor.add(reason);
    this.#supply?.pause();
  }

  /** Reads no more chunks, but takes those that come, for the others to see how much that is. */
  hold(reason: PauseReason): void {
    this.#pausedFor.add(reason);
  }

  /** Reads on, if there is no other reason not to. */
  resume(reason: PauseReason): void {
    if (!this.#pausedFor.delete(reason)) return;
    if (this.#suppliesPausedFor.delete(reason) && this.#suppliesPausedFor.size === 0) this.#supply?.resume();
    if (this.#pausedFor.size > 0) return;
    this.#events.resumed();
    // Not at once: whoever says so may be the mate, at work itself.
    if (this.#hasMore || this.#hasEnded) queueMicrotask(() => this.#readOn());
  }

  /** As {@linkcode resume}, but with what else has waited for a turn: many may have waited for the same moment. */
  resumeScheduled(reason: PauseReason): void {
    if (this.#hasMore) this.#yieldToOthers();
    this.resume(reason);
  }

  /** Reads nothing more, ever. */
  stop(reason: unknown): void {
    this.#forget();
    this.#supply?.stop(reason);
  }

  /** Takes no notice of what is still to come, and waits for nothing but its end. */
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
    // A pause may come when the end has been read already: what waits for grants is to be delivered before it.
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
