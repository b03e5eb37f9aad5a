import { isBytes } from "../links/foreign_value.ts";
import { nameOf } from "../links/thrown.ts";
import { CborError } from "../cbor/cbor_error.ts";
import { type Outcome, OutcomeKind } from "../ends/outcome.ts";
import type { Completion, OperationContext, Operator, ProtocolReceiver, Step } from "../ends/types.ts";
import { Code } from "../links/code.ts";
import { Subscription } from "../links/ticket.ts";
import { userMetadata } from "./call_metadata.ts";
import { errorCompletion } from "./error_completion.ts";
import { EMPTY_TRAILER, outcomeError } from "./error_mapping.ts";
import { IncomingMessages, type MessageSource } from "./incoming_messages.ts";
import { type BoundMethod, isPromise } from "./message_codec.ts";
import { MethodKind, streamsRequests, streamsResponses } from "../links/method_kind.ts";
import { iteratorOf, type MessageSink, NO_MORE, OutgoingMessages } from "./outgoing_messages.ts";
import type { WindowLimits } from "./receive_window.ts";
import { isRpcError, RpcError } from "./rpc_error.ts";
import { ServiceContext } from "./service_context.ts";

/** A method and its handler, as a servicer serves it. */
export interface ServedMethod {
  readonly method: BoundMethod;
  /** The handler, with interceptors around it. */
  readonly handle: (input: unknown, ctx: ServiceContext) => unknown;
  /** The limits of the receive window of a request stream. */
  readonly window: WindowLimits;
  /** Receives errors that the caller does not get. Never throws. */
  readonly report: (error: unknown, ctx: ServiceContext) => void;
}

/** A request of so many bytes counts until its call is over, and is not reported for itself. */
const SMALL_BYTES = 4_096;

/**
 * The service's side of a call.
 *
 * ```text
 *  open ──handler done or failed──▶ completed
 *    └── any abort ───────────────▶ aborted
 * ```
 *
 * A one-way call stays open after its operation has completed: its handler goes on, and the end drops its response.
 */
export class ServiceCall implements Operator, ProtocolReceiver, MessageSource, MessageSink {
  // The call is its own subscription. These are fields and not getters, so that a wrapper can copy them with a spread.
  readonly kind = "full";
  readonly reportsConsumption = true;
  readonly operator: Operator = this;
  readonly protocolReceiver: ProtocolReceiver = this;
  readonly #served: ServedMethod;
  readonly #ctx: ServiceContext;
  readonly #operation: OperationContext;
  readonly #output: Operator;
  readonly #incoming: IncomingMessages | undefined;
  readonly #outgoing: OutgoingMessages | undefined;
  #state: "open" | "completed" | "aborted" = "open";
  #request: unknown;

  constructor(served: ServedMethod, operation: OperationContext, output: Operator) {
    const { method, window } = served;
    this.#served = served;
    this.#operation = operation;
    this.#output = output;
    this.#ctx = new ServiceContext(method, operation);
    if (method.kind === MethodKind.UNARY) return;
    if (streamsRequests(method.kind)) this.#incoming = this.#openIncoming(window);
    if (streamsResponses(method.kind)) this.#outgoing = this.#openOutgoing();
    this.#watchOutcome();
  }

  // For the end.

  context(value: unknown): void {
    this.#ctx.http = value;
  }

  advance({ initialMetadata, payload, completion, allowance }: Step): void {
    if (initialMetadata !== undefined) this.#ctx.metadata = userMetadata(initialMetadata);
    if (allowance !== undefined) this.#outgoing?.grant(allowance);
    if (this.#incoming !== undefined) {
      if (payload !== undefined) this.#incoming.push(payload);
      if (completion !== undefined) this.#incoming.end(undefined, false);
      return;
    }
    if (payload !== undefined) this.#request = payload;
    if (completion !== undefined) this.#handleOne();
    // The handler has it now, and counts as long as it runs: for more than a small message takes.
    if (isBytes(payload) && payload.byteLength > SMALL_BYTES) this.#operation.consumed(1);
  }

