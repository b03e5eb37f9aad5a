import type { Context, Handler } from "npm:hono@^4";
import type { Timer } from "../clock.ts";
import { Code } from "../links/code.ts";
import { type Link, NULL_LINK } from "../links/link.ts";
import { type OperationId, Termination, type Ticket } from "../links/ticket.ts";
import { OperationMap } from "../links/operation_map.ts";
import { TicketIntake } from "../links/ticket_intake.ts";
import { MEDIA_TYPE } from "../wire/media_type.ts";
import { refusalFrame } from "../wire/refusal_writer.ts";
import type { ExchangeOperation } from "../exchange/exchange_operation.ts";
import { isAbort } from "../exchange/ticket_count.ts";
import { errorReporter } from "../exchange/exchange_settings.ts";
import { wireDown } from "../exchange/exchange_failure.ts";
import { FairScheduler } from "../exchange/fair_scheduler.ts";
import { SecondMeter } from "../exchange/rate_limit.ts";
import { HandlerHttp } from "./server/handler_http.ts";
import { checkRequest, DRAINING, type HttpRefusal, REFUSAL_HEADERS, tooManyExchanges } from "./server/http_refusal.ts";
import type { BufferBudget } from "./server/load_limits.ts";
import { PART_TAKEN_HEADERS } from "./pair/server.ts";
import { RequestRouter } from "./request_router.ts";
import {
  type AnswerBody,
  type OpeningRequest,
  type RequestExchange,
  type RequestHost,
  RequestTransport,
  RESPONSE_HEADERS,
} from "./server/request_transport.ts";
import { type OpenExchange, ServiceExchange, type ServiceExchangeLink } from "./server/service_exchange.ts";
import { type ServiceLinkOptions, type ServiceSettings, serviceSettings } from "./service_options.ts";
import type { ServiceTransport } from "./server/service_transport.ts";
import { whenLeft } from "./server/when_left.ts";
import { SocketServerTransport } from "./socket/server.ts";
import { checkSocketRequest, isSocketRequest, NO_SOCKETS, upgradeRequest } from "./socket/upgrade.ts";

/** A link to clients over HTTP. It is joined to an end that serves, or to a link that acts as one. */
export interface ServiceLink extends Link {
  /** Mounts on any route of a Hono app, after any middleware. */
  readonly handler: Handler;
  /** Exchanges that are open just now. */
  readonly exchangeCount: number;
  /** Operations that run just now. */
  readonly operationCount: number;

  /**
   * Takes no more exchanges and no more operations, and ends what still runs after a while. It is to be called before
   * the HTTP server is shut down. A second call can only make it sooner.
   *
   * @param graceMs Milliseconds that operations may go on, from 0.
   * @returns Resolves when every exchange is over.
   * @throws {RangeError} If `graceMs` is not a finite number from 0.
   */
  stop(graceMs: number): Promise<void>;

  /**
   * Asks to be told when no exchange is open: at once if so now, else once when the last of them ends.
   *
   * @param action Called once. If it throws, that is reported and stops no other.
   */
  addIdleAction(action: () => void): void;
}

/**
 * Makes the server's link: tickets that clients send in the bodies of HTTP requests go to the end, and those of the
 * end leave in the responses.
 *
 * The Hono `Context` of the request goes with ticket 0 of each operation as SERVICER_CONTEXT, as a view that refuses writes
 * which would be lost or which other operations would see. When an exchange goes down, all operations on it end at once: as
 * CANCELLED where the client went away on purpose, as TRANSMISSION_FAILURE otherwise (S45).
 *
 * @param options Limits.
 * @returns The link.
 * @throws {TypeError} If an option stands in the wrong place.
 * @throws {RangeError} If a number among the options is out of its range.
 *
 * @example Mount it
 * ```ts
 * import { serviceLink } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "npm:hono@^4";
 *
 * const link = serviceLink();
 * const app = new Hono().all("/tickets", link.handler);
 *
 * const response = await app.request("/tickets");
 * assertEquals(response.status, 405);
 * await link.stop(0);
 * ```
 */
export function serviceLink(options: ServiceLinkOptions = {}): ServiceLink {
  return new HttpServiceLink(serviceSettings(options), errorReporter(options.onError));
}

/** Refused WebSockets that are reported in a second: any page can ask for as many as it likes. */
const MAX_SOCKET_REPORTS_PER_SECOND = 10;

/** Answers a request, unless middleware has done so meanwhile: then nobody gets this response. */
function respond(
  context: Context,
  body: AnswerBody | string,
  status: HttpRefusal["status"] | 200 = 200,
  headers: Record<string, string> = RESPONSE_HEADERS,
): Response {
  // The context would add the headers of the other response, which `@hono/node-server` cannot read when it has been sent.
  return context.finalized ? new Response() : context.body(body, status, headers);
}

