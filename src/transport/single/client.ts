import type { Timer } from "../../clock.ts";
import { Code } from "../../links/code.ts";
import { MethodKind } from "../../links/method_kind.ts";
import { Termination, type Ticket } from "../../links/ticket.ts";
import { isBytes } from "../../links/foreign_value.ts";
import { textOf } from "../../links/thrown.ts";
import type { Goaway, Hello } from "../../wire/control_item.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import type { TicketFields } from "../../wire/ticket_fields.ts";
import { type WholeBody, WholeBodyReader, WholeBodyWriter } from "../../wire/whole_body.ts";
import { WireError } from "../../wire/wire_error.ts";
import { InvocationContext } from "../client/call_context.ts";
import {
  checkServerHello,
  type ClientExchange,
  type ClientExchangeLink,
  LINK_CLOSED,
} from "../client/client_exchange.ts";
import { requestExchange } from "../client/client_request.ts";
import { checkRequestLength, CollectedRequest, singleHello, type SingleSettings } from "./collected_request.ts";
import { Delivery } from "../../exchange/delivery.ts";
import { type ExchangeFailure, notAccepted, refusedUnstarted, wireDown } from "../../exchange/exchange_failure.ts";
import { ExchangeOperation, isAbort, type OperationCarrier } from "../../exchange/exchange_operation.ts";
import type { Ending } from "../../exchange/exchange_tickets.ts";
import type { ByteResult, ByteSource } from "../../exchange/incoming_body.ts";
import { AllowanceGate } from "../../exchange/operation_credit.ts";
import {
  ATTEMPT_ID_BYTES,
  isRepeatable,
  MAX_REFUSALS,
  newAttemptId,
  retryPauseMs,
  unrepeatedBody,
} from "../client/repetition.ts";
import { LONG_REQUEST_BYTES, RequestBudget, RequestEntry } from "./request_budget.ts";
import { SingleResponse } from "./single_response.ts";

type SingleState =
  | { readonly kind: "collecting"; readonly request: CollectedRequest }
  | { readonly kind: "requested" }
  /** The answer is complete, the response is to be read to its end. */
  | { readonly kind: "answered"; readonly body: ByteSource }
  | { readonly kind: "responding"; readonly response: SingleResponse }
  | { readonly kind: "closed" };

/** The *single* exchanges of a link: what all of them share. */
export class SingleExchanges {
  readonly #link: ClientExchangeLink;
  readonly #settings: SingleSettings;
  readonly #shared: SharedParts;

  constructor(link: ClientExchangeLink, settings: SingleSettings) {
    this.#link = link;
    this.#settings = settings;
    const hello = singleHello(settings, new Uint8Array(ATTEMPT_ID_BYTES));
    this.#shared = {
      writer: new WholeBodyWriter(hello, settings.wire),
      reader: new WholeBodyReader({ ...settings.wire, payloads: settings.payloads }),
      budget: new RequestBudget(),
    };
  }

  /** Opens an exchange for one operation, whose request has headers of its own or none. */
  open(headers: HeadersInit | undefined): SingleExchange {
    return new SingleExchange(this.#link, this.#settings, this.#shared, headers);
  }
}

interface SharedParts {
  /** Writes requests of one ticket. */
  readonly writer: WholeBodyWriter;
  /** Reads responses of one ticket. */
  readonly reader: WholeBodyReader;
  /** Bounds what is under way. */
  readonly budget: RequestBudget;
}

/**
 * The client's side of an exchange whose request is complete before it is sent: one operation of any kind but
 * bidirectional streaming.
 *
 * ```text
 *            the end completes             the response            its body has ended
 * collecting ──────────────────▶ requested ───────────▶ responding ──────────────────▶ closed
 *      │                          ▲ │ └── it has not begun ─┤                            ▲
 *      │                          │ │                       │                            │
 *      │                          └─┼──── after a pause ────┘                            │
 *      │                            └─ a whole response of one ticket ─▶ answered ───────┤
 *      └──────────────────────────────┴────────────────────┴──an abort, a failure──▶─────┘
 * ```
 *
 * Once the request is sent only an abort still reaches the server, as a response that is closed (S46). Grants of
 * the local end act here: tickets beyond them are held, and reading of the response pauses.
 */
