import { nameOf } from "../links/thrown.ts";
import { CborError } from "../cbor/cbor_error.ts";
import {
  type Completion,
  type OperationContext,
  type Operator,
  type Outcome,
  OutcomeKind,
  type ProtocolReceiver,
  type Step,
} from "../ends/mod.ts";
import { Code } from "../links/mod.ts";
import { userMetadata } from "./call_metadata.ts";
import { EMPTY_TRAILER, errorCompletion, outcomeError } from "./error_mapping.ts";
import { IncomingMessages, type MessageSource } from "./incoming_messages.ts";
import { type BoundMethod, isPromise } from "./message_codec.ts";
import { MethodKind, streamsRequests, streamsResponses } from "./method.ts";
import { iteratorOf, type MessageSink, OutgoingMessages } from "./outgoing_messages.ts";
import type { WindowLimits } from "./receive_window.ts";
import { isRpcError, RpcError } from "./rpc_error.ts";
import { ServiceContext } from "./service_context.ts";

/** A method with what answers it. */
export interface ServedMethod {
  /** The method. */
  readonly method: BoundMethod;
  /** Answers it, interceptors included. */
  readonly handle: (input: unknown, ctx: ServiceContext) => unknown;
  /** What the window of a stream of requests is held to. */
  readonly window: WindowLimits;
  /** Told of what the caller is not told. */
  readonly report: (error: unknown) => void;
}

/** Says that all went well. */
const SUCCESS: Completion = Object.freeze({});

/**
 * One call from the handler's side.
 *
 * ```text
 *  open ──handler's last word──▶ answered
 *    └── any abort ────────────▶ aborted
 * ```
 *
 * A one-way call stays open after its operation has completed: its handler goes on, and the end drops what it says.
 */
export class ServiceCall implements Operator, ProtocolReceiver, MessageSource, MessageSink {
  /** What is wanted: everything. The call is its own subscription, of fields, so that who wraps a servicer can spread it. */
  readonly kind = "full";
  /** Where it goes. */
  readonly operator: Operator = this;
  /** Where the transport's word goes. */
  readonly protocolReceiver: ProtocolReceiver = this;
  readonly #served: ServedMethod;
  readonly #ctx: ServiceContext;
  readonly #operation: OperationContext;
  readonly #output: Operator;
  readonly #incoming: IncomingMessages | undefined;
  readonly #outgoing: OutgoingMessages | undefined;
  #state: "open" | "answered" | "aborted" = "open";
  #request: unknown;

  /**
   * @param served What was called, and what answers it.
   * @param operation The operation.
   * @param output Takes what is said to the caller.
   */
  constructor(served: ServedMethod, operation: OperationContext, output: Operator) {
    const { method, window } = served;
    this.#served = served;
    this.#operation = operation;
    this.#output = output;
    this.#ctx = new ServiceContext(method, operation);
    if (method.kind === MethodKind.UNARY) return;
    if (streamsRequests(method.kind)) this.#incoming = this.#openIncoming(window);
    if (streamsResponses(method.kind)) this.#outgoing = new OutgoingMessages(method.response, this);
    this.#watch();
  }

  // The end's side.

  context(value: unknown): void {
    this.#ctx.http = value;
  }

  advance({ initialMetadata, payload, completion, allowance }: Step): void {
    if (initialMetadata !== undefined) this.#ctx.metadata = userMetadata(initialMetadata);
    if (allowance !== undefined) this.#outgoing?.grant(allowance);
    if (this.#incoming !== undefined) {
      if (payload !== undefined) this.#incoming.push(payload);
      if (completion !== undefined) this.#incoming.finish();
      return;
    }
    if (payload !== undefined) this.#request = payload;
    if (completion !== undefined) this.#handleOne();
  }

  #openIncoming(window: WindowLimits): IncomingMessages {
    const incoming = new IncomingMessages(this.#served.method.request, this, window);
    if (incoming.initialGrant > 0) this.#output.advance({ allowance: incoming.initialGrant });
    // When all that ticket 0 carries is here: the handler finds its metadata and its transport's context.
    queueMicrotask(() => this.#handle(incoming));
    return incoming;
  }

  #watch(): void {
    // Bound and not an arrow function, which would keep a scope as well, for each call.
    this.#operation.addTerminationCallback(this.#ended.bind(this));
  }

