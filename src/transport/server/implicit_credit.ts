import type { Ticket } from "../../links/ticket.ts";
import type { ExchangeOperation } from "../../exchange/exchange_operation.ts";
import type { ExchangeTickets } from "../../exchange/exchange_tickets.ts";
import type { AllowanceGate } from "../../exchange/allowance_gate.ts";
import type { PeerGrants } from "../../exchange/types.ts";

/**
 * Grants in the place of a client whose request is complete (S46): one payload for each that the HTTP layer has taken, so
 * that a slow reader pauses the producer. The HTTP layer has taken a chunk when it asks for the next.
 *
 * Grants of the local end are not sent to the client; they open the gate for what the client has sent already.
 */
export class ImplicitCredit implements PeerGrants {
  readonly #tickets: ExchangeTickets;
  readonly #responded: () => void;
  /** Payloads that wait in the writer. */
  #waiting: Map<ExchangeOperation, number> = new Map();
  /** Payloads of the chunk that was handed over last. */
  #handedOver: Map<ExchangeOperation, number> = new Map();

  /** `responded` is called when a message of the local end has been written. */
  constructor(tickets: ExchangeTickets, responded: () => void) {
    this.#tickets = tickets;
    this.#responded = responded;
  }

  sent(operation: ExchangeOperation, ticket: Ticket): void {
    if (ticket.payload !== undefined) {
      this.#waiting.set(operation, (this.#waiting.get(operation) ?? 0) + 1);
      this.#responded();
    }
    const { gate } = operation;
    if (gate !== undefined) this.#openGate(operation, gate, ticket);
  }

  handedOver(): void {
    const emptied = this.#handedOver;
    this.#handedOver = this.#waiting;
    emptied.clear();
    this.#waiting = emptied;
  }

  taken(): void {
    const taken = this.#handedOver;
    if (taken.size === 0) return;
    this.#handedOver = new Map();
    const { operations, creditScheduler } = this.#tickets;
    for (const [operation, payloads] of taken) {
      if (operations.get(operation.wireId) === operation) creditScheduler.grant(operation, payloads);
    }
  }

  #openGate(operation: ExchangeOperation, gate: AllowanceGate, { allowance }: Ticket): void {
    // S33: a client that has its answer drops what it has not sent, and completes. Where it has sent everything at once,
    // that is done here, or the service would wait for grants of its own until its deadline.
    const isAnswered = operation.outgoing.complete;
    if (allowance !== undefined) gate.grant(allowance);
    if (isAnswered) gate.dropUngranted();
    if (allowance !== undefined || isAnswered) this.#release(operation);
  }

  #release(operation: ExchangeOperation): void {
    const { delivery, creditScheduler } = this.#tickets;
    delivery.release(operation);
    if (operation.credit !== undefined) creditScheduler.arrived(operation);
    this.#tickets.released();
  }
}
