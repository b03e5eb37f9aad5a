import { textOf } from "../links/thrown.ts";
import { Code } from "../links/code.ts";
import { type OperationId, Subscription, Termination, type Ticket } from "../links/ticket.ts";
import type { FrameWriter } from "../wire/frame_writer.ts";
import type { ControlItem, Credit } from "../wire/control_item.ts";
import type { TicketFields } from "../wire/ticket_fields.ts";
import { type TicketProblem, WireError } from "../wire/wire_error.ts";
import { TICKET_OVERHEAD_BYTES } from "../wire/wire_limits.ts";
import { CreditScheduler } from "./credit_scheduler.ts";
import { DeliveredBytes } from "./delivered_bytes.ts";
import { Delivery } from "./delivery.ts";
import { forEachSliced } from "./fair_scheduler.ts";
import type { ExchangeFailure } from "./exchange_failure.ts";
import { overrun } from "./limit_failure.ts";
import {
  type ExchangeOperation,
  type OperationCarrier,
  OperationTable,
  type WaitingBytes,
  WaitingTickets,
} from "./exchange_operation.ts";
import { isAbort } from "./ticket_count.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import { SendWindow } from "./send_window.ts";
import type { ExchangeCallbacks, ExchangeLink, PeerGrants } from "./types.ts";

/** Characters of a message of ours. The smallest frame that a peer may insist on has room for them. */
const MAX_MESSAGE_CHARACTERS = 200;

/** Operations that are looked at in one turn, whether there is room for them. */
const LOOKS_PER_TURN = 256;

