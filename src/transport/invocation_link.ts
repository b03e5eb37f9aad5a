import type { AsyncDisposal } from "../async_disposal.ts";
import type { Timer } from "../clock.ts";
import { type Link, NULL_LINK } from "../links/link.ts";
import { type OperationId, Termination, type Ticket } from "../links/ticket.ts";
import { OperationMap } from "../links/operation_map.ts";
import { TicketIntake } from "../links/ticket_intake.ts";
import type { Hello } from "../wire/control_item.ts";
import { ExchangeKind } from "../wire/exchange_kind.ts";
import { CARRIERS, type Carriers } from "./carriers.ts";
import { readCallOptions } from "./client/call_context.ts";
import {
  type ClientExchange,
  type ClientExchangeLink,
  LINK_CLOSED,
  type ProbeEvents,
} from "./client/client_exchange.ts";
import { RequestAborts } from "./client/client_request.ts";
import { type ChoosingLink, ExchangeChooser } from "./exchange_chooser.ts";
import type { ExchangeFailure } from "../exchange/exchange_failure.ts";
import { type ExchangeOperation, isAbort } from "../exchange/exchange_operation.ts";
import { errorReporter } from "../exchange/exchange_settings.ts";
import type { Ending } from "../exchange/exchange_tickets.ts";
import { FairScheduler } from "../exchange/fair_scheduler.ts";
import { HeldOperations } from "./held_operations.ts";
import { type InvocationLinkOptions, type InvocationSettings, invocationSettings } from "./invocation_options.ts";
import { OpenExchanges } from "./open_exchanges.ts";
import { OperationDeadlines } from "./client/operation_deadlines.ts";
import { memoryOf, originOf } from "./client/origin_memory.ts";
import { MAX_REFUSALS, retryPauseMs } from "./client/repetition.ts";
import type { StreamExchange } from "./client/stream_exchange.ts";

/** A link to a service somewhere else, over `fetch`. It is joined to an end that invokes, or to a link that acts as one. */
export interface InvocationLink extends Link, AsyncDisposal {
  /**
   * The kind of exchange that took the last operation; before the first, that which an operation would get of which
   * nothing is known. The option `onExchange` tells of each exchange.
   */
  readonly exchange: ExchangeKind;
  /** Exchanges that are open just now. */
  readonly exchangeCount: number;
  /** Operations that run just now. */
  readonly operationCount: number;

  /**
   * Cancels what runs, ends all exchanges and begins no more. A second call is the same as the first.
   *
   * @returns Resolves when every exchange is over: a second at most where the server does not answer.
   */
  close(): Promise<void>;
}

/**
 * Makes the client's link: tickets that the end sends leave in the bodies of HTTP requests, and those of the service
 * come back in the responses.
 *
 * Nothing is opened before the first operation. One exchange carries all operations of a *duplex* link, until it has
 * had none for a while or the server ends it; then the next operation opens another. On a *single* link each
 * operation has an exchange of its own. When an exchange goes down, all operations on it end as TRANSMISSION_FAILURE
 * at once (S45).
 *
 * @param url Where the service link's handler is mounted; a path alone if `fetch` resolves it.
 * @param options How to get there, and limits.
 * @returns The link.
 * @throws {TypeError} If the URL cannot be parsed, the kind of exchange is not supported or cannot be had here, or an option
 * stands in the wrong place.
 * @throws {RangeError} If a number among the options is out of its range.
 *
 * @example An end at one side of HTTP, an end at the other
 * ```ts
 * import { invocationEnd, invocationLink, joinLinks, serviceEnd, serviceLink } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "npm:hono@^4";
 *
 * const server = serviceEnd({
 *   service: (_group, _method, _context, output) => ({
 *     kind: "full",
 *     operator: { advance: ({ payload }) => output.advance({ payload: `Hello, ${payload}`, completion: {} }) },
 *   }),
 * });
 * const service = serviceLink();
 * joinLinks(server, service);
 * server.start();
 * const app = new Hono().all("/tickets", service.handler);
 *
 * const client = invocationEnd();
 * await using link = invocationLink("/tickets", { fetch: app.request });
 * joinLinks(client, link);
 * client.start();
 *
 * const answer = await new Promise((resolve) => {
 *   const operator = { advance: ({ payload }: { payload?: unknown }) => resolve(payload) };
 *   client.operate("demo.Greeter", "hello", { kind: "full", operator }, {
 *     timeout: 1_000,
 *     payload: "Ada",
 *     completion: {},
 *   });
 * });
 * assertEquals(answer, "Hello, Ada");
 * await client.stop(1_000);
 * ```
 */
