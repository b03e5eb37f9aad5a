import { type Protocol, Termination, type Ticket } from "../../links/mod.ts";
import type { TicketFields } from "../../wire/mod.ts";
import { type ExchangeOperation, isAbort } from "./exchange_operation.ts";
import type { AllowanceGate } from "./allowance_gate.ts";
import { type ExchangeFailure, saidBy } from "./exchange_failure.ts";
import type { ExchangeOwner } from "./exchange_owner.ts";

/** What an exchange hears of the delivery of its tickets. */
export interface DeliveryEvents {
  /** The peer grants the mate payloads: returns how many of them it hears of with the ticket. */
  granted(operation: ExchangeOperation, payloads: number): number | undefined;
  /** A ticket has reached the mate. */
  delivered(operation: ExchangeOperation): void;
  /** The mate threw: the operation cannot go on. */
  undeliverable(operation: ExchangeOperation): void;
}

/**
 * What a ticket that waits costs beside the bytes that it keeps alive, about. Without it the least tickets, of four
 * bytes, would cost thirty times what is counted.
 */
const WAITING_TICKET_BYTES = 128;

/**
 * Hands what arrives for the operations of one exchange to the link's mate: numbered, in order, as far as it may
 * pass.
 */
export class Delivery {
  readonly #owner: ExchangeOwner;
  readonly #events: DeliveryEvents;
  /** Goes with ticket 0 of each operation (S38). */
  readonly #context: () => Protocol | undefined;
  /** Bytes of the chunk in work that no waiting ticket keeps alive yet. */
  #unclaimedBytes = 0;
  /** Bytes of the ticket in work that no chunk in work has, since it came in fragments. */
  #joinedBytes = 0;
  #heldBytes = 0;
  #disorderedBytes = 0;

  constructor(owner: ExchangeOwner, context: () => Protocol | undefined, events: DeliveryEvents) {
    this.#owner = owner;
    this.#context = context;
    this.#events = events;
  }

  /** Bytes that tickets in the gates keep alive. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Bytes that tickets keep alive which have been delivered and wait at the mate, since earlier ones are missing (S8). */
  get disorderedBytes(): number {
    return this.#disorderedBytes;
  }

  /**
   * A chunk has come, whose tickets follow.
   *
   * @param bytes Its bytes, and those of earlier chunks that belong to its first ticket.
   */
  received(bytes: number): void {
    this.#unclaimedBytes = bytes;
  }

