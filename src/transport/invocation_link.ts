import type { Clock } from "../clock.ts";
import { ASYNC_DISPOSE } from "../dispose_symbol.ts";
import type { AsyncDisposal } from "../async_disposal.ts";
import { Code } from "../links/code.ts";
import { type Link, NULL_LINK } from "../links/link.ts";
import { MethodKind, streamsRequests } from "../links/method_kind.ts";
import { OperationMap } from "../links/operation_map.ts";
import { textOf } from "../links/thrown.ts";
import { type OperationId, Termination, type Ticket } from "../links/ticket.ts";
import { TicketIntake } from "../links/ticket_intake.ts";
import type { ExchangeFailure } from "../exchange/exchange_failure.ts";
import { errorReporter } from "../exchange/exchange_settings.ts";
import type { Ending } from "../exchange/exchange_tickets.ts";
import { isAbort } from "../exchange/ticket_count.ts";
import type { Hello } from "../wire/control_item.ts";
import { ExchangeKind } from "../wire/exchange_kind.ts";
import { readCallOptions } from "./client/call_context.ts";
import { LINK_CLOSED } from "./client/client_exchange.ts";
import { RequestAborts } from "./client/client_request.ts";
import { OperationDeadlines } from "./client/operation_deadlines.ts";
import { MAX_STREAMS } from "./client/open_streams.ts";
import { originOf } from "./client/origin.ts";
import {
  type AttachableEngine,
  type AttachedEngine,
  checkEngine,
  type EngineHost,
  type LinkedOperation,
} from "./engine.ts";
import { loadedEngine, loadEngine } from "./engine_loader.ts";
import {
  type ExchangeReason,
  type InvocationLinkOptions,
  type InvocationSettings,
  invocationSettings,
} from "./invocation_options.ts";
import { type SingleCall, type SingleCallHost, SingleCalls } from "./single/client.ts";

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
 * @throws {TypeError} If the URL cannot be parsed or has credentials, the kind of exchange is not supported or cannot be had
 * here, or an option stands in the wrong place.
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
  const engine = options.engine === undefined ? loadedEngine() : checkEngine(options.engine);
  return new HttpInvocationLink(invocationSettings(url, options), errorReporter(options.onError), engine);
}

/**
 * The invocation link; {@linkcode invocationLink} makes one. It carries calls on requests of their own. What cannot be
 * carried so, or better with others, is for the engine, which comes when it is needed.
 */
export class HttpInvocationLink implements InvocationLink, SingleCallHost, EngineHost {
  readonly reportsConsumption = true;
  readonly report: (error: unknown) => void;
  readonly aborts: RequestAborts;
  readonly #settings: InvocationSettings;
  readonly #intake: TicketIntake;
  readonly #deadlines: OperationDeadlines;
  readonly #singleCalls: SingleCalls;
  readonly #operations = new OperationMap<LinkedOperation>();
  /** The exchanges of one call that are open. */
  readonly #open: Set<SingleCall> = new Set();
  #engine: AttachedEngine | undefined;
  /** Operations that wait for the engine; `undefined` while it is not being loaded. */
  #waiting: Set<WaitingOperation> | undefined;
  /** What the last server has said that has answered a request of one call, for an engine that comes later. */
  #lastHello: Hello | undefined;
  /** An operation has begun while nothing was known: the next one shows that finding out is worth a request. */
  #isWorthProbing = false;
  #peerLink: Link = NULL_LINK;
  #lastKind: ExchangeKind | undefined;
  #closing: Promise<void> | undefined;
  readonly #isOutside: boolean;

  /** @param engine What carries several calls on one exchange, if it is there already. */
  constructor(settings: InvocationSettings, report: (error: unknown) => void, engine?: AttachableEngine) {
    this.report = report;
    this.aborts = new RequestAborts(settings.clock);
    this.#settings = settings;
    this.#intake = new TicketIntake((ticket) => this.#take(ticket), report);
    this.#deadlines = new OperationDeadlines(settings.clock, (operationId) => this.#expire(operationId));
    this.#singleCalls = new SingleCalls(this, settings);
    this.#engine = engine?.attach(settings, this);
    this.#isOutside = isOutsideRequest(settings.clock);
  }

