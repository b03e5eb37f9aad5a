import type { TicketFields } from "../wire/ticket_fields.ts";
import { INITIAL_WINDOW_PAYLOADS, MAX_WINDOW_PAYLOADS } from "../limits.ts";

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
  #held: HeldTicket[] = [];
  #first = 0;
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
    return this.#first === this.#held.length;
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
    const ticket = this.#held[this.#first];
    if (ticket === undefined) return undefined;
    const isWhole = !this.#hasDropped && this.#charge(ticket.payload);
    if (!isWhole && !this.#drops) return undefined;
    this.#hasDropped = !isWhole;
    this.#first += 1;
    this.#heldBytes -= ticket.bytes;
    if (this.empty) this.#forget();
    else if (this.#first > 1_024) this.#compact();
    return isWhole ? ticket : withoutContent(ticket);
  }

  /** Drops all that is held: an abort overtakes it (S7, S22). */
  clear(): void {
    this.#forget();
    this.#heldBytes = 0;
  }

  #charge(payload: unknown): boolean {
    if (payload === undefined) return true;
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }

  #forget(): void {
    this.#held = [];
    this.#first = 0;
  }

  /** Frees the tickets that have passed; copies the rest at most once for 1,024 of them. */
  #compact(): void {
    if (this.#first * 2 < this.#held.length) return;
    this.#held = this.#held.slice(this.#first);
    this.#first = 0;
  }
}

function withoutContent({ number, fields, bytes }: HeldTicket): HeldTicket {
  const others = fields && { ...fields, code: undefined, message: undefined, terminalMetadata: undefined };
  return { number, fields: others, payload: undefined, bytes };
}

/** How many smaller sizes it takes to forget most of a larger one. */
const MEMORY = 64;

/** The largest of the sizes seen recently, as an estimate of the next ones. */
export class RecentSizes {
  #largestBytes = 0;

  /** The largest recent size; 0 if none has been seen. */
  get largestBytes(): number {
    return this.#largestBytes;
  }

  /** Notes a size. A larger one counts at once. */
  note(bytes: number): void {
    if (bytes >= this.#largestBytes) this.#largestBytes = bytes;
    else this.#largestBytes += (bytes - this.#largestBytes) / MEMORY;
  }
}

/** The assumed size of a payload on an exchange that has not seen any. */
const UNSEEN_PAYLOAD_BYTES = 65_536;

/**
 * What the peer has granted one operation, and how much of it has been passed on to the local end. It knows no ticket,
 * exchange or time.
 *
 * Allowance counts payloads, but what may wait is bounded in bytes. So the local end has at most as many unused grants as
 * payloads fit into a portion of bytes, if all are as large as the largest recent one. Before the first payload the sizes
 * of other operations serve as an estimate. This class extends the sizes of its own payloads, so that there is one object
 * for each operation.
 */
export class OperationCredit extends RecentSizes {
  readonly #others: RecentSizes;
  #withheld = 0;
  #unspent = 0;

  /** Takes the sizes of the first payloads of all operations. */
  constructor(others: RecentSizes) {
    super();
    this.#others = others;
  }

  /** Payloads that the peer has granted and that have not been passed on. */
  get withheld(): number {
    return this.#withheld;
  }

  /** Adds what the peer has granted. */
  grant(payloads: number): void {
    this.#withheld = Math.min(this.#withheld + payloads, Number.MAX_SAFE_INTEGER);
  }

  /** The local end has sent a payload, whose ticket has so many bytes on the wire. */
  sent(bytes: number): void {
    if (this.#unspent > 0) this.#unspent -= 1;
    if (this.largestBytes === 0) this.#others.note(bytes);
    this.note(bytes);
  }

  /** Whether more should be passed on, if the operation may have that many bytes. */
  isDue(portionBytes: number): boolean {
    return this.#withheld > 0 && 2 * this.#unspent <= this.#portion(portionBytes);
  }

  /** Takes the payloads that are to be passed on now, 0 for none, if the operation may have that many bytes. */
  take(portionBytes: number): number {
    // At half a portion the local end can go on with the other half. Sooner, there would be a grant for each payload.
    if (!this.isDue(portionBytes)) return 0;
    const payloads = Math.min(this.#withheld, this.#portion(portionBytes) - this.#unspent);
    this.#withheld -= payloads;
    this.#unspent += payloads;
    return payloads;
  }

  #portion(bytes: number): number {
    const { largestBytes } = this;
    const most = largestBytes > 0 ? MAX_WINDOW_PAYLOADS : INITIAL_WINDOW_PAYLOADS;
    const payloads = Math.round(bytes / (largestBytes || this.#others.largestBytes || UNSEEN_PAYLOAD_BYTES));
    return Math.max(1, Math.min(payloads, most));
  }
}
