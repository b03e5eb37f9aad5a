import { textOf } from "../links/thrown.ts";
import { Code } from "../links/code.ts";
import { type OperationId, Subscription, Termination, type Ticket } from "../links/ticket.ts";
import type { FrameWriter } from "../wire/frame_writer.ts";
import type { TicketFields } from "../wire/ticket_fields.ts";
import { type TicketProblem, WireError } from "../wire/wire_error.ts";
import { CreditScheduler } from "./credit_scheduler.ts";
import { Delivery } from "./delivery.ts";
import { forEachSliced } from "./fair_scheduler.ts";
import type { ExchangeFailure } from "./exchange_failure.ts";
import { type ExchangeOperation, isAbort, type OperationCarrier, OperationTable } from "./exchange_operation.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import type { ExchangeCallbacks, ExchangeLink, PeerGrants } from "./types.ts";

/** Characters of a message of ours. The smallest frame that a peer may insist on has room for them. */
const MAX_MESSAGE_CHARACTERS = 200;

/** How one operation ends. */
export type Ending = Omit<ExchangeFailure, "tellsPeer">;

/** What the tickets of an exchange need of it. */
export interface ExchangeTicketsOptions {
  /** The side of the exchange. */
  readonly callbacks: ExchangeCallbacks;
  /** The link that the exchange works for. */
  readonly link: ExchangeLink;
  /** How much may wait, and how many operations end in one time slice. */
  readonly settings: ExchangeSettings;
  /** Encodes what is sent. */
  readonly writer: FrameWriter;
  /** Tells whether anything can still be written. */
  isWritable(): boolean;
  /** Something has been written. */
  written(): void;
  /** Held tickets have been delivered, or dropped. */
  released(): void;
}

/** The tickets of one exchange in both directions, and the operations that they belong to. */
export class ExchangeTickets implements OperationCarrier {
  /** The operations that run. */
  readonly operations = new OperationTable();
  /** Hands tickets to the local end. */
  readonly delivery: Delivery;
  /** Passes the peer's grants on to the local end. */
  readonly creditScheduler: CreditScheduler;
  /** Grants in the place of the peer, if the peer cannot (S46). */
  grants: PeerGrants | undefined;
  readonly #callbacks: ExchangeCallbacks;
  readonly #link: ExchangeLink;
  readonly #exchange: ExchangeTicketsOptions;
  readonly #writer: FrameWriter;

  constructor(exchange: ExchangeTicketsOptions) {
    const { callbacks, link, settings, writer } = exchange;
    this.#callbacks = callbacks;
    this.#link = link;
    this.#exchange = exchange;
    this.#writer = writer;
    this.delivery = new Delivery(link, () => callbacks.context(), {
      granted: (operation, payloads) => this.creditScheduler.granted(operation, payloads),
      delivered: (operation) => this.#settle(operation),
      undeliverable: (operation) => this.#undeliverable(operation),
    });
    this.creditScheduler = new CreditScheduler({
      operations: this.operations,
      delivery: this.delivery,
      writer,
      scheduler: link.scheduler,
      highWaterBytes: settings.highWaterBytes,
    });
  }

  send(operation: ExchangeOperation, ticket: Ticket): void {
    if (!this.#exchange.isWritable()) return;
    const bytesBefore = operation.credit === undefined ? 0 : this.#writer.byteLength;
    try {
      this.#write(operation, ticket);
    } catch (error) {
      return this.#unsendable(operation, error);
    }
    operation.sent(ticket);
    const { credit } = operation;
    const bytes = this.#writer.byteLength - bytesBefore;
    this.#exchange.written();
    if (ticket.payload !== undefined && credit !== undefined) this.creditScheduler.sent(operation, credit, bytes);
    this.grants?.sent(operation, ticket);
    this.#settle(operation);
  }

  /** Whether a ticket of the peer may be taken now, or has to wait since the peer has aborted too many operations (P9.11). */
  admits(wireId: number, fields: TicketFields): boolean {
    if (!isUnawaited(fields)) return true;
    const isStraggler = wireId <= this.operations.highestId && this.operations.get(wireId) === undefined;
    return isStraggler || this.#callbacks.unawaited(isAbort(fields.termination));
  }

  /** Takes a ticket of the peer. */
  receive(wireId: number, named: number | undefined, fields: TicketFields | undefined, payload: unknown): void {
    const operation = this.operations.get(wireId) ?? this.#open(wireId, fields);
    if (operation !== undefined) this.#deliver(operation, named, fields, payload);
    if (fields !== undefined && isAbort(fields.termination)) this.#giveUp(wireId);
  }

  /** Takes a ticket of the peer that cannot be read: its operation ends, and no other (S10). */
  receiveBad(wireId: number, { code, message }: TicketProblem): void {
    const ending = { termination: Termination.RECEPTION_FAILURE, code, message };
    const operation = this.operations.get(wireId);
    if (operation !== undefined) this.end(operation, ending);
    else if (wireId > this.operations.highestId) this.refuse(wireId, ending);
  }

  /** Ends an operation from here, and tells both the peer and the local end. */
  end(operation: ExchangeOperation, ending: Ending): void {
    this.#tell(operation.wireId, operation.localId, operation.outgoing.next, ending);
    if (this.#remove(operation)) this.delivery.abort(operation, ending);
  }

  /** Ends all operations from here, and tells the peer and the local end, each in its own way. */
  endAll(towardsPeer: Ending, towardsEnd: Ending): void {
    const ended = this.operations.takeAbove(0);
    for (const operation of ended) {
      this.#link.forget(operation);
      this.#tell(operation.wireId, operation.localId, operation.outgoing.next, towardsPeer);
    }
    for (const operation of ended) this.delivery.abort(operation, towardsEnd);
  }

  /** Refuses an operation of the peer. */
  refuse(wireId: number, ending: Ending): void {
    this.operations.use(wireId);
    this.#tell(wireId, wireId, 0, ending);
  }

  /** Held tickets have been delivered. */
  released(): void {
    this.#exchange.released();
  }

  /** Takes out the operations above an id that can begin again on another exchange, in the order in which they began (S40). */
  takeUnacknowledged(aboveWireId: number): ExchangeOperation[] {
    const taken: ExchangeOperation[] = [];
    for (const operation of this.operations.all()) {
      if (operation.wireId <= aboveWireId || operation.unacknowledgedTickets === undefined) continue;
      this.operations.remove(operation);
      taken.push(operation);
    }
    return taken;
  }

  /** Ends all operations above an id, and tells the local end alone: in time slices, since each takes 30 to 70 µs. */
  abandon(aboveWireId: number, ending: Ending): void {
    const abandoned = this.operations.takeAbove(aboveWireId);
    for (const operation of abandoned) this.#link.forget(operation);
    forEachSliced(
      abandoned,
      this.#exchange.settings.slice.endings,
      this.#link.scheduler,
      (it) => this.delivery.abort(it, ending),
    );
  }

  #deliver(
    operation: ExchangeOperation,
    named: number | undefined,
    fields: TicketFields | undefined,
    payload: unknown,
  ): void {
    this.delivery.ticket(operation, named, fields, payload);
    // It may have been the one that was missing in between.
    if (operation.credit !== undefined) this.creditScheduler.arrived(operation);
  }

  #write(operation: ExchangeOperation, ticket: Ticket): void {
    const { sequenceNumber } = ticket;
    const { wireId, outgoing, splits } = operation;
    if (sequenceNumber !== outgoing.next) this.#writer.writeTicket(wireId, sequenceNumber + splits, ticket);
    else if (sequenceNumber > 0 || !operation.isOurs) this.#writer.writeTicket(wireId, undefined, ticket);
    else operation.splits = this.#writer.writeOpening(wireId, ticket) - 1;
  }

