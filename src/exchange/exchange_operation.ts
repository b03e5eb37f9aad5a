import { isBytes } from "../links/foreign_value.ts";
import { type OperationId, Subscription, Termination, type Ticket } from "../links/ticket.ts";
import type { TicketFields } from "../wire/ticket_fields.ts";
import type { AllowanceGate } from "./allowance_gate.ts";
import type { OperationCredit } from "./operation_credit.ts";
import { Fifo } from "../links/fifo.ts";
import { OperationMap } from "../links/operation_map.ts";
import { isAbort, TicketCount } from "./ticket_count.ts";

/**
 * Tickets of one operation that a client keeps until the server acknowledges it, to send them again where it never started
 * (S40). An end sends two or three before it has a grant.
 */
const MAX_KEPT_TICKETS = 16;

/** The same before the operation has left: as many payloads as a call ever grants ahead. */
export const MAX_WAITING_TICKETS = 1_024;

const NO_TICKETS: readonly Ticket[] = Object.freeze([]);

/** What carries an operation's tickets to the peer. */
export interface OperationCarrier {
  /** Sends a ticket of the local end. Never throws. */
  send(operation: ExchangeOperation, ticket: Ticket): void;
  /** The application has consumed payloads that were delivered. */
  consumed?(operation: ExchangeOperation, payloads: number): void;
  /** Nothing of an operation that was served runs any more. */
  settled?(operation: ExchangeOperation): void;
}

/** Which side of its operations an exchange is on. */
export type Side = "invocation" | "service";

/**
 * One operation as one exchange knows it: its two ids, and how far each direction has come.
 *
 * ```text
 * open ──both directions complete (or one, if the other is suppressed)──▶ finished ◀──an abort passes── open
 * ```
 */
export class ExchangeOperation {
  /** The id between the link and the local end. */
  readonly localId: OperationId;
  /** The id on the wire; 0 as long as the operation waits to begin there. */
  wireId: number;
  /** What carries it. */
  readonly carrier: OperationCarrier;
  /** The tickets from the local end to the peer. */
  readonly outgoing = new TicketCount();
  /** The tickets from the peer to the local end, as the wire numbers them. */
  readonly incoming = new TicketCount();
  /** Holds what the local end has not granted, where grants do not reach the peer (S46). */
  readonly gate: AllowanceGate | undefined;
  /** What the peer has granted, once it has granted anything. */
  credit: OperationCredit | undefined;
  /** Bytes of tickets that have been delivered and wait for earlier ones (S8). */
  disorderedBytes = 0;
  /** Tickets that have been sent beside those of the local end, since one has left as two. */
  splits = 0;
  /** How often the server has refused it unstarted, in a way that might never end. */
  refusals = 0;
  /** Tickets that wait for room, in the order in which they came. */
  waiting: WaitingTickets | undefined;
  /** Bytes of payloads that have been sent and that the peer has not said to have consumed. */
  sentBytes = 0;
  /** Bytes of payloads that have been delivered and not consumed, and how many payloads. */
  deliveredBytes = 0;
  deliveredPayloads = 0;
  /** Bytes that have been consumed since the peer was last told. */
  consumedBytes = 0;
  /** Whether nothing of it runs any more. */
  isSettled = false;
  readonly #side: Side;
  /** The number of the next ticket for the local end, the link's own tickets included. */
  #nextDelivered = 0;
  /** How many tickets of its own the link has inserted. */
  #injected = 0;
  #oneWay = false;
  /** The service wants no requests, so that the invocation need not complete them (S13). */
  #isSuppressed = false;
  #aborted = false;
  #peerHasCompleted = false;
  /** The tickets sent while nothing of the peer has come; `undefined` once something has, or too many have been sent. */
  #kept: readonly Ticket[] | undefined;

  constructor(carrier: OperationCarrier, localId: OperationId, wireId: number, side: Side, gate?: AllowanceGate) {
    this.carrier = carrier;
    this.localId = localId;
    this.wireId = wireId;
    this.#side = side;
    this.#kept = side === "invocation" && gate === undefined ? NO_TICKETS : undefined;
    this.gate = gate;
  }

