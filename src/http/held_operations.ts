import { Code, Termination, type Ticket } from "../links/mod.ts";
import { ExchangeOperation, isAbort, type OperationCarrier } from "./exchange/exchange_operation.ts";
import type { Ending } from "./exchange/exchange_tickets.ts";

/** Tickets of one operation that wait for an exchange: as many payloads as a call ever grants ahead. */
const MAX_WAITING_TICKETS = 1_024;

/** The link, as the operations that are on no exchange see it. */
export interface HoldingLink {
  /** An operation is held: the mate's tickets of it go there. */
  begin(operation: ExchangeOperation): void;
  /** It is held no longer. */
  forget(operation: ExchangeOperation): void;
  /** Ends an operation towards the mate, which may be at work. */
  endSoon(operation: ExchangeOperation, ending: Ending): void;
}

/**
 * Operations that have begun for the mate and are on no exchange yet, or any more: they wait until it is known which kind
 * of exchange there is, or until a server takes them.
 */
export class HeldOperations implements OperationCarrier {
  readonly #link: HoldingLink;
  readonly #operations: Set<ExchangeOperation> = new Set();

  constructor(link: HoldingLink) {
    this.#link = link;
  }

  /** How many there are. */
  get size(): number {
    return this.#operations.size;
  }

  /** Holds an operation with what has been said of it so far. */
  hold(tickets: readonly [Ticket, ...Ticket[]], refusals = 0): void {
    const [{ operationId }] = tickets;
    const operation = new ExchangeOperation(this, operationId, 0, "invocation");
    operation.refusals = refusals;
    for (const ticket of tickets) operation.keep(ticket, MAX_WAITING_TICKETS);
    this.#operations.add(operation);
    this.#link.begin(operation);
  }

  send(operation: ExchangeOperation, ticket: Ticket): void {
    // Nobody else knows of it, so nobody else is to be told.
    if (isAbort(ticket.termination)) return this.#drop(operation);
    operation.keep(ticket, MAX_WAITING_TICKETS);
    if (operation.unacknowledgedTickets !== undefined) return;
    this.#drop(operation);
    this.#link.endSoon(operation, TOO_MUCH_SAID);
  }

  /** Hands out all of them, in the order in which they came. */
  take(): ExchangeOperation[] {
    const taken = [...this.#operations];
    this.#operations.clear();
    return taken;
  }

  #drop(operation: ExchangeOperation): void {
    if (this.#operations.delete(operation)) this.#link.forget(operation);
  }
}

const TOO_MUCH_SAID: Ending = Object.freeze({
  termination: Termination.TRANSMISSION_FAILURE,
  code: Code.RESOURCE_EXHAUSTED,
  message: `Cannot hold the operation: more than ${MAX_WAITING_TICKETS} tickets wait for an exchange`,
});
