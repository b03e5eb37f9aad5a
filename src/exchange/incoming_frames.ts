import { Code } from "../links/code.ts";
import type { ControlItem } from "../wire/control_item.ts";
import { FrameReader } from "../wire/frame_reader.ts";
import type { TicketFields } from "../wire/ticket_fields.ts";
import { type TicketProblem, WireError } from "../wire/wire_error.ts";
import { type ControlEvents, ControlHandler } from "./control_handler.ts";
import { unreadable, violation } from "./exchange_failure.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import { TimeSlice } from "./fair_scheduler.ts";

/** Takes the tickets of a body. */
export interface TicketSink {
  /** Takes a ticket, which has so many bytes. */
  receive: (
    wireId: number,
    named: number | undefined,
    fields: TicketFields | undefined,
    payload: unknown,
    bytes: number,
  ) => void;
  /** Takes what is known of a ticket that cannot be read. */
  receiveBad: (wireId: number, problem: TicketProblem, bytes: number) => void;
}

/** What an exchange is told of frames that are no tickets. */
export interface FrameEvents extends ControlEvents {
  /** The next ticket has come in fragments, with these bytes beside those of the chunk that is being read; 0 after it. */
  joined(bytes: number): void;
  /** Code on this side threw that must not. The peer is not told what. */
  report(error: unknown): void;
}

/** Reads the frames of one body: the hello first, then others in any order, and nothing after the end. */
export class IncomingFrames {
  readonly #reader: FrameReader;
  readonly #control: ControlHandler;
  readonly #tickets: TicketSink;
  readonly #events: FrameEvents;
  readonly #slice: TimeSlice;
  /** Whether the next ticket has come in fragments. */
  #isJoined = false;

  constructor(settings: ExchangeSettings, tickets: TicketSink, events: FrameEvents) {
    this.#tickets = tickets;
    this.#events = events;
    this.#slice = new TimeSlice(settings.clock, settings.slice);
    this.#control = new ControlHandler(settings.clock, settings.maxControlItemsPerSecond, events);
    this.#reader = new FrameReader({
      ticket: (wireId, named, fields, payload) => this.#ticket(wireId, named, fields, payload),
      badTicket: (wireId, problem) => this.#badTicket(wireId, problem),
      control: (item) => this.#controlItem(item),
      fragment: (wireId, askedBytes, joinedBytes) => this.#fragment(wireId, askedBytes, joinedBytes),
      givenUp: () => this.#givenUp(),
    }, { ...settings.wire, payloads: settings.payloads });
  }

  /** Whether the end item has been read. */
  get ended(): boolean {
    return this.#reader.ended;
  }

  /** Bytes of a frame that has arrived in part. */
  get partialBytes(): number {
    return this.#reader.partialBytes;
  }

  /** Bytes of a frame and of a ticket that have come in part. */
  get messageBytes(): number {
    return this.#reader.partialBytes + this.#reader.joinedBytes;
  }

  /** Which message has come in part. */
  get messageNumber(): number {
    return this.#reader.messageNumber;
  }

  /** Bytes that are not read yet, or wait for the rest of their frame or ticket. */
  get heldBytes(): number {
    return this.#reader.heldBytes;
  }

  /** Whether something of the last chunk is not processed yet. */
  get unfinished(): boolean {
    return this.#reader.restBytes > 0;
  }

  /** Whether others go on before anything more is read. */
  get isSliceSpent(): boolean {
    return this.#slice.spent;
  }

  /** Begins a time slice: what is read from now on counts towards it. */
  beginSlice(): void {
    this.#slice.begin();
  }

  /** Reads the next chunk, and all of it unless it is {@linkcode unfinished}, as when the time slice is over. */
  push(chunk: Uint8Array): void {
    this.#read(() => this.#reader.push(chunk));
  }

  /** Goes on where a chunk is {@linkcode unfinished}. */
  resume(): void {
    this.#read(() => this.#reader.resume());
  }

  /** Reads nothing more. */
  stop(): void {
    this.#reader.stop();
  }

  #read(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (error instanceof WireError) return this.#events.failed(unreadable(error));
      this.#events.report(error);
      this.#events.failed(violation(Code.INTERNAL, "Cannot go on with the exchange: it failed to read a frame"));
    }
  }

  #controlItem(item: ControlItem): void {
    if (this.#slice.spendOperation()) this.#reader.pause();
    this.#control.accept(item);
  }

  #ticket(wireId: number, named: number | undefined, fields: TicketFields | undefined, payload: unknown): void {
    if (fields === undefined ? this.#slice.spendTicket() : this.#slice.spendOperation()) this.#reader.pause();
    if (!this.#control.greeted) return this.#early(wireId);
    // An empty ticket costs its receiver as much as another one, and its sender five bytes.
    if (fields === undefined && payload === undefined && !this.#control.tolerates()) return;
    this.#tickets.receive(wireId, named, fields, payload, this.#reader.ticketBytes);
    if (this.#isJoined) this.#noteJoined(0);
  }

  #fragment(wireId: number, askedBytes: number, joinedBytes: number): void {
    if (this.#slice.spendTicket()) this.#reader.pause();
    if (!this.#control.greeted) return this.#early(wireId);
    if (askedBytes > 0) this.#events.answer({ kind: "taken", byteLength: askedBytes });
    if (joinedBytes > 0) this.#noteJoined(joinedBytes);
  }

  #givenUp(): void {
    if (this.#slice.spendTicket()) this.#reader.pause();
  }

  #noteJoined(bytes: number): void {
    this.#isJoined = bytes > 0;
    this.#events.joined(bytes);
  }

  #badTicket(wireId: number, problem: TicketProblem): void {
    if (this.#slice.spendOperation()) this.#reader.pause();
    if (!this.#control.greeted) return this.#early(wireId);
    if (this.#control.tolerates()) this.#tickets.receiveBad(wireId, problem, this.#reader.ticketBytes);
  }

  #early(wireId: number): void {
    const message = `Cannot begin the exchange: got a ticket of operation ${wireId} before the hello`;
    this.#events.failed(violation(Code.INTERNAL, message));
  }
}
