import type { Timer } from "../clock.ts";
import { Code, Termination, type Ticket } from "../links/mod.ts";
import type { Goaway } from "../wire/mod.ts";
import { WireError } from "../wire/mod.ts";
import { AllowanceGate } from "./allowance_gate.ts";
import { readCallOptions } from "./call_options.ts";
import type { ClientExchange, ClientOwner } from "./client_exchange.ts";
import { requestExchange } from "./client_request.ts";
import { CollectedRequest } from "./collected_request.ts";
import { Delivery } from "./delivery.ts";
import { textOf, wireDown } from "./exchange_failure.ts";
import { ExchangeOperation, isAbort, type OperationCarrier } from "./exchange_operation.ts";
import type { Ending } from "./exchange_tickets.ts";
import { InvocationContext } from "./invocation_context.ts";
import type { InvocationSettings } from "./invocation_options.ts";
import { LINK_CLOSED } from "./link_closed.ts";
import { SingleResponse } from "./single_response.ts";
import { unrepeatedBody } from "./unrepeated_body.ts";

type SingleState =
  | { readonly kind: "collecting"; readonly request: CollectedRequest }
  | { readonly kind: "requested" }
  | { readonly kind: "responding"; readonly response: SingleResponse }
  | { readonly kind: "closed" };

/**
 * The client's side of an exchange whose request is complete before it is sent: one operation of any kind but
 * bidirectional streaming.
 *
 * ```text
 *            the mate completes            the response            its body has ended
 * collecting ──────────────────▶ requested ───────────▶ responding ──────────────────▶ closed
 *      └──────────────────────────────┴────────────────────┴──an abort, a failure──▶ closed
 * ```
 *
 * Once the request is sent only an abort still reaches the server, as a response that is closed (S46). The mate's
 * grants act here: what comes beyond them is held, and the response is not read on.
 */
export class SingleExchange implements ClientExchange, OperationCarrier {
  readonly #owner: ClientOwner;
  readonly #settings: InvocationSettings;
  readonly #delivery: Delivery;
  readonly #context = new InvocationContext();
  readonly #abort = new AbortController();
  readonly #headers: HeadersInit | undefined;
  #state: SingleState;
  /** The operation, until it has ended. */
  #operation: ExchangeOperation | undefined;
  #releaseIsDue = false;
  /** Bounds how long the server may take to end when nobody waits for it any more. */
  #patience: Timer = undefined;