export class SingleExchange implements ClientExchange, OperationCarrier {
  readonly kind = ExchangeKind.SINGLE;
  readonly #link: ClientExchangeLink;
  readonly #settings: SingleSettings;
  readonly #shared: SharedParts;
  readonly #delivery: Delivery;
  readonly #context = new InvocationContext();
  readonly #abort = new AbortController();
  /** The request that has left, until it is answered. */
  #underWay: Promise<void> | undefined;
  readonly #headers: HeadersInit | undefined;
  #state: SingleState;
  /** The operation, until it has ended. */
  #operation: ExchangeOperation | undefined;
  /** Limits the time that the server has to end when the operation is over. */
  #serverEndTimer: Timer = undefined;
  /** The request, until a ticket of the operation has come back: it may have to be sent again (S40). */
  #unacknowledgedBody: Uint8Array<ArrayBuffer> | undefined;
  /** The request in the budget, until its response begins, if it is long. */
  #entry: RequestEntry | undefined;
  /** Whether the runtime may send the request again by itself. */
  #isRepeatable = false;
  /** Whether the response has been read to its end, so that there is nothing to abort. */
  #isRead = false;
  #refusals = 0;
  #greetedByServer = false;
  #nextTry: Timer = undefined;

  constructor(
    link: ClientExchangeLink,
    settings: SingleSettings,
    shared: SharedParts,
    callHeaders: HeadersInit | undefined,
  ) {
    this.#link = link;
    this.#settings = settings;
    this.#shared = shared;
    this.#headers = callHeaders;
    this.#delivery = new Delivery(link, () => this.#context.protocol, {
      granted: (_operation, payloads) => payloads,
      delivered: (operation) => this.#settle(operation),
      undeliverable: () => this.#leave(),
    });
    this.#state = REQUESTED;
  }

  get greetedByServer(): boolean {
    return this.#greetedByServer;
  }

  /** It carries the one operation that it was made for. */
  get accepting(): boolean {
    return false;
  }

  begin(ticket: Ticket): ExchangeOperation {
    const operation = new ExchangeOperation(this, ticket.operationId, 1, "invocation", new AllowanceGate());
    operation.open(ticket.subscription);
    this.#operation = operation;
    this.#link.begin(operation);
    if (ticket.methodKind === MethodKind.BIDI_STREAMING) this.#fail(NO_BIDI);
    else if (ticket.termination === Termination.COMPLETION) this.#sendInTurn(operation, ticket);
    else this.#collect(operation, ticket);
    return operation;
  }

  send(operation: ExchangeOperation, ticket: Ticket): void {
    if (isAbort(ticket.termination)) return this.#leave();
    if (ticket.allowance !== undefined) this.#grant(operation, ticket.allowance);
    if (this.#state.kind !== "collecting") return;
    try {
      this.#state.request.add(operation, ticket);
    } catch (error) {
      return this.#failToSend(error);
    }
    operation.sent(ticket);
    if (ticket.payload !== undefined) this.#link.passedOn(operation);
    if (!operation.outgoing.complete) return;
    const body = this.#state.request.finish();
    this.#state = REQUESTED;
    this.#inTurn(body.length, () => this.#finish(body));
  }

  close(): void {
    this.#fail(LINK_CLOSED);
  }

  #collect(operation: ExchangeOperation, ticket: Ticket): void {
    const request = new CollectedRequest(this.#settings, (payloads) => this.#grantOnBehalf(payloads));
    this.#state = { kind: "collecting", request };
    this.send(operation, ticket);
    if (this.#state.kind === "collecting") request.start();
  }

  /** Sends a request of one ticket, as soon as there is room for it. */
  #sendInTurn(operation: ExchangeOperation, ticket: Ticket): void {
    const bytes = isBytes(ticket.payload) ? ticket.payload.length : 0;
    this.#inTurn(bytes, () => this.#sendWhole(operation, ticket));
  }

  #inTurn(bytes: number, leave: () => void): void {
    if (bytes < LONG_REQUEST_BYTES) return leave();
    this.#entry = new RequestEntry(bytes, leave);
    this.#shared.budget.enter(this.#entry);
  }

  /** The server has read the request (P7.41), or will not. */
  #leaveBudget(): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    this.#entry = undefined;
    this.#shared.budget.exit(entry);
  }

  /** Sends a request of one ticket. */
  #sendWhole(operation: ExchangeOperation, ticket: Ticket): void {
    if (ticket.allowance !== undefined) operation.gate?.grant(ticket.allowance);
    let body: Uint8Array<ArrayBuffer>;
    try {
      body = this.#shared.writer.write(operation.wireId, [ticket], { attempt: newAttemptId() });
      checkRequestLength(body.length, this.#settings);
    } catch (error) {
      return this.#failToSend(error);
    }
    operation.sent(ticket);
    if (ticket.payload !== undefined) this.#link.passedOn(operation);
    this.#finish(body);
  }

  #failToSend(error: unknown): void {
    this.#fail({
      termination: Termination.TRANSMISSION_FAILURE,
      code: error instanceof WireError ? error.code : Code.INTERNAL,
      message: textOf(error),
    });
  }

  #finish(body: Uint8Array<ArrayBuffer>): void {
    this.#unacknowledgedBody = body;
    this.#request(body);
    if (this.#operation !== undefined) this.#settle(this.#operation);
  }

  /** Sends the request again if the server states that nothing has begun and that it may soon; otherwise fails. */
  #tryLater(failure: ExchangeFailure): void {
    const body = this.#unacknowledgedBody;
    const isWorthIt = failure.unbegun && failure.retry !== undefined && this.#refusals < MAX_REFUSALS;
    if (!isWorthIt || body === undefined) {
      return this.#fail(failure, failure);
    }
    this.#refusals += 1;
    this.#state = REQUESTED;
    const { clock, random } = this.#settings;
    this.#nextTry = clock.setTimer(() => this.#request(body), retryPauseMs(this.#refusals, random()));
  }

  #request(body: Uint8Array<ArrayBuffer>): void {
    const posted = this.#post(body, () => this.#underWay = posted);
  }

  async #post(bytes: Uint8Array<ArrayBuffer>, leaving: () => void): Promise<void> {
    this.#state = REQUESTED;
    const { signal } = this.#abort;
    const body = unrepeatedBody(bytes);
    this.#isRepeatable = isRepeatable(body);
    const answer = await requestExchange(this.#settings, {
      body,
      isRepeatable: this.#isRepeatable,
      headers: this.#headers,
      signal,
      leaving,
    });
    this.#underWay = undefined;
    if (answer.kind === "refused") return this.#tryLater(answer.failure);
    if (this.#isClosed()) return void answer.body.cancel().catch(() => "nobody waits for it any more");
    this.#context.fill(answer.response);
    this.#leaveBudget();
    await this.#readAnswer(answer.body, answer.isWhole === true);
  }

  /** Reads a response that comes whole in one go, and hands any other over to a reader of streams. */
  async #readAnswer(source: ByteSource, isWhole: boolean): Promise<void> {
    this.#state = { kind: "answered", body: source };
    const first = source.read();
    let result: ByteResult | undefined;
    try {
      result = await first;
    } catch {
      // The reader of streams gets the same error.
    }
    if (this.#isClosed()) return;
    const bytes = result?.value;
    const answer = bytes === undefined ? undefined : this.#wholeAnswer(bytes);
    if (bytes === undefined || answer === undefined) {
      this.#state = { kind: "responding", response: this.#newResponse(readAgain(first, source)) };
      return;
    }
    this.#isRead = isWhole;
    const rest = isWhole ? undefined : source.read();
    this.#greeted(answer.hello);
    this.#delivery.received(bytes.length);
    this.#receive(answer.sequence, answer.fields, answer.payload);
    if (rest !== undefined) await this.#readRest(rest);
    this.#leave();
  }

  /** Reads a response that completes the operation with its one ticket; `undefined` if it is another one. */
  #wholeAnswer(bytes: Uint8Array): WholeBody | undefined {
    const answer = this.#shared.reader.read(bytes);
    if (answer === undefined || answer.operation !== this.#operation?.wireId) return undefined;
    if (
      answer.fields?.neverStarted || answer.fields?.termination === undefined ||
      checkServerHello(answer.hello) !== undefined
    ) return undefined;
    return answer;
  }

  async #readRest(rest: Promise<ByteResult>): Promise<void> {
    try {
      this.#isRead = (await rest).done;
    } catch {
      // The answer is complete, whatever becomes of the connection.
    }
  }

  #receive(sequence: number | undefined, fields: TicketFields | undefined, payload: unknown): void {
    if (this.#operation === undefined) return;
    if (fields?.neverStarted && this.#unacknowledgedBody !== undefined) {
      if (this.#state.kind === "responding") this.#state.response.stop();
      return this.#tryLater(refusedUnstarted(fields.code, fields.message, this.#isRepeatable));
    }
    this.#unacknowledgedBody = undefined;
    // P7.16: what the server grants has been granted on its behalf already.
    const others = fields?.allowance === undefined ? fields : { ...fields, allowance: undefined };
    this.#delivery.ticket(this.#operation, sequence, others, payload);
  }

  #greeted(hello: Hello): void {
    this.#greetedByServer = true;
    this.#link.greeted(this, hello);
  }

  /** In a method of its own, since the compiler does not see that the state changes while a promise is awaited. */
  #isClosed(): boolean {
    return this.#state.kind === "closed";
  }

  #newResponse(body: ByteSource): SingleResponse {
    return new SingleResponse(this.#settings, body, {
      scheduler: this.#link.scheduler,
      receive: (wireId, named, fields, payload) => {
        if (this.#operation?.wireId === wireId) this.#receive(named, fields, payload);
      },
      receiveBad: (wireId, { code, message }) => {
        const termination = Termination.RECEPTION_FAILURE;
        if (this.#operation?.wireId === wireId) this.#fail({ termination, code, message });
      },
      greeted: (hello) => this.#greeted(hello),
      chunk: (bytes) => this.#delivery.received(bytes),
      joined: (bytes) => this.#delivery.joined(bytes),
      chunkDone: () => this.#pauseOrResume(),
      goaway: (item) => this.#goaway(item),
      // What is held has been delivered by now, since the end is not read before.
      ended: () => this.#fail(wireDown("The server ended the exchange")),
      failed: (failure) => this.#fail(failure, failure),
      report: (error) => this.#link.report(error),
    });
  }

  #goaway({ lastOperation, message }: Goaway): void {
    if (this.#state.kind !== "responding" || lastOperation > 0) return;
    this.#state.response.stop();
    this.#tryLater(notAccepted(message, lastOperation, this.#isRepeatable));
  }

  #grantOnBehalf(payloads: number): void {
    if (this.#operation !== undefined) this.#delivery.grant(this.#operation, payloads);
  }

  #grant(operation: ExchangeOperation, allowance: number): void {
    operation.gate?.grant(allowance);
    if (operation.gate?.empty) return;
    this.#delivery.release(operation);
    this.#pauseOrResume();
  }

  #pauseOrResume(): void {
    if (this.#state.kind !== "responding") return;
    if (this.#operation?.gate?.empty === false) this.#state.response.pause();
    else this.#state.response.resume();
  }

  #settle(operation: ExchangeOperation): void {
    if (!operation.finished || operation !== this.#operation) return;
    this.#forget();
    if (this.#isRead) return;
    this.#pauseOrResume();
    const { clock, helloTimeoutMs } = this.#settings;
    this.#serverEndTimer = clock.setTimer(() => this.#leave(), helloTimeoutMs);
  }

  /** Closes, and ends the operation if it still runs. */
  #fail(ending: Ending, failure?: ExchangeFailure): void {
    const operation = this.#operation;
    this.#leave(failure);
    if (operation !== undefined) this.#delivery.abort(operation, ending);
  }

  /** Closes everything; for the server the operation is CANCELLED (S45). */
  #leave(failure?: ExchangeFailure): void {
    this.#forget();
    const state = this.#state;
    if (state.kind === "closed") return;
    this.#state = { kind: "closed" };
    this.#unacknowledgedBody = undefined;
    this.#leaveBudget();
    this.#settings.clock.clearTimer(this.#serverEndTimer);
    this.#settings.clock.clearTimer(this.#nextTry);
    if (state.kind === "collecting") state.request.stop();
    if (state.kind === "responding") state.response.stop();
    if (this.#isRead) return this.#link.closed(this, failure);
    if (state.kind === "answered") state.body.cancel().catch(() => "the answer is of no more interest");
    if (this.#underWay === undefined) this.#abort.abort();
    else this.#link.aborts.giveUp(this.#abort, this.#underWay);
    this.#link.closed(this, failure);
  }

  #forget(): void {
    const operation = this.#operation;
    if (operation === undefined) return;
    this.#operation = undefined;
    this.#delivery.drop(operation);
    this.#link.forget(operation);
  }
}

const REQUESTED: SingleState = Object.freeze({ kind: "requested" });

/** A source of which the first result has been read. */
function readAgain(first: Promise<ByteResult>, source: ByteSource): ByteSource {
  let isFirst = true;
  return {
    read() {
      if (!isFirst) return source.read();
      isFirst = false;
      return first;
    },
    cancel: (reason) => source.cancel(reason),
    releaseLock: () => source.releaseLock(),
  };
}

const NO_BIDI: Ending = Object.freeze({
  termination: Termination.TRANSMISSION_FAILURE,
  code: Code.UNIMPLEMENTED,
  message: "Cannot carry a bidirectional stream on a single exchange, whose request is complete before it is sent; " +
    'exchange: "duplex" can, where both sides have it',
});
