import type { Protocol, Ticket } from "../links/ticket.ts";
import type { Transport, TransportTraits } from "../links/transport.ts";
import type { Goaway, Hello } from "../wire/control_item.ts";
import type { TicketFields } from "../wire/ticket_fields.ts";
import type { TimedTask } from "./deadline_timer.ts";
import type { ExchangeFailure } from "./exchange_failure.ts";
import type { ExchangeOperation, Side } from "./exchange_operation.ts";
import type { FairScheduler } from "./fair_scheduler.ts";

/** What the client and the server do differently with an exchange. Nothing here may throw. */
export interface ExchangeCallbacks {
  /** Which side it is. */
  readonly side: Side;
  /** Whether what is received is the body of one HTTP request. */
  readonly readsRequest: boolean;
  /** The peer's hello has come: the exchange is opened or failed. */
  greeted(hello: Hello): void;
  /** The peer has answered a ping. */
  ponged(): void;
  /** What goes with ticket 0 of each operation. */
  context(): Protocol | undefined;
  /** The peer begins an operation with an id not used before: returns it, or nothing if it is refused. */
  opening(wireId: number, fields: TicketFields | undefined): ExchangeOperation | undefined;
  /** The peer accepts no more operations. */
  goaway(item: Goaway): void;
  /** The peer's last frame has come. */
  peerEnded(): void;
  /** Whether the peer may begin others, for all that this side has memory for. */
  readonly mayPeerBegin: boolean;
  /** The peer has not begun an operation and never will; it is not on this exchange any more. */
  refused(operation: ExchangeOperation, fields: TicketFields): void;
  /** The local end has not begun an operation of the peer and never will, and tells the peer so. */
  refusing(): void;
  /** No operation is left. */
  idle(): void;
  /** Bytes have passed, this many in one of the directions. */
  progressed(bytes: number): void;
  /** The exchange holds this many bytes: written and not taken, or received and not processed. */
  reportBuffered(bytes: number): void;
  /** Our last frame is written. */
  ending(): void;
  /** The transport takes nothing more. */
  abandoned(reason: unknown): void;
  /** The exchange is over, with a failure if not in good order. Its operations are told after this. */
  closed(failure: ExchangeFailure | undefined): void;
}

/** What either side gives its exchange. */
export interface ExchangeParts {
  /** The link that it works for. */
  readonly link: ExchangeLink;
  /** What carries it. It is closed after {@linkcode ExchangeCallbacks.closed}. */
  readonly transport: Transport;
  /** Whether what is sent is collected first, so that it is no use to send large messages in small pieces. */
  readonly isCollected?: boolean;
  /** What this side has to do at some time. */
  readonly tasks: readonly TimedTask[];
}

/** The traits of a transport whose directions are bodies of HTTP. */
export const BODY_TRAITS: TransportTraits = Object.freeze({
  requestIsWhole: false,
  peerGrants: true,
  canPauseReceive: true,
});

/** What an exchange needs of the link that it works for. */
export interface ExchangeLink {
  /** Shares the time between its exchanges that have more to read, or to end, than others can wait for. */
  readonly scheduler: FairScheduler;
  /** An operation has begun on an exchange: tickets of the local end for it go there. */
  begin(operation: ExchangeOperation): void;
  /** An operation has left its exchange: no ticket of it is sent any more. */
  forget(operation: ExchangeOperation): void;
  /** Whether the local end says what its application has consumed; else that is all that it gets. */
  readonly peerReports: boolean;
  /** A payload of the local end has left, or waits encoded: as far as that end is concerned it is consumed (S48). */
  passedOn(operation: ExchangeOperation): void;
  /** Hands a ticket to the local end. Throws what that throws. */
  deliver(ticket: Ticket): void;
  /** Takes an error that no operation can be told of. Never throws. */
  report(error: unknown): void;
}

/** Grants in the place of a peer that can send nothing more (S46). */
export interface PeerGrants {
  /** A ticket has been written. */
  sent(operation: ExchangeOperation, ticket: Ticket): void;
  /** All that was written has been handed over. */
  handedOver(): void;
  /** What was handed over has been taken. */
  taken(): void;
}
