import { queueAfterMicrotasks } from "../after_microtasks.ts";
import { type Clock, queueAfterEvents, queueSwiftly } from "../clock.ts";
import type { Transport } from "../links/transport.ts";
import type { FrameWriter } from "../wire/frame_writer.ts";
import { LargeMessageWindow } from "./large_message_window.ts";

/** If more than this is written in one go, a first chunk is handed over before the rest is written. */
const FULL_CHUNK_BYTES = 65_536;
/**
 * Microtasks in which nothing more is written, after which what is written leaves where the platform does not tell when none
 * waits any more. An async generator takes some from one `yield` to the next. When each message left as a chunk of its own, a
 * stream between two async generators made 14,000 messages a second over a socket; with eight microtasks it made 130,000, and
 * a single call took no longer (Deno 2.9). Node, Bun and Deno tell: to look in each microtask took a ninth of the time of a
 * stream of small messages on Node and a sixth on Deno.
 */
const QUIET_MICROTASKS = 8;
/**
 * What waits beyond this is set aside as a chunk of its own. One buffer for everything would be copied whenever it grows, up
 * to 32 MB at a time, and block everything else meanwhile.
 */
const BLOCK_BYTES = 1_048_576;

/**
 * Chunks after which the platform's events have their turn. A stream whose transport always has room would keep them away for
 * ever, also the one that says that its client has gone: a server on Node 26 stood still when clients left streams.
 */
const CHUNKS_PER_TURN = 64;

/** What an exchange is told of its outgoing chunks. Nothing here may throw. */
export interface OutgoingEvents {
  /** The transport has room: all earlier chunks have been taken. */
  pulled(): void;
  /** A chunk has been handed over. */
  handedOver(bytes: number): void;
  /** The last chunk has been handed over after {@linkcode OutgoingChunks.close}. */
  finished(): void;
  /** The transport takes nothing more. */
  cancelled(reason: unknown): void;
}

/**
 * ```text
 * open ──close()──▶ closing ──last chunk handed over──▶ ended
 *   └──────────┴──────────stop(), cancel()────────────▶ stopped
 * ```
 */
type OutgoingState = "open" | "closing" | "ended" | "stopped";

/**
 * Sends what is written: everything that is written in one go becomes one chunk, when the transport has room for it. A chunk
 * costs the platforms ten times as much as a small ticket, and their own queues become slow when they are long, so no more
 * than one waits in the transport. What waits otherwise is encoded and in the writer.
 */
export class OutgoingChunks {
  readonly #writer: FrameWriter;
  readonly #transport: Pick<Transport, "send">;
  readonly #events: OutgoingEvents;
  #state: OutgoingState = "open";
  /** Whether the transport has room for a chunk. */
  #hasRoom = true;
  #flushIsDue = false;
  /** How many chunks have been sent. */
  #chunks = 0;
  /** How many microtasks have passed since something was written. */
  #quietMicrotasks = 0;
  /** Limits the bytes of large messages that are on their way, where the peer acknowledges them. */
  #largeMessages: { readonly window: LargeMessageWindow; readonly clock: Clock } | undefined;

  constructor(
    writer: FrameWriter,
    transport: Pick<Transport, "send">,
    events: OutgoingEvents,
  ) {
    this.#writer = writer;
    this.#transport = transport;
    this.#events = events;
  }

  /** Whether everything has been handed over that ever will. */
  get done(): boolean {
    return this.#state === "ended" || this.#state === "stopped";
  }

  /** Whether everything has been handed over. */
  get ended(): boolean {
    return this.#state === "ended";
  }

  /** Whether what is written can leave soon. */
  get hasRoom(): boolean {
    return this.#hasRoom;
  }

  /** Bytes that wait to be taken. */
  get waitingBytes(): number {
    return this.#writer.byteLength;
  }

  /** Something has been written. It leaves when the code that writes is done, microtasks included, if there is room for it. */
  written(): void {
    this.#quietMicrotasks = 0;
    if (this.#hasRoom && this.#writer.takeableBytes >= FULL_CHUNK_BYTES) this.#handOver();
    if (this.#writer.openBytes >= BLOCK_BYTES) this.#writer.setAside();
    if (this.#hasRoom) this.#scheduleFlush();
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
    if (this.#hasRoom || this.waitingBytes === 0) this.#handOver();
  }

  /** Drops what is written. */
  stop(): void {
    if (this.done) return;
    this.#state = "stopped";
    this.#writer.drop();
  }

  /** The transport takes nothing more. */
  cancel(reason: unknown): void {
    if (this.done) return;
    this.stop();
    this.#events.cancelled(reason);
  }

  #scheduleFlush(): void {
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    if (queueAfterMicrotasks(this.#flushNow)) return;
    this.#quietMicrotasks = 0;
    queueSwiftly(this.#flush);
  }

  readonly #flush = (): void => {
    this.#quietMicrotasks += 1;
    if (!this.#hasRoom || this.#quietMicrotasks > QUIET_MICROTASKS) return this.#flushNow();
    queueSwiftly(this.#flush);
  };

  readonly #flushNow = (): void => {
    this.#flushIsDue = false;
    if (this.#state !== "open") return;
    if (this.#hasRoom && this.#writer.takeableBytes > 0) this.#handOver();
  };

  #goOn(): void {
    if (!this.#hasRoom || this.#writer.takeableBytes === 0) return;
    if (this.#state === "closing" || this.#writer.takeableBytes >= FULL_CHUNK_BYTES) this.#handOver();
    else this.#scheduleFlush();
  }

  #handOver(): void {
    if (this.done) return;
    const chunk = this.#writer.takeNext();
    if (chunk !== undefined) {
      this.#noteLarge();
      this.#send(chunk);
      this.#events.handedOver(chunk.byteLength);
    }
    if (this.#state === "closing" && this.waitingBytes === 0) this.#finish();
  }

  #noteLarge(): void {
    const { askedBytes } = this.#writer;
    if (this.#largeMessages === undefined || askedBytes === 0) return;
    this.#largeMessages.window.sent(askedBytes, this.#largeMessages.clock.now());
  }

  #send(chunk: Uint8Array): void {
    this.#hasRoom = false;
    // A transport that has room at once gets the next chunk from another microtask, so that none of them is at work.
    const room = this.#transport.send(chunk);
    this.#chunks += 1;
    const goOn = this.#chunks % CHUNKS_PER_TURN === 0 ? this.#roomAfterEvents : this.#roomAgain;
    if (room === undefined) queueMicrotask(goOn);
    else room.then(goOn, this.#refused);
  }

  readonly #roomAfterEvents = (): void => queueAfterEvents(this.#roomAgain);

  readonly #roomAgain = (): void => {
    if (this.done) return;
    this.#hasRoom = true;
    this.#events.pulled();
    this.#goOn();
  };

  readonly #refused = (reason: unknown): void => this.cancel(reason);

  #finish(): void {
    this.#state = "ended";
    this.#events.finished();
  }
}
