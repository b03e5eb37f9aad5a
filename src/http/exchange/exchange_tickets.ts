import { textOf } from "../../links/thrown.ts";
import { Code, type OperationId, type Protocol, Subscription, Termination, type Ticket } from "../../links/mod.ts";
import { type FrameWriter, type TicketFields, type TicketProblem, WireError } from "../../wire/mod.ts";
import { AllowancePacer } from "./allowance_pacer.ts";
import { Delivery } from "./delivery.ts";
import { eachInTurns } from "./each_in_turns.ts";
import type { ExchangeFailure } from "./exchange_failure.ts";
import { type ExchangeOperation, isAbort, type OperationCarrier } from "./exchange_operation.ts";
import type { ExchangeOwner } from "./exchange_owner.ts";
import { OperationTable } from "./operation_table.ts";

/** Characters of a message of our own: what the least frame that a peer may insist on has room for. */
const MAX_MESSAGE_CHARACTERS = 200;

/** How one operation ends, without the rest of it. */
export type Ending = Omit<ExchangeFailure, "tellsPeer">;

/** The exchange, as its tickets see it. */
export interface TicketsHost {
  /** Bytes that may wait before the peer's grants do as well. */
  readonly highWaterBytes: number;
  /** Operations that are ended before others have their turn. */
  readonly endingsPerTurn: number;
  /** Bytes that wait for the peer to take them. */
  waitingBytes(): number;
  /** Tells whether anything can still be written. */
  isWritable(): boolean;
  /** Something has been written. */
  written(): void;
  /** What goes with ticket 0 of each operation. */
  context(): Protocol | undefined;
  /**
   * An operation begins that is not known here, with an id not used before: returns it, or nothing if it is refused.
   */
  opening(wireId: number, fields: TicketFields | undefined): ExchangeOperation | undefined;
  /** The peer gives an operation up, or else wants nothing back of it. Returns whether it may now. */
  unawaited(isAbort: boolean): boolean;
  /** Held tickets have been let through, or dropped. */
  released(): void;
  /** No operation is left. */
  idle(): void;
}

/** What grants in the place of a peer that has said all it can (S46). */
export interface PeerGrants {
  /** A ticket has been written. */
  sent(operation: ExchangeOperation, ticket: Ticket): void;
  /** All that was written has been handed over. */
  handedOver(): void;
  /** What was handed over has been taken. */
  taken(): void;
}

/** The tickets of one exchange, both ways, and the operations that they belong to. */
export class ExchangeTickets implements OperationCarrier {
  /** The operations that run. */
  readonly operations = new OperationTable();
  /** The way to the mate. */
  readonly delivery: Delivery;
  /** What the peer grants, on its way to the mate. */
  readonly pacer: AllowancePacer;
  /** What grants in the place of the peer, if that cannot (S46). */
  grants: PeerGrants | undefined;
  readonly #host: TicketsHost;
  readonly #owner: ExchangeOwner;
  readonly #writer: FrameWriter;

  constructor(host: TicketsHost, owner: ExchangeOwner, writer: FrameWriter) {
    this.#host = host;
    this.#owner = owner;
    this.#writer = writer;
    this.delivery = new Delivery(owner, () => host.context(), {
      granted: (operation, payloads) => this.pacer.granted(operation, payloads),
      delivered: (operation) => this.#settle(operation),
      undeliverable: (operation) => this.#undeliverable(operation),
    });
    this.pacer = new AllowancePacer({
      operations: this.operations,
      turns: owner.turns,
      highWaterBytes: host.highWaterBytes,
      waitingBytes: () => host.waitingBytes(),
      handOn: (operation, allowance) => this.delivery.grant(operation, allowance),
    });
  }

