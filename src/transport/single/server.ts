import { queueSwiftly, type Timer } from "../../clock.ts";
import { toTicket } from "../../exchange/to_ticket.ts";
import { ExchangeOperation, type OperationCarrier } from "../../exchange/exchange_operation.ts";
import { MethodKind } from "../../links/method_kind.ts";
import { newOperationId, Subscription, Termination, type Ticket } from "../../links/ticket.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import { type WholeBody, WholeBodyReader } from "../../wire/whole_body.ts";
import { WholeBodyWriter } from "../../wire/whole_body_writer.ts";
import { checkClientHello } from "../server/http_refusal.ts";
import { ANSWER_LOOK_MS, type HandlerHttp, headTimeoutMs } from "../server/handler_http.ts";
import type { AnswerBody, RequestExchange, RequestTransport } from "../server/request_transport.ts";
import { serviceHello } from "../server/service_exchange.ts";
import { LargeAnswer } from "./large_answer.ts";
import type { OpenExchange, ServiceExchangeLink } from "../server/service_exchange.ts";
import type { BegunOperation, ServiceExchangeSettings } from "../server/service_transport.ts";

const SINGLE_ONLY: readonly ExchangeKind[] = [ExchangeKind.SINGLE];

/**
 * Microtasks in which a handler may answer before a timer is set for it. One that waits for nothing but promises needs about
 * twenty, with validation and interceptors.
 */
const PATIENCE_MICROTASKS = 64;

/** Bytes up to which an answer is handed over at once, and not counted any more: what a socket takes. */
const SHORT_ANSWER_BYTES = 65_536;

/** What plain calls need of the service link. */
export interface PlainCallHost extends ServiceExchangeLink {
  /** Takes a ticket of the local end. */
  acceptTicket(ticket: Ticket): void;
  /** An exchange has been opened. */
  opened(exchange: OpenExchange): void;
}

/** What a plain call has come to: its answer, or an exchange that is to give it. */
export type PlainAnswer =
  | { readonly kind: "answered"; readonly body: AnswerBody }
  | { readonly kind: "opened"; readonly transport: RequestTransport };

/** A request that is a plain call, and what goes with it. */
export interface PlainRequest {
  /** What it holds. */
  readonly body: WholeBody;
  /** What the handler sees of its context. */
  readonly http: HandlerHttp;
  /** Calls back when the client has left, where the platform tells; returns what ends that. */
  readonly whenLeft: (left: () => void) => () => void;
  /** Makes an exchange of the request, which reads it once more. */
  readonly open: (begun: BegunOperation) => RequestExchange;
}

interface SharedParts {
  readonly settings: ServiceExchangeSettings;
  /** Writes whole answers. */
  readonly writer: WholeBodyWriter;
}

/** The plain calls of one link: what all of them share. */
export class PlainCalls {
  readonly #host: PlainCallHost;
  readonly #settings: ServiceExchangeSettings;
  readonly #reader: WholeBodyReader;
  readonly #writer: WholeBodyWriter;

  constructor(host: PlainCallHost, settings: ServiceExchangeSettings) {
    this.#host = host;
    this.#settings = settings;
    this.#reader = new WholeBodyReader({ ...settings.wire, payloads: settings.payloads });
    this.#writer = new WholeBodyWriter(serviceHello(settings), settings.wire);
  }

  /** Reads a request; `undefined` if it is no plain call, or not in good order. */
  read(bytes: Uint8Array): WholeBody | undefined {
    const body = this.#reader.read(bytes);
    if (body === undefined || !isPlain(body)) return undefined;
    const { hello } = body;
    return checkClientHello(hello, SINGLE_ONLY) === undefined ? body : undefined;
  }