  constructor(owner: ClientOwner, settings: InvocationSettings, callHeaders: HeadersInit | undefined) {
    this.#owner = owner;
    this.#settings = settings;
    this.#headers = callHeaders;
    this.#delivery = new Delivery(owner, () => this.#context.protocol, {
      delivered: (operation) => this.#settle(operation),
      undeliverable: () => this.#leave(),
    });
    const request = new CollectedRequest(settings, (payloads) => this.#grantOnBehalf(payloads));
    this.#state = { kind: "collecting", request };
  }

  /** It carries the one operation that it was made for. */
  get accepting(): boolean {
    return false;
  }

  begin(ticket: Ticket): void {
    const operation = new ExchangeOperation(this, ticket.operationId, 1, "invocation", new AllowanceGate());
    operation.open(ticket.subscription);
    this.#operation = operation;
    this.#owner.begin(operation);
    if (readCallOptions(ticket.protocol).kind === "bidirectional streaming") return this.#fail(NO_BIDI);
    this.send(operation, ticket);
    if (this.#state.kind === "collecting") this.#state.request.start();
  }

  send(operation: ExchangeOperation, ticket: Ticket): void {
    if (isAbort(ticket.termination)) return this.#leave();
    if (ticket.allowance !== undefined) this.#grant(operation, ticket.allowance);
    if (this.#state.kind !== "collecting") return;
    try {
      this.#state.request.add(operation, ticket);
    } catch (error) {
      return this.#fail({
        termination: Termination.TRANSMISSION_FAILURE,
        code: error instanceof WireError ? error.code : Code.INTERNAL,
        message: textOf(error),
      });
    }
    operation.sent(ticket);
    if (operation.outgoing.complete) void this.#post(this.#state.request.finish());
  }

  close(): void {
    this.#fail(LINK_CLOSED);
  }

  async #post(body: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#state = { kind: "requested" };
    if (this.#operation !== undefined) this.#settle(this.#operation);
    const { signal } = this.#abort;
    const answer = await requestExchange(this.#settings, {
      body: unrepeatedBody(body),
      headers: this.#headers,
      signal,
    });
    if (answer.kind === "refused") return this.#fail(answer.failure);
    if (this.#isClosed()) return void answer.body.cancel().catch(() => "nobody waits for it any more");
    this.#context.fill(answer.response);
    this.#state = { kind: "responding", response: this.#newResponse(answer.body) };
  }

  /** In a method of its own, since the compiler does not see that the state changes while a promise is awaited. */
  #isClosed(): boolean {
    return this.#state.kind === "closed";
  }

  #newResponse(body: ReadableStream<Uint8Array>): SingleResponse {
    return new SingleResponse(this.#settings, body, {
      turns: this.#owner.turns,
      admits: () => true,
      receive: (wireId, named, fields, payload) => {
        if (this.#operation?.wireId !== wireId) return;
        // P7.16: what the server grants has been granted on its behalf already.
        const others = fields?.allowance === undefined ? fields : { ...fields, allowance: undefined };
        this.#delivery.ticket(this.#operation, named, others, payload);
      },
      receiveBad: (wireId, { code, message }) => {
        const termination = Termination.RECEPTION_FAILURE;
        if (this.#operation?.wireId === wireId) this.#fail({ termination, code, message });
      },
      chunk: (bytes) => this.#delivery.received(bytes),
      chunkDone: () => this.#pauseOrResume(),
      goaway: (item) => this.#goaway(item),
      // What is held has been delivered by now, since the end is not read before.
      ended: () => this.#fail(wireDown("The server ended the exchange")),
      failed: (failure) => this.#fail(failure),
      report: (error) => this.#owner.report(error),
    });
  }

  #goaway({ lastOperation }: Goaway): void {
    if (this.#operation !== undefined && lastOperation < this.#operation.wireId) this.#fail(NEVER_STARTED);
  }

  #grantOnBehalf(payloads: number): void {
    if (this.#operation !== undefined) this.#delivery.grant(this.#operation, payloads);
  }

  #grant(operation: ExchangeOperation, allowance: number): void {
    operation.gate?.grant(allowance);
    if (this.#releaseIsDue || operation.gate?.empty) return;
    // Not at once: the mate that granted is at work itself.
    this.#releaseIsDue = true;
    queueMicrotask(() => {
      this.#releaseIsDue = false;
      if (this.#operation !== undefined) this.#delivery.release(this.#operation);
      this.#pauseOrResume();
    });
  }

  #pauseOrResume(): void {
    if (this.#state.kind !== "responding") return;
    if (this.#operation?.gate?.empty === false) this.#state.response.pause();
    else this.#state.response.resume();
  }

  #settle(operation: ExchangeOperation): void {
    if (!operation.finished || operation !== this.#operation) return;
    this.#forget();
    this.#pauseOrResume();
    const { clock, helloTimeoutMs } = this.#settings;
    this.#patience = clock.setTimer(() => this.#leave(), helloTimeoutMs);
  }

  /** Comes down, and tells the operation if it still runs. Not at once: its mate may be at work itself. */
  #fail(ending: Ending): void {
    const operation = this.#operation;
    this.#leave();
    if (operation !== undefined) queueMicrotask(() => this.#delivery.abort(operation, ending));
  }

  /** Closes everything; what the server makes of it is CANCELLED (S45). */
  #leave(): void {
    this.#forget();
    const state = this.#state;
    if (state.kind === "closed") return;
    this.#state = { kind: "closed" };
    this.#settings.clock.clearTimer(this.#patience);
    if (state.kind === "collecting") state.request.stop();
    if (state.kind === "responding") state.response.stop();
    this.#abort.abort();
    this.#owner.closed(this);
  }

  #forget(): void {
    const operation = this.#operation;
    if (operation === undefined) return;
    this.#operation = undefined;
    this.#delivery.drop(operation);
    this.#owner.forget(operation);
  }
}

const NO_BIDI: Ending = Object.freeze({
  termination: Termination.TRANSMISSION_FAILURE,
  code: Code.UNIMPLEMENTED,
  message: "Cannot carry a bidirectional stream on a single exchange, whose request is complete before it is sent; " +
    'exchange: "duplex" can, where both sides have it',
});

const NEVER_STARTED: Ending = Object.freeze({
  termination: Termination.SHUTDOWN,
  code: Code.UNAVAILABLE,
  message: "The server takes no more operations on this exchange",
});