  /** Takes a ticket of the local end. */
  send(ticket: Ticket): void {
    this.carrier.send(this, ticket);
  }

  /** The application of the local end has consumed payloads. */
  consumed(payloads: number): void {
    this.carrier.consumed?.(this, payloads);
  }

  /** Ends it for the peer, since its time is over; returns the number of the ticket that tells the local end. */
  expire(): number {
    this.send({
      operationId: this.localId,
      sequenceNumber: this.outgoing.next,
      termination: Termination.EXPIRATION,
    });
    return this.inject();
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
    if (responses.complete) return requests.complete || this.#isSuppressed;
    return requests.complete && this.#oneWay;
  }

  /** Whether nothing is ever sent back, not even a grant (S13). */
  get isOneWay(): boolean {
    return this.#oneWay;
  }

  /** Whether the peer has completed its direction, although some of its tickets may be held. */
  get peerHasCompleted(): boolean {
    return this.#peerHasCompleted;
  }

  /** Reads what matters here of the ticket that opens the operation (S13). */
  open(subscription: unknown): void {
    this.#oneWay = subscription === Subscription.NONE;
  }

  /**
   * The tickets sent so far, to begin the operation elsewhere if this exchange never starts it (S40); `undefined` once
   * anything of the peer has come, or more has been sent than is kept.
   */
  get unacknowledgedTickets(): readonly [Ticket, ...Ticket[]] | undefined {
    const [first, ...later] = this.#kept ?? NO_TICKETS;
    return first === undefined ? undefined : [first, ...later];
  }

  /** Whether nothing of the peer has come, and all that was sent is kept. */
  get isUnacknowledged(): boolean {
    return this.#kept !== undefined;
  }

  /** Keeps a ticket of the local end. If it is one too many, none is kept any more. */
  keep(ticket: Ticket): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    const maxTickets = this.wireId === 0 ? MAX_WAITING_TICKETS : MAX_KEPT_TICKETS;
    // Most operations send one ticket, so that copying the list is cheap.
    if (kept.length === 0) this.#kept = [ticket];
    else this.#kept = kept.length < maxTickets ? [...kept, ticket] : undefined;
  }

  /** Notes a ticket of the local end that has been written. */
  sent(ticket: Ticket): void {
    const number = this.outgoing.number(ticket.sequenceNumber);
    if (number === 0 && this.#side === "service") this.#readSubscription(ticket.subscription);
    this.outgoing.pass(number, ticket.termination);
    if (isAbort(ticket.termination)) this.#aborted = true;
  }

  /** Notes a ticket of the peer that has arrived, and returns its number on the wire. */
  arrived(named: number | undefined, fields: TicketFields | undefined): number {
    this.#kept = undefined;
    if (fields?.termination !== undefined) this.#peerHasCompleted = true;
    const number = this.incoming.number(named);
    // The subscription counts on ticket 0 alone, which need not be the first to come.
    if (number === 0) {
      if (this.#side === "service") this.open(fields?.subscription);
      else this.#readSubscription(fields?.subscription);
    }
    return number;
  }

  /** Notes a ticket of the peer that is being delivered, and returns its number for the local end. */
  delivered(number: number, fields: TicketFields | undefined): number {
    this.incoming.pass(number, fields?.termination);
    if (isAbort(fields?.termination)) this.#aborted = true;
    const delivered = number + this.#injected;
    this.#nextDelivered = Math.max(this.#nextDelivered, delivered + 1);
    return delivered;
  }

  /** Whether no number is missing among those that have been delivered, so that a ticket can be inserted after them. */
  get isGapless(): boolean {
    return this.#nextDelivered - this.#injected === this.incoming.passed;
  }

  /** Returns the number of a ticket that the link itself inserts. */
  inject(): number {
    this.#injected += 1;
    this.#nextDelivered += 1;
    return this.#nextDelivered - 1;
  }

  #readSubscription(subscription: unknown): void {
    this.#isSuppressed = subscription === Subscription.NONE;
  }
}

/**
 * The tickets of one operation that wait for room. What only grants need not wait, so the numbers on the wire are given when
 * tickets leave, as long as they have come in order.
 */