  /**
   * A ticket has come in fragments, or has been delivered.
   *
   * @param bytes Its bytes, 0 when it has been.
   */
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
    if (operation.isOneWay) this.#openGate(operation, gate);
    if (isAbort(fields?.termination)) this.drop(operation);
    else if (!gate.admit(payload)) {
      const bytes = this.#claim();
      gate.hold({ number, fields, payload, bytes });
      this.#heldBytes += bytes;
      return this.release(operation); // at once, without its payload, where nobody waits for that any more
    }
    this.#pass(operation, number, fields, payload);
  }

  /** Where nothing is sent back, no grant will ever come: a payload too many is the mate's to refuse (S10, S13). */
  #openGate(operation: ExchangeOperation, gate: AllowanceGate): void {
    gate.grant(Infinity);
    this.release(operation);
  }

  /** Delivers what the mate has granted in the meantime. */
  release(operation: ExchangeOperation): void {
    const { gate } = operation;
    if (gate === undefined) return;
    for (let held = gate.release(); held !== undefined; held = gate.release()) {
      this.#heldBytes -= held.bytes;
      this.#pass(operation, held.number, held.fields, held.payload, held.bytes);
    }
  }

  /** Lets go of what is held for an operation that ends. */
  drop(operation: ExchangeOperation): void {
    const { gate } = operation;
    this.#disorderedBytes -= operation.disorderedBytes;
    operation.disorderedBytes = 0;
    if (gate === undefined) return;
    this.#heldBytes -= gate.heldBytes;
    gate.clear();
  }

  /** Delivers a permission that came earlier, or that the link gives on the peer's behalf (S46). */
  grant(operation: ExchangeOperation, allowance: number): void {
    const sequenceNumber = operation.inject();
    const protocol = sequenceNumber === 0 ? this.#context() : undefined;
    this.#hand(operation, { operationId: operation.localId, sequenceNumber, allowance, protocol });
  }

  /** Tells the mate that the operation is over; it has left the exchange already. */
  abort(operation: ExchangeOperation, { termination, code, message }: Omit<ExchangeFailure, "tellsPeer">): void {
    this.drop(operation);
    const ticket = { operationId: operation.localId, sequenceNumber: operation.inject(), code, message, termination };
    try {
      this.#owner.deliver(ticket);
    } catch (error) {
      // It is over for the mate as well, whether it took that well or not.
      this.#owner.report(error);
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
    this.#hand(operation, toTicket(operation, sequenceNumber, fields, payload, allowance, protocol));
  }

  /** One that is none is for the receiving end to answer (S10). */
  #allowance(operation: ExchangeOperation, allowance: unknown): unknown {
    const isOne = typeof allowance === "number" && Number.isSafeInteger(allowance) && allowance > 0;
    return isOne ? this.#events.granted(operation, allowance) : allowance;
  }

  /** What comes early waits at the mate, which counts tickets and knows nothing of their bytes. */
  #noteDisorder(operation: ExchangeOperation, bytes: number | undefined): void {
    const before = operation.disorderedBytes;
    if (!operation.isGapless) operation.disorderedBytes = before + (bytes ?? this.#claim());
    else if (before > 0) operation.disorderedBytes = 0;
    else return;
    this.#disorderedBytes += operation.disorderedBytes - before;
  }

  /** What the ticket in work costs if it waits. All of one chunk that wait keep it alive together. */
  #claim(): number {
    const bytes = this.#unclaimedBytes + this.#joinedBytes + WAITING_TICKET_BYTES;
    this.#unclaimedBytes = 0;
    return bytes;
  }

  #hand(operation: ExchangeOperation, ticket: Ticket): void {
    try {
      this.#owner.deliver(ticket);
    } catch (error) {
      this.#owner.report(error);
      this.#events.undeliverable(operation);
      return;
    }
    this.#events.delivered(operation);
  }
}

function toTicket(
  operation: ExchangeOperation,
  sequenceNumber: number,
  fields: TicketFields | undefined,
  payload: unknown,
  allowance: unknown,
  protocol: Protocol | undefined,
): Ticket {
  const operationId = operation.localId;
  if (fields === undefined) return { operationId, sequenceNumber, payload, protocol };
  const ticket = {
    operationId,
    sequenceNumber,
    group: fields.group,
    method: fields.method,
    methodKind: fields.methodKind,
    subscription: fields.subscription,
    timeout: fields.timeout,
    allowance,
    initialMetadata: fields.initialMetadata,
    payload,
    terminalMetadata: fields.terminalMetadata,
    code: fields.code,
    message: messageOf(fields),
    termination: fields.termination,
    protocol,
  };
  // What the wire does not judge passes as it is, for the receiving end to answer by its rules (S3, S10).
  return ticket as Ticket;
}

/** The aborts whose message is that of the peer's library, its HTTP layer above all. */
const ABORTS_OF_LIBRARIES: ReadonlySet<unknown> = new Set([
  Termination.SHUTDOWN,
  Termination.RECEPTION_FAILURE,
  Termination.TRANSMISSION_FAILURE,
]);

/** The service's own message stays what it is; that of an abort is foreign text among ours (P8.11). */
function messageOf({ termination, message }: TicketFields): unknown {
  return ABORTS_OF_LIBRARIES.has(termination) ? saidBy("The peer", message) ?? message : message;
}
