import type { Ticket } from "../links/ticket.ts";
import type { ExchangeOperation } from "../exchange/exchange_operation.ts";
import { isAbort } from "../exchange/ticket_count.ts";
import type { InvocationContext } from "./client/call_context.ts";
import type { LinkedOperation } from "./engine.ts";
import type { OutgrownOperation } from "./single/client.ts";

/**
 * An operation that has outgrown its request and goes on where the peer grants. Its end has been granted payloads on the
 * peer's behalf (S46), so that what it sends waits here until the peer has granted it, and as many grants of the peer are
 * not passed on.
 */
export class OutgrownCall implements LinkedOperation {
  /** Tickets that the local end has been sent, of which the exchange does not know. */
  readonly injected: number;
  /** Payloads that the link has taken from the local end, and has said so (S48). */
  #toldPayloads: number;
  /** Payloads that the local end has been granted and the peer has not. */
  #ahead: number;
  /** Payloads that the peer takes; the first needs no grant (S14). */
  #allowance = 1;
  readonly #waiting: Ticket[] = [];
  /** What the local end has got of the response that was to come. */
  readonly context: InvocationContext;
  /** The operation where it goes on. */
  #operation: ExchangeOperation | undefined;

  constructor({ tickets, granted, injected, context }: OutgrownOperation) {
    this.injected = injected;
    this.context = context;
    this.#ahead = granted;
    this.#toldPayloads = tickets.filter(({ payload }) => payload !== undefined).length;
  }

  /** It goes on as an operation that has not sent or received anything, here or, later, elsewhere. */
  goesOnAs(operation: ExchangeOperation): void {
    this.#operation = operation;
    for (let i = 0; i < this.injected; i++) operation.inject();
  }

  /** Notes the first ticket, which leaves at once. */
  opened({ payload }: Ticket): void {
    if (payload !== undefined) this.#allowance -= 1;
  }

  /** Sends a ticket of the local end on, as soon as the peer takes it. */
  send(ticket: Ticket): void {
    if (isAbort(ticket.termination)) this.#waiting.length = 0;
    else if (this.#waiting.length > 0 || !this.#mayPass(ticket)) return void this.#waiting.push(ticket);
    this.#operation?.send(ticket);
  }

  consumed(payloads: number): void {
    this.#operation?.consumed(payloads);
  }

  expire(): number | undefined {
    return this.#operation?.expire();
  }

  /** The peer grants payloads: returns how many of them the local end is to be granted. */
  granted(payloads: number): number | undefined {
    this.#allowance += payloads;
    const known = Math.min(this.#ahead, payloads);
    this.#ahead -= known;
    return payloads === known ? undefined : payloads - known;
  }

  /** Sends on what waits, as far as the peer takes it. */
  release(): void {
    let ticket = this.#waiting[0];
    while (ticket !== undefined && this.#mayPass(ticket)) {
      this.#waiting.shift();
      this.#operation?.send(ticket);
      ticket = this.#waiting[0];
    }
  }

  /** A payload has left: returns whether the local end has not been told of it. */
  passedOn(): boolean {
    this.#toldPayloads -= 1;
    return this.#toldPayloads < 0;
  }

  #mayPass({ payload }: Ticket): boolean {
    if (payload === undefined) return true;
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }
}