  #open(wireId: number, fields: TicketFields | undefined): ExchangeOperation | undefined {
    // S11: ids rise, so a lower one that is not known belongs to an operation that has ended.
    if (wireId > this.operations.highestId) return this.#callbacks.opening(wireId, fields);
    if (this.#callbacks.side === "service" && wireId < this.operations.highestId && isKickOff(fields)) {
      this.#tell(wireId, wireId, 0, OPENED_LATE);
    }
    return undefined;
  }

  #unsendable(operation: ExchangeOperation, error: unknown): void {
    const code = error instanceof WireError ? error.code : Code.INTERNAL;
    const ending = { termination: Termination.TRANSMISSION_FAILURE, code, message: textOf(error) };
    // The peer does not know an operation of which nothing was sent to it.
    if (operation.outgoing.next > 0 || this.#isForeign(operation)) {
      this.#tell(operation.wireId, operation.localId, operation.outgoing.next, ending);
    }
    if (this.#remove(operation)) this.delivery.abort(operation, ending);
  }

  #undeliverable(operation: ExchangeOperation): void {
    const message = "The link that received the operation failed";
    const ending = { termination: Termination.TRANSMISSION_FAILURE, code: Code.INTERNAL, message };
    this.#tell(operation.wireId, operation.localId, operation.outgoing.next, ending);
    this.#remove(operation);
  }

  /** Whether the peer has opened the operation. */
  #isForeign(operation: ExchangeOperation): boolean {
    return operation.incoming.next > 0;
  }

  #tell(wireId: number, operationId: OperationId, sequenceNumber: number, ending: Ending): void {
    if (!this.#exchange.isWritable()) return;
    const { termination, code } = ending;
    const message = String(ending.message).slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed();
    this.#writer.writeTicket(wireId, undefined, { operationId, sequenceNumber, termination, code, message });
    this.#exchange.written();
  }

  #settle(operation: ExchangeOperation): void {
    if (operation.finished) this.#remove(operation);
  }

  /** Drops what waits to be sent of an operation that the peer has aborted. */
  #giveUp(wireId: number): void {
    if (this.#exchange.isWritable() && this.#writer.giveUp(wireId)) this.#exchange.written();
    this.creditScheduler.drained();
  }

  /** Takes an operation out, and tells whether it was in. */
  #remove(operation: ExchangeOperation): boolean {
    if (!this.operations.remove(operation)) return false;
    this.delivery.drop(operation);
    this.creditScheduler.forget(operation);
    this.#link.forget(operation);
    this.#exchange.released();
    if (this.operations.size === 0) this.#callbacks.idle();
    return true;
  }
}

/**
 * The answer to a kick-off whose number is below that of another operation (P7.6). It is not SHUTDOWN, which says that the
 * operation never started: it may have, and have ended.
 */
const OPENED_LATE: Ending = Object.freeze({
  termination: Termination.RECEPTION_FAILURE,
  code: Code.INTERNAL,
  message: "Cannot open the operation: its number is below that of another one on this exchange",
});

/** Whether a ticket opens an operation and expects an answer. Only the first ticket has a group. */
function isKickOff(fields: TicketFields | undefined): boolean {
  return fields?.group !== undefined && fields.subscription !== Subscription.NONE && !isAbort(fields.termination);
}

/** Whether nothing is to be sent back after a ticket, so that its operation soon counts no longer. */
function isUnawaited({ subscription, termination }: TicketFields): boolean {
  return subscription === Subscription.NONE || isAbort(termination);
}