/** How one operation ends. */
export interface Ending extends Omit<ExchangeFailure, "tellsPeer"> {
  /** Whether the operation has not begun and never will, as the peer is told. */
  readonly neverStarted?: true;
}

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
  /** Whether there is room for what is sent early. */
  hasEarlyRoom(): boolean;
  /** Sends a control item. */
  write(item: ControlItem): void;
  /** The peer has broken a rule. */
  fail(failure: ExchangeFailure): void;
  /** Something has been written. */
  written(): void;
  /** A ticket waits for room. */
  waits(): void;
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
  /** Whether the peer has not said yet what it takes, so that little may be sent, and nothing large (P6.5). */
  isEarly = false;
  /** Whether no messages are sent, since all exchanges together hold too much. */
  isPaused = false;
  /** What the peer lets this side send. */
  readonly window = new SendWindow();
  /** What has been delivered and not consumed, where the peer hears of it. */
  #delivered: DeliveredBytes | undefined;
  #windowBytes = Infinity;
  /** Operations that have tickets which wait for room. */
  readonly #waiting: Set<ExchangeOperation> = new Set();
  readonly #waitingBytes: WaitingBytes = { bytes: 0 };
  #isSendingWaiting = false;
  #isLookScheduled = false;
  #hasMoreRoom = false;
  /** Operations that have been looked at one after the other without a ticket that could leave. */
  #blockedInRow = 0;
  /** Operations that wait to begin. */
  readonly #unbegun: Set<ExchangeOperation> = new Set();
  /** Operations of the peer at once; how many it has begun, how many of them are over, and how many it may begin in all. */
  #maxOperations = Infinity;
  #peerOperations = 0;
  #overOperations = 0;
  #announcedOperations = Infinity;
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
      isPaused: () => this.isPaused,
    });
  }

  /** Whether no operation runs or waits to begin. */
  get isIdle(): boolean {
    return this.operations.size === 0 && this.#unbegun.size === 0;
  }

  /** Begins an operation of this side with its first ticket, as soon as the peer lets it. */
  begin(operation: ExchangeOperation, ticket: Ticket): void {
    operation.keep(ticket);
    // Nothing overtakes operations that wait for a place, but what is small overtakes what waits for room.
    const mayBegin = this.window.mayBegin(this.operations.size);
    if (!mayBegin || !this.#tryBegin(operation, ticket)) this.#wait(operation, ticket);
  }

  send(operation: ExchangeOperation, ticket: Ticket): void {
    if (!this.#exchange.isWritable()) return;
    const { waiting } = operation;
    if (isAbort(ticket.termination)) {
      if (ticket.neverStarted) this.#callbacks.refusing();
      waiting?.drop();
      operation.waiting = undefined;
      this.#waiting.delete(operation);
      if (operation.wireId > 0) return void this.#send(operation, ticket);
      // The peer does not know an operation that has not begun.
      this.#unbegun.delete(operation);
      return this.#forget(operation);
    }
    operation.keep(ticket);
    if (waiting === undefined) {
      const hasRoom = ticket.payload === undefined || this.#hasRoom(operation);
      if (!hasRoom || !this.#send(operation, ticket)) {
        const isNext = operation.wireId > 0 && ticket.sequenceNumber === operation.outgoing.next;
        this.#wait(operation, isNext ? this.#sendGrant(operation, ticket) : ticket);
      }
    } else if (operation.wireId > 0 && waiting.mayOvertake(ticket)) {
      waiting.overtaken();
      this.#send(operation, { ...ticket, sequenceNumber: operation.outgoing.next });
    } else {
      const isNext = operation.wireId > 0 && waiting.isNext(ticket);
      waiting.push(isNext ? this.#sendGrant(operation, ticket) : ticket);
    }
  }

  /**
   * What a ticket grants leaves before the rest of it, which waits: the peer may need the grant to consume what it has. Returns
   * the rest.
   */
  #sendGrant(operation: ExchangeOperation, ticket: Ticket): Ticket {
    const { payload, terminalMetadata, code, message, termination, ...first } = ticket;
    if (first.allowance === undefined && first.timeout === undefined) return ticket;
    try {
      this.#writer.writeTicket(operation.wireId, undefined, first);
    } catch {
      return ticket; // which fails in the same way
    }
    operation.splits += 1;
    this.#exchange.written();
    // The subscription counts on the first that leaves, and here on the first of the local end.
    const { operationId, sequenceNumber, subscription } = ticket;
    return { operationId, sequenceNumber, subscription, payload, terminalMetadata, code, message, termination };
  }

  /** There may be room for what waits. */
  sendWaiting(): void {
    if (this.#unbegun.size === 0 && this.#waiting.size === 0) return;
    this.#hasMoreRoom = true;
    this.#blockedInRow = 0;
    // What is sent may be taken at once, and make room; or others have their turn before the next look.
    if (!this.#isSendingWaiting && !this.#isLookScheduled) this.#lookAtWaiting();
  }

  /** The peer has said what it takes, or consumed something. */
  credited(item: Credit): boolean {
    const { ofOperations = [] } = item;
    const isCredit = this.window.credited(item);
    for (let i = 0; i + 1 < ofOperations.length; i += 2) {
      const operation = this.operations.get(ofOperations[i]!);
      if (operation !== undefined) operation.sentBytes -= ofOperations[i + 1]!;
    }
    if (isCredit) this.sendWaiting();
    return isCredit;
  }

  /** From now on what the application consumes is counted, and the peer hears of it (P9.20). */
  countDelivered(windowBytes: number, maxOperations: number): void {
    this.#delivered = new DeliveredBytes(windowBytes);
    this.#windowBytes = windowBytes;
    this.#maxOperations = maxOperations;
    this.#announcedOperations = maxOperations;
  }

  /** Bytes of messages that the application has handed over and that wait for room, as far as they are bytes. */
  get waitingBytes(): number {
    return this.#waitingBytes.bytes;
  }

  /** Bytes that have been delivered and not consumed. */
  get deliveredBytes(): number {
    return this.#delivered?.bytes ?? 0;
  }

  /** There is memory for operations of the peer again. */
  reportPlaces(): void {
    this.#reportIfDue();
  }

  /** Operations that the peer has begun, and whose handlers run. */
  get runningOfPeer(): number {
    return this.#peerOperations - this.#overOperations;
  }

  consumed(operation: ExchangeOperation, payloads: number): void {
    if (this.#delivered === undefined) return;
    this.#delivered.consumed(operation, payloads);
    this.#reportIfDue();
    this.#exchange.released();
  }

  settled(operation: ExchangeOperation): void {
    if (operation.isSettled) return;
    operation.isSettled = true;
    if (this.operations.get(operation.wireId) !== operation) this.#peerOperationOver();
    // Nothing is ever sent back (S13), so that nothing is left to be done, whatever of it has not come.
    if (operation.isOneWay) this.#remove(operation);
  }

  /** Takes a ticket of the peer, which has so many bytes. */
  receive(
    wireId: number,
    named: number | undefined,
    fields: TicketFields | undefined,
    payload: unknown,
    bytes: number,
  ): void {
    const operation = this.operations.get(wireId) ?? this.#open(wireId, fields);
    if (payload !== undefined && !this.#count(operation, bytes + TICKET_OVERHEAD_BYTES)) return;
    if (fields?.neverStarted && operation?.isUnacknowledged) return this.#refused(operation, fields);
    if (operation !== undefined) this.#deliver(operation, named, fields, payload);
    if (fields !== undefined && isAbort(fields.termination)) this.#giveUp(wireId);
  }

  /** Takes a ticket of the peer that cannot be read: its operation ends, and no other (S10). */
  receiveBad(wireId: number, { code, message }: TicketProblem, bytes: number): void {
    this.#delivered?.discarded(bytes + TICKET_OVERHEAD_BYTES);
    const ending = { termination: Termination.RECEPTION_FAILURE, code, message };
    const operation = this.operations.get(wireId);
    if (operation !== undefined) return this.end(operation, ending);
    if (wireId <= this.operations.highestId) return;
    this.#peerOperations += 1;
    this.refuse(wireId, ending);
    this.#peerOperationOver();
  }

  /** Ends an operation from here, and tells both the peer and the local end. */
  end(operation: ExchangeOperation, ending: Ending): void {
    this.#tell(operation.wireId, operation.localId, operation.outgoing.next, ending);
    if (this.#remove(operation)) this.delivery.abort(operation, ending);
  }

  /** Ends all operations from here, and tells the peer and the local end, each in its own way. */
  endAll(towardsPeer: Ending, towardsEnd: Ending): void {
    const ended = this.#takeAbove(0);
    for (const operation of ended) {
      this.#link.forget(operation);
      if (operation.wireId > 0) this.#tell(operation.wireId, operation.localId, operation.outgoing.next, towardsPeer);
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
      this.#drop(operation);
      taken.push(operation);
    }
    return [...taken, ...this.takeUnbegun()];
  }

  /** Takes out the operations that have not begun. */
  takeUnbegun(): ExchangeOperation[] {
    const taken = [...this.#unbegun];
    for (const { waiting } of taken) waiting?.drop();
    this.#unbegun.clear();
    return taken;
  }

  /** Ends all operations above an id, and tells the local end alone: in time slices, since each takes 30 to 70 µs. */
  abandon(aboveWireId: number, ending: Ending): void {
    const abandoned = this.#takeAbove(aboveWireId);
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
    if (payload !== undefined && !this.#link.peerReports) this.consumed(operation, 1);
    // It may have been the one that was missing in between.
    if (operation.credit !== undefined) this.creditScheduler.arrived(operation);
  }

  #takeAbove(wireId: number): ExchangeOperation[] {
    const taken = this.operations.takeAbove(wireId);
    for (const operation of taken) this.#drop(operation);
    return [...taken, ...this.takeUnbegun()];
  }

  // What is sent.

  /** Sends a ticket; returns false if it is too large for a peer that has not said yet what it takes. */
  #send(operation: ExchangeOperation, ticket: Ticket): boolean {
    const bytesBefore = operation.credit === undefined ? 0 : this.#writer.byteLength;
    try {
      this.#write(operation, ticket);
    } catch (error) {
      if (this.isEarly && isAboveLimit(error)) return false;
      this.#unsendable(operation, error);
      return true;
    }
    operation.sent(ticket);
    const { credit } = operation;
    const bytes = this.#writer.byteLength - bytesBefore;
    if (ticket.payload !== undefined) {
      this.window.sent(operation, this.#writer.charge);
      this.#link.passedOn(operation);
    } else if (isAbort(ticket.termination)) this.window.dropped(this.#writer.takeDroppedCharge());
    // Two small writes soon after each other may wait 40 ms for an answer to the first one: where a platform leaves Nagle's
    // algorithm on, as Deno's fetch does, and the peer has nothing to send before it has got the second.
    else if (this.#delivered?.isWorthReporting) this.#report(this.#delivered);
    this.#exchange.written();
    if (ticket.payload !== undefined && credit !== undefined) this.creditScheduler.sent(operation, credit, bytes);
    this.grants?.sent(operation, ticket);
    this.#settle(operation);
    return true;
  }

  get #hasEarlyRoom(): boolean {
    return !this.isEarly || this.#exchange.hasEarlyRoom();
  }

  /** Whether any payload may leave. */
  get #hasAnyRoom(): boolean {
    const { highWaterBytes, maxBufferedBytes } = this.#exchange.settings;
    return !this.isPaused && !this.window.isFull && this.#writer.queuedBytes <= highWaterBytes &&
      this.#writer.byteLength <= maxBufferedBytes && this.#hasEarlyRoom;
  }

  #hasRoom(operation: ExchangeOperation): boolean {
    return this.#hasAnyRoom && this.window.hasRoomFor(operation);
  }

  /** Keeps a ticket until there is room. */
  #wait(operation: ExchangeOperation, ticket: Ticket): void {
    operation.waiting ??= new WaitingTickets(operation.outgoing.next, this.#waitingBytes);
    operation.waiting.push(ticket);
    if (operation.wireId > 0) this.#waiting.add(operation);
    else this.#unbegun.add(operation);
    this.#exchange.waits();
  }

  /** Sends the next ticket of an operation that waits, if there is room for it; tells whether it has. */
  #sendNext(operation: ExchangeOperation, waiting: WaitingTickets): boolean {
    const ticket = waiting.next(operation.outgoing.next);
    if (ticket.payload !== undefined && !this.window.hasRoomFor(operation)) return false;
    if (!this.#send(operation, ticket)) return false;
    this.#firstSent(operation, waiting);
    return true;
  }

  /** Takes out the ticket that has been sent, and sends those that follow and need no room. */
  #firstSent(operation: ExchangeOperation, waiting: WaitingTickets): void {
    while (operation.waiting === waiting) {
      waiting.shift();
      if (waiting.isEmpty) {
        operation.waiting = undefined;
        this.#waiting.delete(operation);
        return;
      }
      const ticket = waiting.next(operation.outgoing.next);
      if (ticket.payload !== undefined || !this.#send(operation, ticket)) return;
    }
  }

  /** Begins an operation if the peer lets it; tells whether it has. */
  #tryBegin(operation: ExchangeOperation, ticket: Ticket): boolean {
    if (!this.#hasEarlyRoom) return false;
    if (ticket.payload !== undefined && !this.#hasRoom(operation)) return false;
    operation.wireId = this.operations.highestId + 1;
    this.operations.add(operation);
    if (this.#send(operation, ticket)) {
      // The peer counts none that it never hears of.
      if (operation.outgoing.next > 0) this.window.begun();
      return true;
    }
    this.operations.withdraw(operation);
    operation.wireId = 0;
    return false;
  }

  /**
   * One ticket of each at a time, so that none waits for all of another's, until there is no room for any. Those that have
   * been looked at come last, and no more of them are looked at in a turn than others can wait for: a peer may say often
   * that there is room.
   */
  #continueWaiting(): void {
    let left = LOOKS_PER_TURN;
    for (const operation of this.#waiting) {
      if (!this.#hasAnyRoom || !this.#exchange.isWritable() || this.#blockedInRow >= this.#waiting.size) return;
      if (left === 0) break;
      left -= 1;
      this.#waiting.delete(operation);
      this.#waiting.add(operation);
      const { waiting } = operation;
      if (waiting !== undefined && this.#sendNext(operation, waiting)) this.#blockedInRow = 0;
      else this.#blockedInRow += 1;
    }
    if (this.#waiting.size === 0) return;
    this.#isLookScheduled = true;
    this.#link.scheduler.add(this.#lookOn);
  }

  readonly #lookOn = (): void => {
    this.#isLookScheduled = false;
    if (this.#exchange.isWritable()) this.#lookAtWaiting();
  };

  #lookAtWaiting(): void {
    this.#isSendingWaiting = true;
    do {
      this.#hasMoreRoom = false;
      this.#beginWaiting();
      this.#continueWaiting();
    } while (this.#hasMoreRoom && !this.#isLookScheduled);
    this.#isSendingWaiting = false;
  }

  #beginWaiting(): void {
    for (const operation of this.#unbegun) {
      if (!this.#hasAnyRoom || !this.#exchange.isWritable() || !this.window.mayBegin(this.operations.size)) return;
      const { waiting } = operation;
      const ticket = waiting?.next(0);
      if (waiting === undefined || ticket === undefined || !this.#tryBegin(operation, ticket)) continue;
      this.#unbegun.delete(operation);
      // It may be over already: one-way, or not to be sent.
      if (this.isIdle) this.#callbacks.idle();
      if (operation.waiting === waiting) this.#waiting.add(operation);
      this.#firstSent(operation, waiting);
    }
  }

  // What is received.

  /** The peer has not begun an operation and never will. */
  #refused(operation: ExchangeOperation, fields: TicketFields): void {
    this.operations.remove(operation);
    this.#drop(operation);
    this.#exchange.released();
    this.#callbacks.refused(operation, fields);
    this.sendWaiting();
    if (this.isIdle) this.#callbacks.idle();
  }

  /** Counts a payload that has come; returns false if it is one too many, so that the exchange has failed. */
  #count(operation: ExchangeOperation | undefined, bytes: number): boolean {
    const delivered = this.#delivered;
    if (delivered === undefined) return true;
    if (operation === undefined) {
      delivered.discarded(bytes);
      this.#reportIfDue();
      return true;
    }
    delivered.delivered(operation, bytes);
    const maxBytes = this.#windowBytes + this.#exchange.settings.wire.maxFrameBytes + TICKET_OVERHEAD_BYTES;
    if (delivered.bytes <= maxBytes) return true;
    this.#exchange.fail(overrun(delivered.bytes, this.#windowBytes));
    return false;
  }

  /** Lets the peer send more, when it is time to say so. */
  #reportIfDue(): void {
    const delivered = this.#delivered;
    if (delivered !== undefined && (this.#isOperationReportDue || delivered.isReportDue)) this.#report(delivered);
  }

  #report(delivered: DeliveredBytes): void {
    const isOver = this.#isOperationReportDue;
    if (!this.#exchange.isWritable()) return;
    const { consumedBytes, ofOperations } = delivered.takeReport((it) => this.operations.get(it.wireId) === it);
    if (isOver) this.#announcedOperations = this.#overOperations + this.#maxOperations;
    this.#exchange.write({
      kind: "credit",
      operations: isOver ? this.#announcedOperations : undefined,
      consumedBytes: consumedBytes || undefined,
      ofOperations: ofOperations.length > 0 ? ofOperations : undefined,
    });
  }

  /** The peer hears of places when a quarter of them is free, or sooner where it may need them. */
  get #isOperationReportDue(): boolean {
    const more = this.#overOperations + this.#maxOperations - this.#announcedOperations;
    // Most of the time too few are over, and on a client none is.
    if (!(64 * more >= this.#maxOperations)) return false;
    const left = this.#announcedOperations - this.#peerOperations;
    const isTight = 8 * left <= this.#maxOperations;
    return more > 0 && (isTight || 4 * more >= this.#maxOperations) && this.#callbacks.mayPeerBegin;
  }

  #peerOperationOver(): void {
    this.#overOperations += 1;
    this.#reportIfDue();
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
    if (wireId > this.operations.highestId) {
      this.#peerOperations += 1;
      const operation = this.#callbacks.opening(wireId, fields);
      if (operation === undefined) this.#peerOperationOver();
      return operation;
    }
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
    const { termination, code, neverStarted } = ending;
    const message = textOf(ending.message).slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed();
    this.#writer.writeTicket(wireId, undefined, {
      operationId,
      sequenceNumber,
      termination,
      code,
      message,
      neverStarted,
    });
    this.window.dropped(this.#writer.takeDroppedCharge());
    this.#exchange.written();
  }

  #settle(operation: ExchangeOperation): void {
    if (operation.finished) this.#remove(operation);
  }

  /** Drops what waits to be sent of an operation that the peer has aborted. */
  #giveUp(wireId: number): void {
    if (this.#exchange.isWritable() && this.#writer.giveUp(wireId)) this.#exchange.written();
    this.window.dropped(this.#writer.takeDroppedCharge());
    this.creditScheduler.drained();
  }

  /** Takes an operation out, and tells whether it was in. */
  #remove(operation: ExchangeOperation): boolean {
    if (!this.operations.remove(operation)) return false;
    this.#drop(operation);
    this.#forget(operation);
    return true;
  }

  /** Drops what waits of an operation that is over here. */
  #drop(operation: ExchangeOperation): void {
    if (operation.waiting !== undefined) {
      operation.waiting.drop();
      operation.waiting = undefined;
      this.#waiting.delete(operation);
    }
    this.delivery.drop(operation);
    this.creditScheduler.forget(operation);
    if (this.#delivered === undefined) return;
    this.#delivered.forget(operation);
    if (this.#callbacks.side === "service" && (operation.isSettled || !this.#link.peerReports)) {
      this.#overOperations += 1;
    }
    this.#reportIfDue();
  }

  /** An operation has left the exchange. */
  #forget(operation: ExchangeOperation): void {
    this.#link.forget(operation);
    this.#exchange.released();
    this.sendWaiting();
    if (this.isIdle) this.#callbacks.idle();
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

/** Whether a ticket is above what the peer takes, for all that is known. */
function isAboveLimit(error: unknown): boolean {
  return error instanceof WireError && error.code === Code.RESOURCE_EXHAUSTED;
}
