import { Code } from "../links/code.ts";
import { Termination, type Ticket } from "../links/ticket.ts";
import type { ClientExchangeLink } from "./client/client_exchange.ts";
import { ExchangeOperation, MAX_WAITING_TICKETS, type OperationCarrier } from "../exchange/exchange_operation.ts";
import { isAbort } from "../exchange/ticket_count.ts";
import type { Ending } from "../exchange/exchange_tickets.ts";

/**
 * Operations that the local end has begun and that are on no exchange: they wait until it is known which kind of exchange
 * works, or until a server accepts them.
 */
export class HeldOperations implements OperationCarrier {
  readonly #link: ClientExchangeLink;
  readonly #operations: Set<ExchangeOperation> = new Set();

  constructor(link: ClientExchangeLink) {
    this.#link = link;
  }

  /** How many are held. */
  get size(): number {
    return this.#operations.size;
  }

  /** Holds an operation with its tickets so far. */
  hold(tickets: readonly [Ticket, ...Ticket[]], refusals = 0): void {
    const [{ operationId }] = tickets;
    const operation = new ExchangeOperation(this, operationId, 0, "invocation");
    operation.refusals = refusals;
    for (const ticket of tickets) operation.keep(ticket);
    this.#operations.add(operation);
    this.#link.begin(operation);
  }

  send(operation: ExchangeOperation, ticket: Ticket): void {
    // No server knows of it, so none has to be told.
    if (isAbort(ticket.termination)) return this.#drop(operation);
    operation.keep(ticket);
    if (operation.unacknowledgedTickets !== undefined) return;
    this.#drop(operation);
    this.#link.tellEnd(operation, TOO_MANY_TICKETS);
  }

  /** Removes and returns all of them, in the order in which they came. */
  take(): ExchangeOperation[] {
    const taken = [...this.#operations];
    this.#operations.clear();
    return taken;
  }

  #drop(operation: ExchangeOperation): void {
    if (this.#operations.delete(operation)) this.#link.forget(operation);
  }
}

const TOO_MANY_TICKETS: Ending = Object.freeze({
  termination: Termination.TRANSMISSION_FAILURE,
  code: Code.RESOURCE_EXHAUSTED,
  message: `Cannot hold the operation: more than ${MAX_WAITING_TICKETS} tickets wait for an exchange`,
});