  /** Begins the operation of a request, unless it has begun before (P7.42); `undefined` then. */
  begin(request: PlainRequest): Promise<PlainAnswer> | undefined {
    const { attempt } = request.body.hello;
    if (attempt !== undefined && !this.#settings.attempts.begin(attempt)) return undefined;
    const parts = { settings: this.#settings, writer: this.#writer };
    return new Promise((resolve) => new PlainCall(this.#host, parts, request, resolve).begin());
  }
}

/** Whether a request is one message that wants one back. */
function isPlain({ sequence, fields, payload }: WholeBody): boolean {
  return payload !== undefined && (sequence === undefined || sequence === 0) &&
    fields?.methodKind === MethodKind.UNARY && fields.subscription === Subscription.FULL &&
    fields.termination === Termination.COMPLETION && fields.allowance === undefined &&
    fields.unsupported === undefined;
}

/**
 * A unary call whose request is whole. If its answer is there soon, it is the response, with a length unless it is large.
 * Otherwise the request becomes an exchange, which takes the operation over as it is: it alone knows how to wait.
 *
 * ```text
 *          the answer is complete
 * begun ────────────────────────────▶ answered
 *   └── it takes time, or cannot be written; the link stops ──▶ exchange
 * ```
 */
class PlainCall implements OperationCarrier, OpenExchange {
  readonly #host: PlainCallHost;
  readonly #shared: SharedParts;
  readonly #request: PlainRequest;
  readonly #resolve: (answer: PlainAnswer) => void;
  readonly #operation: ExchangeOperation;
  readonly #tickets: Ticket[] = [];
  #microtasks = 0;
  #timer: Timer = undefined;
  #headDueAtMs = Infinity;
  #stopWatching: () => void = () => {};
  #isOver = false;

  constructor(
    host: PlainCallHost,
    shared: SharedParts,
    request: PlainRequest,
    resolve: (answer: PlainAnswer) => void,
  ) {
    this.#host = host;
    this.#shared = shared;
    this.#request = request;
    this.#resolve = resolve;
    this.#operation = new ExchangeOperation(this, newOperationId(), request.body.operation, "service");
    host.opened(this);
  }

  /** Hands the request to the local end. */
  begin(): void {
    const operation = this.#operation;
    const { body: { sequence, fields, payload }, http } = this.#request;
    http.carriesOneCall();
    this.#host.begin(operation);
    const number = operation.delivered(operation.arrived(sequence, fields), fields);
    try {
      this.#host.deliver(toTicket(operation.localId, number, fields, payload, undefined, http.protocol));
    } catch (error) {
      this.#becomeExchange({ error });
      return;
    }
    this.#wait();
  }

  send(operation: ExchangeOperation, ticket: Ticket): void {
    const { attempt } = this.#request.body.hello;
    if (ticket.neverStarted && attempt !== undefined) this.#shared.settings.attempts.withdraw(attempt);
    this.#tickets.push(ticket);
    operation.sent(ticket);
    if (operation.finished && !this.#isOver) this.#answer();
  }

  drain(why: string): void {
    this.#becomeExchange()?.drain(why);
  }

  cutOff(): void {
    this.#becomeExchange()?.cutOff();
  }

  readonly #wait = (): void => {
    if (this.#isOver) return;
    this.#microtasks += 1;
    if (this.#microtasks < PATIENCE_MICROTASKS) return queueSwiftly(this.#wait);
    const { whenLeft, body: { hello } } = this.#request;
    const { clock, heartbeatMs } = this.#shared.settings;
    this.#headDueAtMs = clock.now() + headTimeoutMs(MethodKind.UNARY, heartbeatMs, hello);
    this.#stopWatching = whenLeft(this.#stopWaiting);
    if (this.#isOver) return this.#stopWatching();
    this.#waitLonger();
  };

  readonly #waitLonger = (): void => {
    const { clock } = this.#shared.settings;
    const leftMs = this.#headDueAtMs - clock.now();
    if (leftMs <= 0 || this.#request.http.answersWithout(undefined)) return this.#stopWaiting();
    this.#timer = clock.setTimer(this.#waitLonger, Math.min(leftMs, ANSWER_LOOK_MS));
  };

  readonly #stopWaiting = (): void => void this.#becomeExchange();

  #answer(): void {
    const { operation, hello: { maxFrameBytes } } = this.#request.body;
    let body: Uint8Array<ArrayBuffer>;
    try {
      const { writer } = this.#shared;
      writer.begin(undefined, maxFrameBytes);
      for (const ticket of this.#tickets) writer.add(operation, ticket);
      body = writer.finish();
    } catch {
      // The exchange finds the same, and tells both sides.
      this.#becomeExchange();
      return;
    }
    this.#end();
    this.#request.http.answered();
    this.#host.forget(this.#operation);
    const answer = body.length > SHORT_ANSWER_BYTES ? this.#giveInPieces(body) : body;
    this.#host.closed(this);
    this.#resolve({ kind: "answered", body: answer });
  }

  #giveInPieces(bytes: Uint8Array): ReadableStream<Uint8Array> {
    const { clock, heartbeatMs } = this.#shared.settings;
    const { budget } = this.#host;
    const answer = new LargeAnswer(bytes, { clock, heartbeatMs, budget, over: (it) => this.#host.closed(it) });
    this.#host.opened(answer);
    return answer.stream;
  }

  #end(): void {
    this.#isOver = true;
    this.#shared.settings.clock.clearTimer(this.#timer);
    this.#stopWatching();
  }

  /** Lets an exchange read the request once more, whose operation the local end knows already. */
  #becomeExchange(failure?: { readonly error: unknown }): OpenExchange | undefined {
    if (this.#isOver) return undefined;
    this.#end();
    const { transport, exchange } = this.#request.open({
      operationId: this.#operation.localId,
      failure,
      takenOver: () => {
        for (const ticket of this.#tickets) this.#host.acceptTicket(ticket);
      },
    });
    this.#host.closed(this);
    this.#resolve({ kind: "opened", transport });
    return exchange;
  }
}
