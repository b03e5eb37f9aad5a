import { type OperationId, Subscription, Termination, type Ticket } from "../../links/mod.ts";
import type { TicketFields } from "../../wire/mod.ts";
import type { AllowanceGate } from "./allowance_gate.ts";
import type { OperationPace } from "./operation_pace.ts";
import { TicketCount } from "./ticket_count.ts";

/**
 * Tickets of one operation that a client keeps until it hears of it, to say them again where it never started (S40). An end
 * says two or three before it has a grant.
 */
const MAX_KEPT_TICKETS = 16;

const NOTHING_SAID: readonly Ticket[] = Object.freeze([]);

/** What carries an operation's tickets to the peer. */
export interface OperationCarrier {
  /** Sends a ticket of the link's mate. Never throws. */
  send(operation: ExchangeOperation, ticket: Ticket): void;
}

/** Which side of its operations an exchange is on. */
export type Side = "invocation" | "service";

/** Tells whether a termination is an abort: any but a completion. */
export function isAbort(termination: unknown): boolean {
  return termination !== undefined && termination !== Termination.COMPLETION;
}

/**
 * One operation as one exchange knows it: its two ids, and how far either direction has come.
 *
 * ```text
 * open ──both directions complete (or the one, if nothing is wanted of the other)──▶ finished ◀──an abort passes── open
 * ```
 */
export class ExchangeOperation {
  /** The id between the link and its mate. */
  readonly localId: OperationId;
  /** The id on the wire. */
  readonly wireId: number;
  /** What carries it. */
  readonly carrier: OperationCarrier;
  /** The tickets from the mate to the peer. */
  readonly outgoing = new TicketCount();
  /** The tickets from the peer to the mate, as the wire numbers them. */
  readonly incoming = new TicketCount();
  /** Holds what the mate has not granted, where grants do not reach the peer (S46). */
  readonly gate: AllowanceGate | undefined;
  /** What the peer has granted the mate, once it has granted anything. */
  pace: OperationPace | undefined;
  /** Bytes of tickets that have been delivered and wait for earlier ones (S8). */
  disorderedBytes = 0;
  /** Tickets that have been sent beside those of the mate, since one has left in two. */
  splits = 0;
  /** How often it has been sent back unstarted in a way that might never end. */
  refusals = 0;
  readonly #side: Side;
  /** The number of the next ticket for the mate, which the link's own tickets count towards. */
  #nextDelivered = 0;
  /** How many tickets of its own the link has put in between. */
  #injected = 0;
  #oneWay = false;
  /** The service wants nothing of what the invocation says, which may not even complete then (S13). */
  #isUnheard = false;
  #aborted = false;
  #incomingIsSaid = false;
  /** What has been said while nothing of the peer has come; nothing once something has, or too much has been said. */
  #kept: readonly Ticket[] | undefined;

  constructor(carrier: OperationCarrier, localId: OperationId, wireId: number, side: Side, gate?: AllowanceGate) {
    this.carrier = carrier;
    this.localId = localId;
    this.wireId = wireId;
    this.#side = side;
    this.#kept = side === "invocation" && gate === undefined ? NOTHING_SAID : undefined;
    this.gate = gate;
  }

  /** Whether this side has begun it. */
  get isOurs(): boolean {
    return this.#side === "invocation";
  }

  /** Whether nothing more passes, in either direction. */
  get finished(): boolean {
    if (this.#aborted) return true;
    const fromService = this.#side === "service";
    const requests = fromService ? this.incoming : this.outgoing;
    const responses = fromService ? this.outgoing : this.incoming;
    if (responses.complete) return requests.complete || this.#isUnheard;
    return requests.complete && this.#oneWay;
  }

  /** Whether nothing is ever sent back, not even a grant (S13). */
  get isOneWay(): boolean {
    return this.#oneWay;
  }

  /** Whether the peer has completed its direction, although some of what it said may be held. */
  get incomingIsSaid(): boolean {
    return this.#incomingIsSaid;
  }

  /** Reads what matters here of the ticket that opens the operation (S13). */
  open(subscription: unknown): void {
    this.#oneWay = subscription === Subscription.NONE;
  }

  /**
   * What has been said of it, to begin it elsewhere if this exchange never starts it (S40); `undefined` once anything of
   * the peer has come, or more has been said than is kept.
   */
  get unheardTickets(): readonly [Ticket, ...Ticket[]] | undefined {
    const [first, ...later] = this.#kept ?? NOTHING_SAID;
    return first === undefined ? undefined : [first, ...later];
  }

  /** Keeps a ticket of the mate, or none any more if it is one too many. */
  keep(ticket: Ticket, maxTickets: number): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    // Most operations say all in one ticket, so that a list of its own for each is short enough.
    this.#kept = kept.length < maxTickets ? [...kept, ticket] : undefined;
  }

  /** Notes a ticket of the mate that has been written. */
  sent(ticket: Ticket): void {
    if (this.#kept !== undefined) this.keep(ticket, MAX_KEPT_TICKETS);
    const number = this.outgoing.number(ticket.sequenceNumber);
    if (number === 0 && this.#side === "service") this.#hearService(ticket.subscription);
    this.outgoing.pass(number, ticket.termination);
    if (isAbort(ticket.termination)) this.#aborted = true;
  }

  /** Notes a ticket of the peer that has arrived, and returns its number on the wire. */
  arrived(named: number | undefined, fields: TicketFields | undefined): number {
    this.#kept = undefined;
    if (fields?.termination !== undefined) this.#incomingIsSaid = true;
    const number = this.incoming.number(named);
    // The subscription counts on ticket 0 alone, which need not be the first to come.
    if (number === 0) {
      if (this.#side === "service") this.open(fields?.subscription);
      else this.#hearService(fields?.subscription);
    }
    return number;
  }

  /** Notes a ticket of the peer that is being delivered, and returns its number for the mate. */
  delivered(number: number, fields: TicketFields | undefined): number {
    this.incoming.pass(number, fields?.termination);
    if (isAbort(fields?.termination)) this.#aborted = true;
    const delivered = number + this.#injected;
    this.#nextDelivered = Math.max(this.#nextDelivered, delivered + 1);
    return delivered;
  }

  /** Whether no number is missing among those that have been delivered, so that one can be put in after them. */
  get isGapless(): boolean {
    return this.#nextDelivered - this.#injected === this.incoming.passed;
  }

  /** Returns the number of a ticket that the link itself puts in. */
  inject(): number {
    this.#injected += 1;
    this.#nextDelivered += 1;
    return this.#nextDelivered - 1;
  }

  #hearService(subscription: unknown): void {
    this.#isUnheard = subscription === Subscription.NONE;
  }
}
