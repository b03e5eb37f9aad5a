import { type Link, NULL_LINK, type OperationId, type Ticket } from "../links/mod.ts";
import type { ExchangeKind } from "../wire/mod.ts";
import { readCallOptions } from "./call_options.ts";
import type { ClientExchange, ClientOwner } from "./client_exchange.ts";
import { duplexConnection } from "./connection.ts";
import { type ExchangeOperation, isAbort } from "./exchange_operation.ts";
import { errorReporter } from "./exchange_settings.ts";
import { type InvocationLinkOptions, type InvocationSettings, invocationSettings } from "./invocation_options.ts";
import { LINK_CLOSED } from "./link_closed.ts";
import { pairConnection } from "./pair_connection.ts";
import { SingleExchange } from "./single_exchange.ts";
import { socketConnection } from "./socket_connection.ts";
import { StreamExchange } from "./stream_exchange.ts";
import { Turns } from "./turns.ts";

/** A link to a service somewhere else, over `fetch`. Its mate is an end that invokes, or whatever speaks like one. */
export interface InvocationLink extends Link, AsyncDisposable {
  /** The kind of exchange that carries the operations. */
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
 * Makes the client's link: tickets that its mate sends leave in the bodies of HTTP requests, and those of the service
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
 * @throws {TypeError} If the URL cannot be parsed, or the kind of exchange is not supported or cannot be had here.
 * @throws {RangeError} If a number among the options is out of its range.
 *
 * @example An end at one side of HTTP, an end at the other
 * ```ts
 * import { invocationEnd, invocationLink, serviceEnd, serviceLink } from "@ticketlink/ticketlink";
 * import { joinLinks } from "@ticketlink/ticketlink/links";
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

class HttpInvocationLink implements InvocationLink, ClientOwner {
  readonly report: (error: unknown) => void;
  readonly turns: Turns;
  readonly #settings: InvocationSettings;
  readonly #operations: Map<OperationId, ExchangeOperation> = new Map();
  readonly #exchanges: Set<ClientExchange> = new Set();
  #mate: Link = NULL_LINK;
  #closing: Promise<void> | undefined;
  #allClosed: (() => void) | undefined;

  constructor(settings: InvocationSettings, report: (error: unknown) => void) {
    this.#settings = settings;
    this.report = report;
    this.turns = new Turns(settings.clock);
  }

  get exchange(): ExchangeKind {
    return this.#settings.kind;
  }

  get exchangeCount(): number {
    return this.#exchanges.size;
  }

  get operationCount(): number {
    return this.#operations.size;
  }

  joinLink(link: Link): void {
    this.#mate = link;
  }

  acceptTicket(ticket: Ticket): void {
    const operation = this.#operations.get(ticket.operationId);
    if (operation !== undefined) operation.carrier.send(operation, ticket);
    // Anything but a kick-off is a straggler of an operation that has ended (S11); an abort has nothing to end.
    else if (ticket.group !== undefined && !isAbort(ticket.termination)) this.#begin(ticket);
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#allClosed = resolve;
      for (const exchange of [...this.#exchanges]) exchange.close();
      if (this.#exchanges.size === 0) resolve();
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  begin(operation: ExchangeOperation): void {
    this.#operations.set(operation.localId, operation);
  }

  forget(operation: ExchangeOperation): void {
    this.#operations.delete(operation.localId);
  }

  deliver(ticket: Ticket): void {
    this.#mate.acceptTicket(ticket);
  }

  closed(exchange: ClientExchange): void {
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size === 0) this.#allClosed?.();
  }

  #begin(ticket: Ticket): void {
    if (this.#closing === undefined) this.#exchangeFor(ticket).begin(ticket);
    // Not at once: the mate that sent the ticket is at work itself (S43).
    else queueMicrotask(() => this.#refuse(ticket));
  }

  #refuse({ operationId }: Ticket): void {
    try {
      this.deliver({ operationId, sequenceNumber: 0, ...LINK_CLOSED });
    } catch (error) {
      this.report(error);
    }
  }

  #exchangeFor(ticket: Ticket): ClientExchange {
    const { headers } = readCallOptions(ticket.protocol);
    if (headers === undefined) {
      for (const exchange of this.#exchanges) {
        if (exchange.accepting) return exchange;
      }
    }
    const exchange = this.#newExchange(headers);
    this.#exchanges.add(exchange);
    return exchange;
  }

  #newExchange(headers: HeadersInit | undefined): ClientExchange {
    const settings = this.#settings;
    if (settings.kind === "single") return new SingleExchange(this, settings, headers);
    return new StreamExchange(this, settings, headers, CONNECTIONS[settings.kind](settings));
  }
}

const CONNECTIONS = { duplex: duplexConnection, pair: pairConnection, socket: socketConnection } as const;