  get exchange(): ExchangeKind {
    if (this.#lastKind !== undefined) return this.#lastKind;
    if (this.#engine !== undefined) return this.#engine.preferred;
    const { kind, inBrowser } = this.#settings;
    if (kind !== "auto") return kind;
    return inBrowser ? ExchangeKind.SINGLE : ExchangeKind.DUPLEX;
  }

  get exchangeCount(): number {
    return this.#open.size + (this.#engine?.exchangeCount ?? 0);
  }

  get operationCount(): number {
    return this.#operations.size;
  }

  // Link.

  joinLink(link: Link): void {
    this.#peerLink = link;
  }

  acceptTicket(ticket: Ticket): void {
    this.#intake.accept(ticket);
  }

  consumed(operationId: OperationId, payloads: number): void {
    this.#operations.get(operationId)?.consumed?.(payloads);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  #take(ticket: Ticket): void {
    const { operationId } = ticket;
    const operation = this.#operations.get(operationId);
    if (operation !== undefined) {
      if (ticket.timeout !== undefined) this.#deadlines.change(ticket);
      return operation.send(ticket);
    }
    // Anything but a kick-off is a straggler of an operation that has ended (S11); an abort has nothing to end.
    if (ticket.group === undefined) return;
    if (isAbort(ticket.termination)) this.#peerLink.settled?.(operationId);
    else this.#begin(ticket);
  }

  #begin(ticket: Ticket): void {
    if (this.#closing !== undefined) return this.#end(ticket.operationId, LINK_CLOSED); // S43
    if (this.#isOutside) return this.#end(ticket.operationId, MADE_OUTSIDE);
    if (this.#peerLink.keepsDeadlines !== true) this.#deadlines.begin(ticket);
    const reason = this.#whySingly(ticket);
    if (reason !== undefined) this.carrySingly([ticket], reason);
    else if (this.#engine !== undefined) this.#engine.open(ticket);
    else this.#wait(ticket);
  }

  /** Why an operation is to be carried on a request of its own, whatever the engine would say; `undefined` if it is not. */
  #whySingly({ methodKind }: Ticket): ExchangeReason | undefined {
    const { kind, inBrowser } = this.#settings;
    if (kind === ExchangeKind.SINGLE) return "asked";
    if (kind !== "auto" || this.#engine !== undefined) return undefined;
    if (inBrowser) return this.#fitsSingly(methodKind) ? "browser" : undefined;
    if (streamsRequests(methodKind)) return undefined;
    // One call, or the first of many, costs one plain request.
    if (this.#isWorthProbing) this.#load();
    this.#isWorthProbing = true;
    return "unknown";
  }

  /** Whether a browser can carry an operation on a request of its own, without taking a connection that others need. */
  #fitsSingly(methodKind: MethodKind | undefined): boolean {
    if (methodKind === MethodKind.SERVER_STREAMING) return !this.#settings.streams?.take(MAX_STREAMS);
    return methodKind !== undefined && methodKind !== MethodKind.BIDI_STREAMING;
  }

  /** Ends an operation that its end has not ended in time (S43), and tells both the server and the end. */
  #expire(operationId: OperationId): void {
    this.#deadlines.delete(operationId);
    const sequenceNumber = this.#operations.get(operationId)?.expire();
    if (sequenceNumber === undefined) return;
    this.#end(
      operationId,
      { termination: Termination.EXPIRATION, code: undefined, message: undefined },
      sequenceNumber,
    );
  }

  async #close(): Promise<void> {
    for (const call of [...this.#open]) call.close();
    this.#endWaiting(LINK_CLOSED);
    await Promise.all([this.aborts.settled(), this.#engine?.close()]);
  }

  #end(operationId: OperationId, { termination, code, message }: Ending, sequenceNumber = 0): void {
    this.forget(operationId);
    try {
      this.deliver({ operationId, sequenceNumber, termination, code, message });
    } catch (error) {
      this.report(error);
    }
  }

  // The engine comes when it is needed.

  #load(): Set<WaitingOperation> {
    if (this.#waiting !== undefined) return this.#waiting;
    this.#waiting = new Set();
    loadEngine()
      .then((engine) => this.#attach(engine), (error) => this.#cannotLoad(error))
      .catch(this.report);
    return this.#waiting;
  }

  #wait(ticket: Ticket): void {
    const waiting = this.#load();
    const operation = new WaitingOperation(ticket, () => {
      waiting.delete(operation);
      this.forget(ticket.operationId);
    });
    waiting.add(operation);
    this.register(ticket.operationId, operation);
  }

  #attach(attachable: AttachableEngine): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    if (this.#closing !== undefined) return;
    const engine = attachable.attach(this.#settings, this);
    this.#engine = engine;
    if (this.#lastHello !== undefined) engine.greetedSingly(this.#lastHello);
    if (this.#isWorthProbing) engine.probe();
    for (const { tickets: [first, ...later] } of waiting) {
      engine.open(first);
      for (const ticket of later) this.#take(ticket);
    }
    for (const call of [...this.#open]) if (call.hasOutgrown) this.outgrown(call);
  }

  #cannotLoad(error: unknown): void {
    for (const call of this.#open) if (call.hasOutgrown) call.stay();
    const message = `Cannot load the part of the client that carries several calls on one exchange: ${textOf(error)}`;
    const { kind, streams } = this.#settings;
    for (const operation of this.#waiting ?? []) {
      const { tickets } = operation;
      if (kind !== "auto" || tickets[0].methodKind !== MethodKind.SERVER_STREAMING || streams?.protocol) continue;
      // It waits only since it may be one too many, which is not known.
      this.#waiting?.delete(operation);
      this.carrySingly(tickets, "browser", message);
    }
    this.#endWaiting({ termination: Termination.TRANSMISSION_FAILURE, code: Code.UNAVAILABLE, message });
  }

  #endWaiting(ending: Ending): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const { tickets: [{ operationId }] } of waiting) this.#end(operationId, ending);
  }

  // SingleCallHost and EngineHost.

  get peerReports(): boolean {
    return this.#peerLink.reportsConsumption === true;
  }

  deliver(ticket: Ticket): void {
    this.#intake.emit(this.#peerLink, ticket);
  }

  passedOn(operationId: OperationId): void {
    this.#peerLink.consumed?.(operationId, 1);
  }

  register(operationId: OperationId, operation: LinkedOperation): void {
    this.#operations.set(operationId, operation);
  }

  registered(operationId: OperationId): LinkedOperation | undefined {
    return this.#operations.get(operationId);
  }

  forget(operationId: OperationId): void {
    this.#operations.delete(operationId);
    this.#deadlines.delete(operationId);
    this.#peerLink.settled?.(operationId);
  }

  outgrown(call: SingleCall): void {
    if (this.#engine === undefined) return void this.#load();
    if (!this.#engine.takeOver(call)) call.stay();
  }

  greeted(hello: Hello): void {
    this.#lastHello = hello;
    this.#engine?.greetedSingly(hello);
    this.#settings.streams?.greeted(hello);
  }

  closed(call: SingleCall, failure: ExchangeFailure | undefined): void {
    if (failure !== undefined) this.#engine?.failedSingly(failure, call.greetedByServer);
    this.#open.delete(call);
    this.#settings.streams?.delete(call);
  }

  carrySingly([first, ...later]: readonly [Ticket, ...Ticket[]], reason: ExchangeReason, message?: string): void {
    const { operationId, methodKind, protocol } = first;
    const call = this.#singleCalls.call(operationId, readCallOptions(protocol).headers);
    this.register(operationId, call);
    this.#open.add(call);
    if (methodKind === MethodKind.SERVER_STREAMING) this.#settings.streams?.add(call);
    this.used(ExchangeKind.SINGLE);
    this.tell(ExchangeKind.SINGLE, reason, message);
    call.begin(first, reason === "browser" || reason === "fallback");
    for (const ticket of later) this.#take(ticket);
  }

  used(kind: ExchangeKind): void {
    this.#lastKind = kind;
  }

  tell(kind: ExchangeKind, reason: ExchangeReason, message?: string): void {
    const { onExchange, url } = this.#settings;
    if (onExchange === undefined) return;
    try {
      onExchange({ kind, origin: originOf(url), reason, ...message && { message } });
    } catch (error) {
      this.report(error);
    }
  }
}

/** What calls are told where they would belong to another request than their link, and hang. */
const MADE_OUTSIDE: Ending = Object.freeze({
  termination: Termination.TRANSMISSION_FAILURE,
  code: Code.FAILED_PRECONDITION,
  message: "Cannot call with a client that was made outside of a request: on Workers make one within each request",
});

/** On Workers there are no timers outside of a request. */
function isOutsideRequest(clock: Clock): boolean {
  if (!("WebSocketPair" in globalThis)) return false;
  try {
    clock.clearTimer(clock.setTimer(() => {}, 0));
    return false;
  } catch {
    return true;
  }
}

/** An operation that waits for the engine, with its tickets so far. */
class WaitingOperation implements LinkedOperation {
  readonly tickets: [Ticket, ...Ticket[]];
  readonly #abandon: () => void;

  /** @param abandon The operation is over. */
  constructor(ticket: Ticket, abandon: () => void) {
    this.tickets = [ticket];
    this.#abandon = abandon;
  }

  send(ticket: Ticket): void {
    // No server knows of it, so none has to be told.
    if (isAbort(ticket.termination)) this.#abandon();
    else this.tickets.push(ticket);
  }

  expire(): number {
    this.#abandon();
    return 0;
  }
}