  send(operation: ExchangeOperation, ticket: Ticket): void {
    if (!this.#host.isWritable()) return;
    const bytesBefore = operation.pace === undefined ? 0 : this.#writer.byteLength;
    try {
      this.#write(operation, ticket);
    } catch (error) {
      return this.#unsendable(operation, error);
    }
    operation.sent(ticket);
    const { pace } = operation;
    if (ticket.payload !== undefined && pace !== undefined) {
      this.pacer.sent(operation, pace, this.#writer.byteLength - bytesBefore);
    }
    this.grants?.sent(operation, ticket);
    this.#host.written();
    this.#settle(operation);
  }

  /** Whether a ticket of the peer may be taken now, or has to wait since too many operations are given up (P9.11). */
  admits(wireId: number, fields: TicketFields): boolean {
    if (!isUnawaited(fields)) return true;
    const isStraggler = wireId <= this.operations.highestId && this.operations.get(wireId) === undefined;
    return isStraggler || this.#host.unawaited(isAbort(fields.termination));
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

  /** Ends an operation from here, towards both sides. */
  end(operation: ExchangeOperation, ending: Ending): void {
    this.#tell(operation.wireId, operation.localId, operation.outgoing.next, ending);
    if (this.#remove(operation)) this.delivery.abort(operation, ending);
  }

  /** Ends all operations from here, each side told in its own way. */
  endAll(towardsPeer: Ending, towardsMate: Ending): void {
    const ended = this.operations.takeAbove(0);
    for (const operation of ended) {
      this.#owner.forget(operation);
      this.#tell(operation.wireId, operation.localId, operation.outgoing.next, towardsPeer);
    }
    for (const operation of ended) this.delivery.abort(operation, towardsMate);
  }

  /** Answers a peer's operation that does not begin here. */
  refuse(wireId: number, ending: Ending): void {
    this.operations.use(wireId);
    this.#tell(wireId, wireId, 0, ending);
  }

  /** Held tickets have been let through. */
  released(): void {
    this.#host.released();
  }

  /** Takes out the operations above an id that can begin again on another exchange, in the order in which they began. */
  takeUnheard(aboveWireId: number): ExchangeOperation[] {
    const unheard: ExchangeOperation[] = [];
    for (const operation of this.operations.all()) {
      if (operation.wireId <= aboveWireId || operation.unheardTickets === undefined) continue;
      this.operations.remove(operation);
      unheard.push(operation);
    }
    return unheard;
  }

  /** Ends all operations above an id towards the mate alone: many of them in turns, since each takes 30 to 70 µs. */
  abandon(aboveWireId: number, ending: Ending): void {
    const abandoned = this.operations.takeAbove(aboveWireId);
    for (const operation of abandoned) this.#owner.forget(operation);
    eachInTurns(abandoned, this.#host.endingsPerTurn, this.#owner.turns, (it) => this.delivery.abort(it, ending));
  }

  #deliver(
    operation: ExchangeOperation,
    named: number | undefined,
    fields: TicketFields | undefined,
    payload: unknown,
  ): void {
    this.delivery.ticket(operation, named, fields, payload);
    // It may have been the one that was missing.
    if (operation.pace !== undefined) this.pacer.arrived(operation);
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
    if (wireId <= this.operations.highestId) return undefined;
    return this.#host.opening(wireId, fields);
  }

  #unsendable(operation: ExchangeOperation, error: unknown): void {
    const code = error instanceof WireError ? error.code : Code.INTERNAL;
    const ending = { termination: Termination.TRANSMISSION_FAILURE, code, message: textOf(error) };
    // The peer knows nothing of an operation of which it has not been sent anything.
    if (operation.outgoing.next > 0 || this.#isForeign(operation)) {
      this.#tell(operation.wireId, operation.localId, operation.outgoing.next, ending);
    }
    // Not at once: the mate that sent the ticket is at work itself.
    if (this.#remove(operation)) queueMicrotask(() => this.delivery.abort(operation, ending));
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
    if (!this.#host.isWritable()) return;
    const { termination, code } = ending;
    const message = String(ending.message).slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed();
    this.#writer.writeTicket(wireId, undefined, { operationId, sequenceNumber, termination, code, message });
    this.#host.written();
  }

  #settle(operation: ExchangeOperation): void {
    if (operation.finished) this.#remove(operation);
  }

  /** What waits for the peer of an operation that it has aborted is of no use to anyone. */
  #giveUp(wireId: number): void {
    if (this.#host.isWritable() && this.#writer.giveUp(wireId)) this.#host.written();
    this.pacer.drained();
  }

  /** Takes an operation out, and tells whether it was in. */
  #remove(operation: ExchangeOperation): boolean {
    if (!this.operations.remove(operation)) return false;
    this.delivery.drop(operation);
    this.pacer.forget(operation);
    this.#owner.forget(operation);
    this.#host.released();
    if (this.operations.size === 0) this.#host.idle();
    return true;
  }
}

/** Whether a ticket says that nothing is to come back (any more), so that its operation soon counts no longer. */
function isUnawaited({ subscription, termination }: TicketFields): boolean {
  return subscription === Subscription.NONE || isAbort(termination);
}
