import { streamsRequests } from "../links/method_kind.ts";
import type { Protocol, Ticket } from "../links/ticket.ts";
import type { TicketFields } from "../wire/ticket_fields.ts";
import type { ExchangeOperation } from "./exchange_operation.ts";
import { isAbort } from "./ticket_count.ts";
import type { AllowanceGate } from "./allowance_gate.ts";
import type { ExchangeFailure } from "./exchange_failure.ts";
import { toTicket } from "./to_ticket.ts";
import type { ExchangeLink } from "./types.ts";

/** What an exchange is told of the delivery of its tickets. */
export interface DeliveryEvents {
  /** The peer grants payloads: returns how many of them the ticket is to grant the local end. */
  granted(operation: ExchangeOperation, payloads: number): number | undefined;
  /** A ticket has been delivered. */
  delivered(operation: ExchangeOperation): void;
  /** The local end threw: the operation cannot go on. */
  undeliverable(operation: ExchangeOperation): void;
}

/**
 * About what a ticket that waits costs beside the bytes that it keeps alive. Without it the smallest tickets, of four
 * bytes, would cost thirty times what is counted.
 */
const WAITING_TICKET_BYTES = 128;

/** Delivers what arrives for the operations of one exchange to the local end: numbered, in order, as far as it is granted. */
export class Delivery {
  readonly #link: ExchangeLink;
  readonly #events: DeliveryEvents;
  /** What goes with ticket 0 of each operation (S38). */
  readonly #context: () => Protocol | undefined;
  /** Bytes of the chunk that is being read which no waiting ticket keeps alive yet. */
  #unclaimedBytes = 0;
  /** Bytes of the ticket that is being delivered which came in fragments, with earlier chunks. */
  #joinedBytes = 0;
  #heldBytes = 0;
  #disorderedBytes = 0;

  constructor(link: ExchangeLink, context: () => Protocol | undefined, events: DeliveryEvents) {
    this.#link = link;
    this.#context = context;
    this.#events = events;
  }

  /** Bytes that tickets in the gates keep alive. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Bytes of tickets that have been delivered and wait in the local end, since earlier ones are missing (S8). */
  get disorderedBytes(): number {
    return this.#disorderedBytes;
  }

  /** A chunk has come, whose tickets follow. It has so many bytes, with those of earlier chunks that belong to its first ticket. */
  received(bytes: number): void {
    this.#unclaimedBytes = bytes;
  }

  /** The next ticket has come in fragments with so many bytes; 0 after it has been delivered. */
  joined(bytes: number): void {
    this.#joinedBytes = bytes;
  }

  /** Delivers a ticket of the peer, or holds it. */
  ticket(
    operation: ExchangeOperation,
    named: number | undefined,
    fields: TicketFields | undefined,
    payload: unknown,
  ): void {
    const number = operation.arrived(named, fields);
    const { gate } = operation;
    if (gate === undefined) return this.#pass(operation, number, fields, payload);
    if (operation.isOneWay || !streamsRequests(fields?.methodKind)) this.#openGate(operation, gate);
    if (isAbort(fields?.termination)) this.drop(operation);
    else if (!gate.admit(payload)) {
      const bytes = this.#claim();
      gate.hold({ number, fields, payload, bytes });
      this.#heldBytes += bytes;
      return this.release(operation); // at once and without its payload, if payloads beyond the credit are dropped
    }
    this.#pass(operation, number, fields, payload);
  }

  /** Where nothing is sent back or one payload is due, no grant will ever come. The local end refuses more (S10, S13). */
  #openGate(operation: ExchangeOperation, gate: AllowanceGate): void {
    gate.grant(Infinity);
    this.release(operation);
  }

  /** Delivers what the local end has granted in the meantime. */
  release(operation: ExchangeOperation): void {
    const { gate } = operation;
    if (gate === undefined) return;
    for (let held = gate.release(); held !== undefined; held = gate.release()) {
      this.#heldBytes -= held.bytes;
      this.#pass(operation, held.number, held.fields, held.payload, held.bytes);
    }
  }

  /** Drops what is held for an operation that ends. */
  drop(operation: ExchangeOperation): void {
    const { gate } = operation;
    this.#disorderedBytes -= operation.disorderedBytes;
    operation.disorderedBytes = 0;
    if (gate === undefined) return;
    this.#heldBytes -= gate.heldBytes;
    gate.clear();
  }

  /** Delivers a grant that came earlier, or that the link gives in the place of the peer (S46). */
  grant(operation: ExchangeOperation, allowance: number): void {
    const sequenceNumber = operation.inject();
    const protocol = sequenceNumber === 0 ? this.#context() : undefined;
    this.#hand(operation, { operationId: operation.localId, sequenceNumber, allowance, protocol });
  }

  /** Tells the local end that an operation is over, which has left the exchange already. */
  abort(operation: ExchangeOperation, { termination, code, message }: Omit<ExchangeFailure, "tellsPeer">): void {
    this.drop(operation);
    const ticket = { operationId: operation.localId, sequenceNumber: operation.inject(), code, message, termination };
    try {
      this.#link.deliver(ticket);
    } catch (error) {
      // The operation is over for the local end as well, although it threw.
      this.#link.report(error);
    }
  }

  #pass(
    operation: ExchangeOperation,
    number: number,
    fields: TicketFields | undefined,
    payload: unknown,
    bytes?: number,
  ): void {
    const sequenceNumber = operation.delivered(number, fields);
    this.#noteDisorder(operation, bytes);
    const protocol = sequenceNumber === 0 ? this.#context() : undefined;
    const allowance = fields?.allowance === undefined ? undefined : this.#allowance(operation, fields.allowance);
    this.#hand(operation, toTicket(operation.localId, sequenceNumber, fields, payload, allowance, protocol));
  }

  /** An invalid allowance passes: the local end answers it (S10). */
  #allowance(operation: ExchangeOperation, allowance: unknown): unknown {
    const isOne = typeof allowance === "number" && Number.isSafeInteger(allowance) && allowance > 0;
    return isOne ? this.#events.granted(operation, allowance) : allowance;
  }

  /** A ticket that comes too early waits in the local end, which counts tickets and not their bytes. */
  #noteDisorder(operation: ExchangeOperation, bytes: number | undefined): void {
    const before = operation.disorderedBytes;
    if (!operation.isGapless) operation.disorderedBytes = before + (bytes ?? this.#claim());
    else if (before > 0) operation.disorderedBytes = 0;
    else return;
    this.#disorderedBytes += operation.disorderedBytes - before;
  }

  /** What the ticket costs if it waits. All waiting tickets of one chunk keep it alive together, so the first is charged for it. */
  #claim(): number {
    const bytes = this.#unclaimedBytes + this.#joinedBytes + WAITING_TICKET_BYTES;
    this.#unclaimedBytes = 0;
    return bytes;
  }

  #hand(operation: ExchangeOperation, ticket: Ticket): void {
    try {
      this.#link.deliver(ticket);
    } catch (error) {
      this.#link.report(error);
      this.#events.undeliverable(operation);
      return;
    }
    this.#events.delivered(operation);
  }
}
