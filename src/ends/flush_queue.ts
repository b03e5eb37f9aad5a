import { queueSwiftly } from "../clock.ts";
import { type Link, NULL_LINK } from "../links/link.ts";
import type { Ticket } from "../links/ticket.ts";
import type { TicketIntake } from "../links/ticket_intake.ts";

/** Something that has tickets to send: an operation, or a single refusal. */
export interface TicketSource {
  /** Whether it waits in the {@linkcode FlushQueue}, which alone sets it. */
  scheduled: boolean;
  /** Takes the next ticket to send, or `undefined` if none can be sent now. */
  nextTicket(): Ticket | undefined;
  /** Called when the peer link has accepted a ticket. */
  ticketSent(ticket: Ticket): void;
  /** Called when the peer link threw. The queue asks for no more tickets in this turn. */
  linkFailed(): void;
}

/** Slots that are kept at most. */
const MAX_KEPT_SLOTS = 1_024;

/**
 * Sends the tickets of an end's operations in the microtask after the code that wrote them, so that everything that one stretch
 * of code writes is merged into as few tickets as possible (S18).
 */
export class FlushQueue {
  /** The link that receives the tickets. */
  peerLink: Link = NULL_LINK;
  /** Takes what the peer link answers when that has taken the ticket (S47). */
  readonly #intake: TicketIntake;
  /** Called with each exception that the peer link throws. */
  readonly #report: (error: unknown) => void;
  /** Those that wait, as many as {@linkcode FlushQueue.#count}; empty slots behind them. */
  #sources: (TicketSource | undefined)[] = [];
  #count = 0;
  /** Empty slots for those that come while the others send: a new list for each turn would take 150 bytes. */
  #spare: (TicketSource | undefined)[] = [];

  constructor(intake: TicketIntake, report: (error: unknown) => void) {
    this.#intake = intake;
    this.#report = report;
  }

  /** Sends a source's tickets in the next microtask. */
  schedule(source: TicketSource): void {
    if (source.scheduled) return;
    source.scheduled = true;
    this.#sources[this.#count] = source;
    this.#count += 1;
    if (this.#count === 1) queueSwiftly(this.#flush);
  }

  readonly #flush = (): void => {
    const sources = this.#sources;
    const count = this.#count;
    this.#sources = this.#spare;
    this.#spare = sources;
    this.#count = 0;
    for (let i = 0; i < count; i++) {
      const source = sources[i] as TicketSource; // there are so many
      sources[i] = undefined;
      source.scheduled = false;
      this.#send(source);
    }
    if (count > MAX_KEPT_SLOTS) sources.length = 0;
  };

  #send(source: TicketSource): void {
    for (let ticket = source.nextTicket(); ticket !== undefined; ticket = source.nextTicket()) {
      try {
        this.#intake.emit(this.peerLink, ticket);
      } catch (error) {
        source.linkFailed();
        return this.#report(error);
      }
      source.ticketSent(ticket);
    }
  }
}
