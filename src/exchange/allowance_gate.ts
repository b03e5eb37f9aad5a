import { Fifo } from "../links/fifo.ts";
import type { TicketFields } from "../wire/ticket_fields.ts";

/** One ticket that came over the wire and waits. */
export interface HeldTicket {
  /** Its number on the wire. */
  readonly number: number;
  /** Its fields beside the payload. */
  readonly fields: TicketFields | undefined;
  /** Its payload. */
  readonly payload: unknown;
  /** Bytes of received chunks that it keeps alive. */
  readonly bytes: number;
}

/**
 * Lets the payloads that one operation receives through as far as the local end has granted, and holds the rest in order
 * (S46).
 *
 * On an exchange where grants cannot reach the sender, the sender's side grants in their place. The local end's own grants
 * take effect here. The gate knows no stream and no link.
 */
export class AllowanceGate {
  /** S14: the first payload needs no grant. */
  #credit = 1;
  readonly #held = new Fifo<HeldTicket>();
  #heldBytes = 0;
  /** Whether what is beyond the credit is dropped. */
  #drops = false;
  /** Whether a payload has been dropped, so that what follows is not all that its sender has sent. */
  #hasDropped = false;

  /** Bytes that the held tickets keep alive. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether nothing is held. */
  get empty(): boolean {
    return this.#held.length === 0;
  }

  /** Tells whether a ticket that has just arrived may pass, and if so charges its payload. */
  admit(payload: unknown): boolean {
    return this.empty && !this.#hasDropped && this.#charge(payload);
  }

  /** Holds a ticket that was not admitted. */
  hold(ticket: HeldTicket): void {
    this.#held.push(ticket);
    this.#heldBytes += ticket.bytes;
  }

  /** Adds what the local end has granted. */
  grant(allowance: number): void {
    this.#credit += allowance;
  }

  /**
   * Payloads beyond the credit are not waited for any more. Tickets pass without them, and the completion after them is
   * empty, so that what is left is not taken for the whole (S33).
   */
  dropUngranted(): void {
    this.#drops = true;
  }

  /** Takes the next held ticket that may pass now, if there is one. */
  release(): HeldTicket | undefined {
    const ticket = this.#held.peek();
    if (ticket === undefined) return undefined;
    const isWhole = !this.#hasDropped && this.#charge(ticket.payload);
    if (!isWhole && !this.#drops) return undefined;
    this.#hasDropped = !isWhole;
    this.#held.shift();
    this.#heldBytes -= ticket.bytes;
    return isWhole ? ticket : withoutContent(ticket);
  }

  /** Drops all that is held: an abort overtakes it (S7, S22). */
  clear(): void {
    this.#held.clear();
    this.#heldBytes = 0;
  }

  #charge(payload: unknown): boolean {
    if (payload === undefined) return true;
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }
}

function withoutContent({ number, fields, bytes }: HeldTicket): HeldTicket {
  const others = fields && { ...fields, code: undefined, message: undefined, terminalMetadata: undefined };
  return { number, fields: others, payload: undefined, bytes };
}