/** The service link. {@linkcode serviceLink} makes one. */
export class HttpServiceLink implements ServiceLink, ServiceExchangeLink, RequestHost {
  readonly reportsConsumption = true;
  readonly report: (error: unknown) => void;
  readonly scheduler: FairScheduler;
  readonly budget: BufferBudget;
  readonly #settings: ServiceSettings;
  readonly #intake: TicketIntake;
  readonly #operations = new OperationMap<ExchangeOperation>();
  /** Operations that have left their exchanges, and whose handlers still run. */
  readonly #unsettled = new OperationMap<ExchangeOperation>();
  readonly #exchanges: Set<OpenExchange> = new Set();
  readonly #socketReports = new SecondMeter(MAX_SOCKET_REPORTS_PER_SECOND);
  readonly #router: RequestRouter;
  readonly #idleActions: Set<() => void> = new Set();
  #peerLink: Link = NULL_LINK;
  #stopping: Promise<void> | undefined;
  #allClosed: (() => void) | undefined;
  #graceTimer: Timer = undefined;
  #graceEndsAt = Infinity;

  constructor(settings: ServiceSettings, report: (error: unknown) => void) {
    this.#settings = settings;
    this.report = report;
    this.#intake = new TicketIntake((ticket) => this.#take(ticket), report);
    this.scheduler = new FairScheduler(settings.clock);
    this.budget = settings.budget;
    this.#router = new RequestRouter(this, settings);
  }

  get exchangeCount(): number {
    return this.#exchanges.size;
  }

  get operationCount(): number {
    return this.#operations.size;
  }

  readonly handler: Handler = async (context): Promise<Response> => {
    if (isSocketRequest(context.req.raw)) return await this.#openSocket(context);
    const refusal = checkRequest(context.req.raw);
    if (refusal !== undefined) return refuse(context, refusal);
    const arrival = await this.#router.receive(context);
    if (arrival.kind === "refused") return refuse(context, arrival.refusal);
    if (arrival.kind === "taken") return context.body(null, 204, PART_TAKEN_HEADERS);
    if (arrival.kind === "answered") return respond(context, arrival.body);
    const { transport } = arrival;
    const failure = await transport.answer;
    if (failure !== undefined) return refuse(context, failure);
    return respond(context, transport.body);
  };

  joinLink(link: Link): void {
    this.#peerLink = link;
  }

  acceptTicket(ticket: Ticket): void {
    this.#intake.accept(ticket);
  }