  #ended(outcome: Outcome): void {
    this.#outgoing?.stop();
    if (outcome.kind === OutcomeKind.COMPLETED) return;
    this.#state = "aborted";
    const error = outcomeError(outcome, this.#served.method.path, EMPTY_TRAILER);
    if (error !== undefined) this.#incoming?.abort(error);
  }

  // The handler's side.

  #handleOne(): void {
    const { method } = this.#served;
    const request = this.#request;
    // What it lies in is the handler's to keep, or nobody's.
    this.#request = undefined;
    if (request === undefined) {
      return this.#fail(new RpcError(Code.INVALID_ARGUMENT, `Call ${method.path} came without a request`));
    }
    try {
      const message = method.request.decode(request);
      if (isPromise(message)) this.#await(message, (settled) => this.#handle(settled));
      else this.#handle(message);
    } catch (error) {
      this.#fail(error);
    }
  }

  #handle(input: unknown): void {
    if (this.#state === "aborted") return;
    try {
      const result = this.#served.handle(input, this.#ctx);
      if (isPromise(result)) this.#await(result, (settled) => this.#respond(settled));
      else this.#respond(result);
    } catch (error) {
      this.#fail(error);
    }
  }

  #respond(result: unknown): void {
    if (this.#outgoing !== undefined) this.#startSending(this.#outgoing, result);
    else this.#respondOne(result);
  }

  #respondOne(message: unknown): void {
    try {
      const payload = this.#served.method.response.encode(message);
      if (isPromise(payload)) payload.then((bytes) => this.#answer(bytes), (error) => this.unsendable(error));
      else this.#answer(payload);
    } catch (error) {
      this.unsendable(error);
    }
  }

  #startSending(outgoing: OutgoingMessages, messages: unknown): void {
    try {
      outgoing.start(iteratorOf(messages, this.#served.method.path));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** From here on the call may end while something is still to come. */
  #await(promise: PromiseLike<unknown>, proceed: (value: unknown) => void): void {
    if (this.#served.method.kind === MethodKind.UNARY) this.#watch();
    promise.then(proceed, (error) => this.#fail(error));
  }

  #answer(payload: Uint8Array | undefined): void {
    this.#conclude(payload, this.#success());
  }

  #fail(error: unknown): void {
    if (this.#state !== "open") return this.threwLate(error);
    this.#outgoing?.stop();
    this.#conclude(undefined, errorCompletion(error, this.#ctx.takeTrailer(), this.#served.report));
  }

  #success(): Completion {
    const trailer = this.#ctx.takeTrailer();
    return trailer === undefined ? SUCCESS : { terminalMetadata: trailer };
  }

  /** Says the last word. */
  #conclude(payload: Uint8Array | undefined, completion: Completion): void {
    if (this.#state !== "open") return;
    this.#state = "answered";
    this.#incoming?.close();
    this.#output.advance({ initialMetadata: this.#ctx.takeHeader(), payload, completion });
  }

  // MessageSource: the requests.

  grant(payloads: number): void {
    this.#output.advance({ allowance: payloads });
  }

  left(): void {
    // The handler wants no more requests; what it has to say is still to come. Nothing more is granted.
  }

  unreadable(error: RpcError): void {
    this.#fail(error);
  }

  // MessageSink: the responses.

  send(payload: Uint8Array): void {
    this.#output.advance({ initialMetadata: this.#ctx.takeHeader(), payload });
  }

  sentAll(): void {
    this.#answer(undefined);
  }

  sourceFailed(error: unknown): void {
    this.#fail(error);
  }

  unsendable(error: unknown): void {
    this.#served.report(error);
    // What has no encoding is told with its place: it names nothing but parts of the response.
    const cause = isRpcError(error) ? error.cause : undefined;
    const why = cause instanceof CborError ? `: ${cause.explanation}` : "";
    this.#fail(new RpcError(Code.INTERNAL, `Response of ${this.#served.method.path} cannot be sent${why}`));
  }

  threwLate(error: unknown): void {
    // Most of what is thrown after the end is thrown because of it.
    if (isRpcError(error) || nameOf(error) === "AbortError") return;
    this.#served.report(error);
  }
}
