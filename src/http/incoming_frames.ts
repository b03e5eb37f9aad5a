import { Code } from "../links/mod.ts";
import { type ControlItem, FrameReader, type TicketFields, WireError } from "../wire/mod.ts";
import { ControlDesk, type ControlEvents } from "./control_desk.ts";
import { textOf, unreadable, violation } from "./exchange_failure.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";

/** Where the tickets of a body go. */
export interface TicketSink {
  /** Takes a ticket. */
  receive: (wireId: number, named: number | undefined, fields: TicketFields | undefined, payload: unknown) => void;
  /** Takes the news of one that cannot be read. */
  receiveBad: (wireId: number, error: WireError) => void;
}

/** Reads the frames of one body: the hello first, then whatever comes, and nothing after the end. */
export class IncomingFrames {
  readonly #reader: FrameReader;
  readonly #control: ControlDesk;
  readonly #tickets: TicketSink;
  readonly #events: ControlEvents;

  constructor(settings: ExchangeSettings, tickets: TicketSink, events: ControlEvents) {
    this.#tickets = tickets;
    this.#events = events;
    this.#control = new ControlDesk(settings.clock, settings.maxControlItemsPerSecond, events);
    this.#reader = new FrameReader({
      ticket: (wireId, named, fields, payload) => this.#ticket(wireId, named, fields, payload),
      badTicket: (wireId, error) => this.#badTicket(wireId, error),
      control: (item: ControlItem) => this.#control.accept(item),
    }, { ...settings.wire, payloads: settings.payloads });
  }

  /** Whether the end item has been read. */
  get ended(): boolean {
    return this.#reader.ended;
  }

  /** Bytes of a frame that has not arrived as a whole. */
  get partialBytes(): number {
    return this.#reader.partialBytes;
  }

  /** Reads the next chunk. */
  push(chunk: Uint8Array): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#events.failed(error instanceof WireError ? unreadable(error) : violation(Code.INTERNAL, textOf(error)));
    }
  }

  /** Reads nothing more. */
  stop(): void {
    this.#reader.stop();
  }

  #ticket(wireId: number, named: number | undefined, fields: TicketFields | undefined, payload: unknown): void {
    if (!this.#control.greeted) return this.#early(wireId);
    // One that says nothing costs its receiver as much as one that says something, and its sender five bytes.
    if (fields === undefined && payload === undefined && !this.#control.tolerates()) return;
    this.#tickets.receive(wireId, named, fields, payload);
  }

  #badTicket(wireId: number, error: WireError): void {
    if (!this.#control.greeted) return this.#early(wireId);
    if (this.#control.tolerates()) this.#tickets.receiveBad(wireId, error);
  }

  #early(wireId: number): void {
    const message = `Cannot begin the exchange: got a ticket of operation ${wireId} before the hello`;
    this.#events.failed(violation(Code.INTERNAL, message));
  }
}