  addIdleAction(action: () => void): void {
    this.#idleActions.add(action);
    if (this.#exchanges.size === 0) this.#runIdleActions();
  }

  async stop(graceMs: number): Promise<void> {
    if (!Number.isFinite(graceMs) || graceMs < 0) {
      throw new RangeError(
        `Cannot stop the link: expected a finite number of milliseconds from 0 as graceMs, got ${graceMs}`,
      );
    }
    this.#stopping ??= this.#beginStop();
    this.#limitGrace(graceMs);
    await this.#stopping;
  }

  begin(operation: ExchangeOperation): void {
    const before = this.#operations.get(operation.localId);
    // An exchange takes the operation of a plain call over.
    if (before === undefined) this.budget.countOperations(1);
    else operation.isSettled = before.isSettled;
    this.#operations.set(operation.localId, operation);
  }

  forget(operation: ExchangeOperation): void {
    if (!this.#operations.delete(operation.localId)) return;
    if (operation.isSettled || !this.peerReports) this.#operationOver();
    else this.#unsettled.set(operation.localId, operation);
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

  settled(operationId: OperationId): void {
    const running = this.#operations.get(operationId);
    const operation = running ?? this.#unsettled.get(operationId);
    if (operation === undefined) return;
    if (running === undefined) {
      this.#unsettled.delete(operationId);
      this.#operationOver();
    }
    if (operation.carrier.settled === undefined) operation.isSettled = true;
    else operation.carrier.settled(operation);
  }

  #operationOver(): void {
    this.budget.countOperations(-1);
    if (this.budget.takeRelief()) { for (const exchange of this.#exchanges) exchange.reportPlaces?.(); }
  }

  deliver(ticket: Ticket): void {
    this.#intake.emit(this.#peerLink, ticket);
  }

  opened(exchange: OpenExchange): void {
    this.#exchanges.add(exchange);
  }

  closed(exchange: OpenExchange): void {
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size > 0) return;
    this.#runIdleActions();
    if (this.#allClosed === undefined) return;
    this.#router.refuseAll();
    this.#allClosed();
  }

  checkCapacity(others = 0): HttpRefusal | undefined {
    if (this.#stopping !== undefined) return DRAINING;
    const { maxExchanges } = this.#settings;
    return this.#exchanges.size + others < maxExchanges ? undefined : tooManyExchanges(maxExchanges);
  }

  open(context: Context, request: OpeningRequest): RequestExchange {
    const transport = new RequestTransport({
      ...request,
      whenLeft: (left) => whenLeft(context, left),
      http: request.http ?? new HandlerHttp(context),
    });
    return { transport, exchange: this.accept(transport) };
  }

  #take(ticket: Ticket): void {
    const operation = this.#operations.get(ticket.operationId);
    if (operation !== undefined) operation.carrier.send(operation, ticket);
    // Anything but a kick-off is a straggler of an operation that has ended (S11).
    else if (ticket.group !== undefined && !isAbort(ticket.termination)) this.#refuse(ticket);
  }

  /** Makes an exchange of a transport that a client has opened. */
  accept(transport: ServiceTransport): ServiceExchange {
    const exchange = new ServiceExchange(this, this.#settings, transport);
    this.#exchanges.add(exchange);
    return exchange;
  }

  async #openSocket(context: Context): Promise<Response> {
    const { upgradeWebSocket, socketOrigins } = this.#settings;
    if (upgradeWebSocket === undefined) return this.#refuseSocket(context, NO_SOCKETS);
    const refusal = checkSocketRequest(context.req.raw, socketOrigins);
    if (refusal !== undefined) return this.#refuseSocket(context, refusal);
    const transport = new SocketServerTransport(this.#settings, new HandlerHttp(context).protocol);
    // A client does not see why a WebSocket is refused, so it is told by one.
    const exchange = this.#acceptSocket(transport);
    const upgraded = await upgradeRequest(upgradeWebSocket, context, transport.events);
    if (!("refusal" in upgraded)) return upgraded;
    exchange?.fail(wireDown("The request has not become a WebSocket"));
    return this.#refuseSocket(context, upgraded.refusal, upgraded.error);
  }

  /** No client sees why its WebSocket was refused, so the server is told, if not of each of many. */
  #refuseSocket(context: Context, refusal: HttpRefusal, error: unknown = new Error(refusal.text)): Response {
    if (this.#socketReports.count(this.#settings.clock.now())) this.report(error);
    return refuse(context, refusal);
  }

  #acceptSocket(transport: SocketServerTransport): ServiceExchange | undefined {
    const refusal = this.checkCapacity();
    if (refusal === undefined) return this.accept(transport);
    transport.refused(refusal);
    transport.close();
    return undefined;
  }

  #runIdleActions(): void {
    for (const action of this.#idleActions) {
      this.#idleActions.delete(action);
      try {
        action();
      } catch (error) {
        this.report(error);
      }
    }
  }

  /** S43: a kick-off that cannot be delivered is answered. */
  #refuse({ operationId }: Ticket): void {
    try {
      this.deliver({
        operationId,
        sequenceNumber: 0,
        code: Code.UNAVAILABLE,
        message: "A service link cannot open operations: over HTTP it is clients that call",
        termination: Termination.TRANSMISSION_FAILURE,
      });
    } catch (error) {
      this.report(error);
    }
  }

  #beginStop(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#allClosed = resolve);
    for (const exchange of [...this.#exchanges]) exchange.drain("it is stopping");
    this.#router.stop();
    if (this.#exchanges.size === 0) this.#allClosed?.();
    return stopped.then(() => this.#settings.clock.clearTimer(this.#graceTimer));
  }

  #limitGrace(graceMs: number): void {
    const { clock } = this.#settings;
    const endsAt = clock.now() + graceMs;
    if (endsAt >= this.#graceEndsAt || this.#exchanges.size === 0) return;
    this.#graceEndsAt = endsAt;
    clock.clearTimer(this.#graceTimer);
    if (graceMs === 0) this.#cutOff();
    else this.#graceTimer = clock.setTimer(this.#cutOff, graceMs);
  }

  readonly #cutOff = (): void => {
    for (const exchange of [...this.#exchanges]) exchange.cutOff();
  };
}

/** Answers a request that does not become an exchange. */
export function refuse(context: Context, { status, text, headers, isStated }: HttpRefusal): Response {
  // What is left of the request is not read; errors of cancelling it do not matter.
  const { body } = context.req.raw;
  if (body !== null && !body.locked) body.cancel().catch(() => "it is over either way");
  const all = { ...REFUSAL_HEADERS, ...headers };
  if (!isStated) return respond(context, text, status, all);
  return respond(context, refusalFrame(status, text), status, { ...all, "content-type": MEDIA_TYPE });
}