  #openIncoming(window: WindowLimits): IncomingMessages {
    this.#operation.retain();
    const incoming = new IncomingMessages(this.#served.method.request, this, window);
    const grant = window.initialPayloads - 1; // one needs none (S14)
    if (grant > 0) this.#output.advance({ allowance: grant });
    // In a microtask, when the rest of ticket 0 has been delivered: the metadata and the transport's context.
    queueMicrotask(() => this.#handle(incoming));
    return incoming;
  }

  #openOutgoing(): OutgoingMessages {
    const outgoing = new OutgoingMessages(this.#served.method.response, this);
    if (this.#operation.peerSubscription !== Subscription.FULL) outgoing.grant(Infinity);
    return outgoing;
  }

  #watchOutcome(): void {
    // Not an arrow function, which would keep a scope alive too, for each call.
    this.#operation.addTerminationCallback(this.#ended.bind(this));
  }

  #ended(outcome: Outcome): void {
    this.#outgoing?.stop();
    if (outcome.kind === OutcomeKind.COMPLETED) return;
    this.#state = "aborted";
    const error = outcomeError(outcome, this.#served.method.path, EMPTY_TRAILER);
    this.#incoming?.end(error, true);
  }

  // From the request to the completion.

  #handleOne(): void {
    const { method } = this.#served;
    const request = this.#request;
    // The call must not keep the request's memory alive.
    this.#request = undefined;
    if (request === undefined) {
      return this.#fail(new RpcError(Code.INVALID_ARGUMENT, `Call ${method.path} came without a request`));
    }
    try {
      const message = method.request.decode(request);
      if (!isPromise(message)) return this.#handle(message);
      this.#await(message, (settled) => this.#handle(settled), (error) => {
        this.#operation.release();
        this.decodingFailed(error);
      });
    } catch (error) {
      this.decodingFailed(error);
    }
  }

  #handle(input: unknown): void {
    if (this.#state === "aborted") return this.#operation.release();
    try {
      const result = this.#served.handle(input, this.#ctx);
      if (isPromise(result)) {
        this.#await(result, (settled) => this.#respond(settled), (error) => this.#handlerFailed(error));
      } else this.#respond(result);
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  #respond(result: unknown): void {
    if (this.#outgoing !== undefined) return this.#startSending(this.#outgoing, result);
    this.#operation.release();
    this.#respondOne(result);
  }

  #respondOne(message: unknown): void {
    try {
      const payload = this.#served.method.response.encode(message);
      if (isPromise(payload)) payload.then((bytes) => this.#succeed(bytes), (error) => this.#encodingFailed(error));
      else this.#succeed(payload);
    } catch (error) {
      this.#encodingFailed(error);
    }
  }

  #startSending(outgoing: OutgoingMessages, messages: unknown): void {
    this.#operation.retain();
    try {
      outgoing.start(iteratorOf(messages, this.#served.method.path));
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  /** From here on the call may be aborted before it completes, and its handler runs until the promise settles. */
  #await(
    promise: PromiseLike<unknown>,
    proceed: (value: unknown) => void,
    failed: (error: unknown) => void,
  ): void {
    if (this.#served.method.kind === MethodKind.UNARY) this.#watchOutcome();
    this.#operation.retain();
    promise.then(proceed, failed);
  }

  #handlerFailed(error: unknown): void {
    this.#operation.release();
    this.#fail(error);
  }

  #succeed(payload: Uint8Array | undefined): void {
    this.#complete(payload, this.#success());
  }

  #fail(error: unknown): void {
    if (this.#state !== "open") return this.failedLate(error);
    this.#outgoing?.stop();
    this.#complete(undefined, errorCompletion(error, this.#ctx.takeTrailer(), (hidden) => this.#report(hidden)));
  }

  #success(): Completion {
    const trailer = this.#ctx.takeTrailer();
    return trailer === undefined ? NO_MORE : { terminalMetadata: trailer };
  }

  #encodingFailed(error: unknown): void {
    this.#report(error);
    // The place in the message that has no CBOR may be told: it names only parts of the response.
    const cause = isRpcError(error) ? error.cause : undefined;
    const why = cause instanceof CborError ? `: ${cause.explanation}` : "";
    this.#fail(new RpcError(Code.INTERNAL, `Response of ${this.#served.method.path} cannot be sent${why}`));
  }

  /** Ends the call with its last step. */
  #complete(payload: Uint8Array | undefined, completion: Completion): void {
    if (this.#state !== "open") return;
    this.#state = "completed";
    this.#incoming?.close();
    this.#output.advance({ initialMetadata: this.#ctx.takeHeader(), payload, completion });
  }

  // For the streams of messages. A handler that leaves its stream of requests still responds; it gets no more of them.

  send(payload: Uint8Array): void {
    this.#output.advance({ initialMetadata: this.#ctx.takeHeader(), payload });
  }

  step(step: Step): void {
    if (step.completion === undefined) this.#output.advance(step);
    else this.#succeed(undefined);
  }

  consumed(payloads: number): void {
    this.#operation.consumed(payloads);
  }

  sourceClosed(): void {
    this.#operation.release();
  }

  failed(error: unknown, isMessage = false): void {
    if (isMessage) this.#encodingFailed(error);
    else this.#fail(error);
  }

  /** Mostly it is the caller's fault, who is told. A schema that fails is the service's. */
  decodingFailed(error: unknown): void {
    if (isRpcError(error) && error.code === Code.INTERNAL) this.#report(error);
    this.#fail(error);
  }

  failedLate(error: unknown): void {
    // Most errors after the end are a consequence of it.
    if (isRpcError(error) || nameOf(error) === "AbortError") return;
    this.#report(error);
  }

  #report(error: unknown): void {
    this.#served.report(error, this.#ctx);
  }
}
