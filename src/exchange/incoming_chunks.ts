import { keepContext } from "../keep_context.ts";
import type { Transport } from "../links/transport.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import type { FairScheduler } from "./fair_scheduler.ts";
import { type FrameEvents, IncomingFrames, type TicketSink } from "./incoming_frames.ts";

/**
 * Why reading is paused: too much waits for grants of the local end (S46), all exchanges together hold too much (P10.2), or
 * the time slice is over.
 */
export type PauseReason = "grants" | "budget" | "slice";

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
  /** Everything has been read that the peer sends. This proves nothing, since most cancellations of HTTP/2 look the same. */
  ended(): void;
  /** The transport has failed. */
  lost(error: unknown): void;
}

/**
 * Receives chunks and reads them, one after the other, unless reading is paused. It receives without waiting for what reads:
 * three unread bodies were enough to stall all others of an HTTP/2 connection (Deno, Chromium). It reads no longer than a
 * time slice at once: a chunk of 400 KB, as HTTP/1.1 brings them, can begin 10,000 operations.
 *
 * ```text
 * reading ◀──pause(), resume()──▶ paused      either ──the transport ends, and nothing waits, or it fails──▶ done
 *    └──────────────────────────────┴──stop()──▶ done
 * ```
 */
export class IncomingChunks {
  readonly #frames: IncomingFrames;
  readonly #events: IncomingEvents;
  readonly #scheduler: FairScheduler;
  readonly #pausedFor: Set<PauseReason> = new Set();
  /** For which of these reasons nothing is received either. */
  readonly #receivesNotFor: Set<PauseReason> = new Set();
  /** Goes on receiving. */
  #receiveAgain: () => void = () => {};
  /** The chunks that wait to be read, in order; `undefined` in place of those that have been read. */
  #waiting: (Uint8Array | undefined)[] = [];
  /** The index of the first chunk that waits: `shift()` would be quadratic in many small messages. */
  #first = 0;
  #waitingBytes = 0;
  #receivedBytes = 0;
  #hasEnded = false;
  #isReading = false;
  #isDone = false;
  /** What lets reading go on may belong to another exchange, whose `AsyncLocalStorage` this one's handlers must not see. */
  readonly #inContext = keepContext();

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

  /** Whether a chunk is being read just now. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** Whether chunks are received and not read. */
  get holding(): boolean {
    return this.paused && this.#receivesNotFor.size === 0;
  }

  /** Bytes that have been received. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Bytes that have come and are not read, since reading is held. */
  get unreadBytes(): number {
    return this.#waitingBytes;
  }

  /** Whether a message has come in part. */
  get isInMessage(): boolean {
    return this.#frames.messageBytes > 0;
  }

  /** Bytes of it. */
  get messageBytes(): number {
    return this.#frames.messageBytes;
  }

  /** Which message has come in part: another number for another message. */
  get messageNumber(): number {
    return this.#frames.messageNumber;
  }

  /** Bytes that wait to be read, or for the rest of their frame or ticket. */
  get waitingBytes(): number {
    const chunkBytes = WAITING_CHUNK_BYTES * (this.#waiting.length - this.#first);
    return this.#waitingBytes + chunkBytes + this.#frames.heldBytes;
  }

  /** Begins to receive. */
  receiveFrom(transport: Pick<Transport, "receive">): void {
    // The loop passes on all errors of the transport, so that this promise always resolves.
    void this.#run(transport);
  }

  /** Pauses reading and receiving. The chunk that is being waited for comes all the same, and is kept. */
  pause(reason: PauseReason): void {
    this.#pausedFor.add(reason);
    this.#receivesNotFor.add(reason);
  }

  /** Pauses reading, but takes the chunks that come, so that they are counted. */
  hold(reason: PauseReason): void {
    this.#pausedFor.add(reason);
  }

  /** Reads on, unless reading is paused for another reason. */
  resume(reason: PauseReason): void {
    if (!this.#pausedFor.delete(reason)) return;
    if (this.#receivesNotFor.delete(reason) && this.#receivesNotFor.size === 0) this.#receiveAgain();
    if (this.#pausedFor.size > 0) return;
    this.#events.resumed();
    // What comes next may end the exchange, so it is not read amid the work that lets reading go on.
    if (this.#hasMore || this.#hasEnded) this.#inContext(this.#readOn);
  }

  /** As {@linkcode resume}, but through the scheduler, since many exchanges may wait for the same moment. */
  resumeScheduled(reason: PauseReason): void {
    if (this.#hasMore) this.#yieldToOthers();
    this.resume(reason);
  }

  /** Reads nothing more, ever. */
  stop(): void {
    this.#isDone = true;
    this.#scheduler.remove(this.#resumeSlice);
    this.#frames.stop();
    this.#waiting = [];
    this.#first = 0;
    this.#waitingBytes = 0;
  }

  /** Ignores what is still to come, and waits for its end only. */
  ignoreRest(): void {
    this.#frames.stop();
    for (const reason of [...this.#pausedFor]) this.resume(reason);
  }

  async #run(transport: Pick<Transport, "receive">): Promise<void> {
    try {
      for (;;) {
        // One promise for each chunk: this one.
        const chunk = await transport.receive();
        if (this.#isDone) return;
        if (chunk === undefined) break;
        this.#received(chunk);
        if (this.#receivesNotFor.size > 0) await new Promise<void>((resolve) => this.#receiveAgain = resolve);
      }
      this.#hasEnded = true;
      this.#readOn();
    } catch (error) {
      this.#failed(error);
    }
  }

  #received(chunk: Uint8Array): void {
    this.#receivedBytes += chunk.byteLength;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.byteLength;
    this.#events.arrived(chunk.byteLength);
    this.#readOn();
  }

  /** Chunks that wait are not read any more, since no answer could be sent. */
  #failed(error: unknown): void {
    if (this.#isDone) return;
    this.stop();
    this.#events.lost(error);
  }

  get #hasMore(): boolean {
    return this.#frames.unfinished || this.#first < this.#waiting.length;
  }

  readonly #readOn = (): void => {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#frames.beginSlice();
    while (!this.paused && this.#hasMore) this.#readNext();
    this.#isReading = false;
    // Reading may be paused when the end has come already: what waits for grants is delivered before the end.
    if (!this.#hasEnded || this.#hasMore || this.paused || this.#isDone) return;
    this.#isDone = true;
    this.#events.ended();
  };

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