export function invocationLink(url: string | URL, options: InvocationLinkOptions = {}): InvocationLink {
  return new HttpInvocationLink(invocationSettings(url, options), errorReporter(options.onError));
}

/** What has been tried for an operation before it is placed. */
interface Before {
  readonly tried?: "nothing" | "probe" | "kind";
  readonly insteadOf?: ExchangeFailure;
}

/** The invocation link. {@linkcode invocationLink} makes one. */
export class HttpInvocationLink implements InvocationLink, ClientExchangeLink, ChoosingLink {
  readonly reportsConsumption = true;
  readonly report: (error: unknown) => void;
  readonly scheduler: FairScheduler;
  readonly aborts: RequestAborts;
  readonly #settings: InvocationSettings;
  readonly #intake: TicketIntake;
  readonly #operations = new OperationMap<ExchangeOperation>();
  readonly #deadlines: OperationDeadlines;
  readonly #exchanges: OpenExchanges;
  readonly #chooser: ExchangeChooser;
  /** Operations that wait until it is known which kind of exchange works. */
  readonly #undecided = new HeldOperations(this);
  /** Operations that a server has refused, until the next try. */
  readonly #refused = new HeldOperations(this);
  #nextTry: Timer = undefined;
  #peerLink: Link = NULL_LINK;
  #lastKind: ExchangeKind | undefined;
  /** The exchange that takes the next operation of any kind without headers of its own, if it is the only one and accepts any. */
  #current: ClientExchange | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: InvocationSettings, report: (error: unknown) => void, carriers: Carriers = CARRIERS) {
    this.report = report;
    this.scheduler = new FairScheduler(settings.clock);
    this.aborts = new RequestAborts(settings.clock);
    this.#settings = settings;
    this.#intake = new TicketIntake((ticket) => this.#take(ticket), report);
    this.#deadlines = new OperationDeadlines(settings.clock, (operationId) => this.#expire(operationId));
    const origin = originOf(settings.url);
    const memory = memoryOf(origin, settings.fetch);
    this.#exchanges = new OpenExchanges(this, settings, origin, carriers, () => memory.peerLimits);
    this.#chooser = new ExchangeChooser(settings, memory, this);
  }

  get exchange(): ExchangeKind {
    return this.#lastKind ?? this.#chooser.preferred;
  }

  get exchangeCount(): number {
    return this.#exchanges.size;
  }

  get operationCount(): number {
    return this.#operations.size;
  }

  joinLink(link: Link): void {
    this.#peerLink = link;
  }

  acceptTicket(ticket: Ticket): void {
    this.#intake.accept(ticket);
  }

  #take(ticket: Ticket): void {
    const operation = this.#operations.get(ticket.operationId);
    if (operation !== undefined) {
      if (ticket.timeout !== undefined) this.#deadlines.change(ticket);
      return operation.carrier.send(operation, ticket);
    }
    // Anything but a kick-off is a straggler of an operation that has ended (S11); an abort has nothing to end.
    if (ticket.group === undefined) return;
    if (isAbort(ticket.termination)) this.#peerLink.settled?.(ticket.operationId);
    else this.#begin(ticket);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  begin(operation: ExchangeOperation): void {
    this.#operations.set(operation.localId, operation);
  }

  forget({ localId }: ExchangeOperation): void {
    this.#forget(localId);
  }

  get peerReports(): boolean {
    return this.#peerLink.reportsConsumption === true;
  }

  passedOn(operation: ExchangeOperation): void {
    this.#peerLink.consumed?.(operation.localId, 1);
  }

  consumed(operationId: OperationId, payloads: number): void {
    const operation = this.#operations.get(operationId);
    if (operation !== undefined) operation.carrier.consumed?.(operation, payloads);
  }

  deliver(ticket: Ticket): void {
    this.#intake.emit(this.#peerLink, ticket);
  }

  tellEnd(operation: ExchangeOperation, ending: Ending): void {
    this.#tellEnd(operation.localId, ending);
  }

  greeted({ kind }: ClientExchange, hello: Hello): void {
    this.#chooser.greeted(kind, hello);
  }

  closed(exchange: ClientExchange, failure: ExchangeFailure | undefined): void {
    if (failure !== undefined) this.#chooser.failed(exchange, failure);
    if (this.#current === exchange) this.#current = undefined;
    this.#exchanges.remove(exchange);
  }

  takeBack({ kind }: ClientExchange, operations: readonly ExchangeOperation[], why: ExchangeFailure): void {
    for (const operation of operations) {
      const { unacknowledgedTickets: tickets, refusals } = operation;
      if (tickets === undefined || this.#closing !== undefined) this.#end(operation.localId, why);
      else if (why.retry === "at once") this.#place(tickets, refusals);
      else if (why.retry === "later" && refusals < MAX_REFUSALS) this.#tryLater(tickets, refusals + 1);
      else if (why.retry === undefined && this.#chooser.hasRuledOut(kind)) {
        this.#place(tickets, refusals, { tried: "kind", insteadOf: why });
      } else this.#end(operation.localId, why);
    }
  }

  openProbe(events: ProbeEvents): StreamExchange {
    return this.#exchanges.openProbe(events);
  }

  settled(): void {
    for (const { unacknowledgedTickets, refusals } of this.#undecided.take()) {
      if (unacknowledgedTickets !== undefined) this.#place(unacknowledgedTickets, refusals, { tried: "probe" });
    }
  }

  #begin(ticket: Ticket): void {
    if (this.#closing !== undefined) return this.#end(ticket.operationId, LINK_CLOSED); // S43
    if (this.#peerLink.keepsDeadlines !== true) this.#deadlines.begin(ticket);
    const current = this.#current;
    // A server that has just refused operations would refuse this one, too.
    if (this.#refused.size > 0) this.#refused.hold([ticket]);
    else if (ticket.protocol === undefined && this.#exchanges.size === 1 && current?.accepting) current.begin(ticket);
    else this.#place([ticket]);
  }

  /** Ends an operation that its end has not ended in time (S43), and tells both the server and the end. */
  #expire(operationId: OperationId): void {
    const operation = this.#operations.get(operationId);
    this.#deadlines.delete(operationId);
    if (operation === undefined) return;
    const termination = Termination.EXPIRATION;
    operation.carrier.send(operation, { operationId, sequenceNumber: operation.outgoing.next, termination });
    this.forget(operation);
    this.#tell({ operationId, sequenceNumber: operation.inject(), termination });
  }

  /** Begins an operation where it can be carried, or holds it until that is known. */
  #place(
    tickets: readonly [Ticket, ...Ticket[]],
    refusals = 0,
    { tried = "nothing", insteadOf }: Before = {},
  ): void {
    const [first, ...later] = tickets;
    const { headers } = readCallOptions(first.protocol);
    const choice = this.#chooser.choose({ methodKind: first.methodKind, headers }, tried);
    if (choice.verb === "wait") return this.#undecided.hold(tickets, refusals);
    if (choice.verb === "refuse") return this.#end(first.operationId, insteadOf ?? choice.ending);
    const { kind } = choice;
    this.#lastKind = kind;
    const exchange = this.#exchanges.take(choice, headers);
    // Where there is a choice, another kind than duplex may be for operations that need it.
    if (headers === undefined && (kind === ExchangeKind.DUPLEX || this.#settings.kind === kind)) {
      this.#current = exchange;
    }
    exchange.begin(first).refusals = refusals;
    for (const ticket of later) this.#take(ticket);
  }

  #tryLater(tickets: readonly [Ticket, ...Ticket[]], refusals: number): void {
    const { clock, random } = this.#settings;
    if (this.#refused.size === 0) this.#nextTry = clock.setTimer(this.#tryAgain, retryPauseMs(refusals, random()));
    this.#refused.hold(tickets, refusals);
  }

  readonly #tryAgain = (): void => {
    for (const { unacknowledgedTickets, refusals } of this.#refused.take()) {
      if (unacknowledgedTickets !== undefined) this.#place(unacknowledgedTickets, refusals);
    }
  };

  #close(): Promise<void> {
    this.#settings.clock.clearTimer(this.#nextTry);
    for (const held of [this.#undecided, this.#refused]) {
      for (const operation of held.take()) this.#end(operation.localId, LINK_CLOSED);
    }
    return this.#exchanges.close();
  }

  #forget(operationId: OperationId): void {
    this.#operations.delete(operationId);
    this.#deadlines.delete(operationId);
    this.#peerLink.settled?.(operationId);
  }

  #end(operationId: OperationId, ending: Ending): void {
    this.#forget(operationId);
    this.#tellEnd(operationId, ending);
  }

  /** Ends an operation of which the local end has received no ticket. */
  #tellEnd(operationId: OperationId, { termination, code, message }: Ending): void {
    this.#tell({ operationId, sequenceNumber: 0, termination, code, message });
  }

  #tell(ticket: Ticket): void {
    try {
      this.deliver(ticket);
    } catch (error) {
      this.report(error);
    }
  }
}