export class WaitingTickets {
  readonly #tickets = new Fifo<Ticket>();
  /** The number of the next ticket of the local end, if it comes in order. */
  #expected: number;
  /** How many of those that wait have come in order, before the first that has not. */
  #inOrder = 0;
  #isDisordered = false;
  #bytes = 0;
  readonly #all: WaitingBytes;

  /**
   * @param expected The number of the next ticket of the local end.
   * @param all What waits on the exchange.
   */
  constructor(expected: number, all: WaitingBytes) {
    this.#expected = expected;
    this.#all = all;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#tickets.length === 0;
  }

  /** Nothing of it waits any more. */
  drop(): void {
    this.#add(-this.#bytes);
  }

  /** Whether a ticket may leave before those that wait. */
  mayOvertake(ticket: Ticket): boolean {
    const { payload, initialMetadata, termination } = ticket;
    return payload === undefined && initialMetadata === undefined && termination === undefined && this.isNext(ticket);
  }

  /** Whether all have come in order, up to a ticket. */
  isNext({ sequenceNumber }: Ticket): boolean {
    return !this.#isDisordered && sequenceNumber === this.#expected;
  }

  /** A ticket has left before those that wait. */
  overtaken(): void {
    this.#expected += 1;
  }

  /** Adds a ticket. */
  push(ticket: Ticket): void {
    this.#isDisordered ||= ticket.sequenceNumber !== this.#expected;
    if (!this.#isDisordered) this.#inOrder += 1;
    this.#expected += 1;
    this.#add(bytesOf(ticket));
    this.#tickets.push(ticket);
  }

  /** The ticket that leaves next, as it leaves where that number is implied. */
  next(implied: number): Ticket {
    const ticket = this.#tickets.peek()!; // who asks knows that there is one
    return this.#inOrder > 0 && ticket.sequenceNumber !== implied ? { ...ticket, sequenceNumber: implied } : ticket;
  }

  /** Takes out the ticket that leaves next. */
  shift(): void {
    this.#add(-bytesOf(this.#tickets.shift()!)); // as above
    if (this.#inOrder > 0) this.#inOrder -= 1;
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#all.bytes += bytes;
  }
}

/** Bytes of the payloads that wait on an exchange, as far as they are bytes. */
export interface WaitingBytes {
  bytes: number;
}

function bytesOf({ payload }: Ticket): number {
  return isBytes(payload) ? payload.byteLength : 0;
}

/**
 * The operations that run on one exchange, by their ids on the wire. Ids rise, so that one number is enough to know those
 * that have ended (S11).
 */
export class OperationTable {
  readonly #operations = new OperationMap<ExchangeOperation>();
  #highestId = 0;

  /** How many operations run. */
  get size(): number {
    return this.#operations.size;
  }

  /** The highest id used so far, 0 before the first. */
  get highestId(): number {
    return this.#highestId;
  }

  /** The operation of an id, unless it has ended or never begun. */
  get(wireId: number): ExchangeOperation | undefined {
    return this.#operations.get(wireId);
  }

  /** Notes that an id has been used. */
  use(wireId: number): undefined {
    this.#highestId = wireId;
  }

  /** Takes an operation out that has not been used for anything, and its id with it. */
  withdraw(operation: ExchangeOperation): void {
    this.#operations.delete(operation.wireId);
    this.#highestId = operation.wireId - 1;
  }

  /** Adds an operation. */
  add(operation: ExchangeOperation): void {
    this.use(operation.wireId);
    this.#operations.set(operation.wireId, operation);
  }

  /** Takes an operation out and tells whether it was there. */
  remove(operation: ExchangeOperation): boolean {
    return this.#operations.delete(operation.wireId);
  }

  /** The operations that run now, in the order in which they began. */
  all(): ExchangeOperation[] {
    return this.#operations.values();
  }

  /** Takes out all operations above an id, in the order in which they began. */
  takeAbove(wireId: number): ExchangeOperation[] {
    const taken = this.#operations.values().filter((operation) => operation.wireId > wireId);
    for (const operation of taken) this.#operations.delete(operation.wireId);
    return taken;
  }
}
