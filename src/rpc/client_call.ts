import { nameOf } from "../links/thrown.ts";
import { type Outcome, OutcomeKind } from "../ends/outcome.ts";
import type {
  Completion,
  Operation,
  OperationContext,
  OperationSubscription,
  Operator,
  ProtocolReceiver,
  Step,
} from "../ends/types.ts";
import { Code } from "../links/code.ts";
import { MethodKind } from "../links/method_kind.ts";
import type { Metadata } from "../links/ticket.ts";
import { userMetadata } from "./call_metadata.ts";
import {
  type CallControl,
  callMetadata,
  type CallOptions,
  callTimeoutMs,
  type ClientSettings,
  discardsResponse,
  isHttpResponseInfo,
} from "./client_options.ts";
import { EMPTY_TRAILER, outcomeError, readTrailer, type Trailer } from "./error_mapping.ts";
import { type BoundMethod, isPromise } from "./message_codec.ts";
import { iteratorOf, type MessageSink, OutgoingMessages } from "./outgoing_messages.ts";
import { isRpcError, localFailure, RpcError } from "./rpc_error.ts";

/** Follows the last request. */
const END_OF_REQUESTS: Completion = Object.freeze({});

/** What `onHeader` gets where the handler has set none. */
const NO_METADATA: Metadata = Object.freeze([]);

/**
 * The client's side of a call: what all kinds of call share. Subclasses handle the responses.
 *
 * ```text
 *  preparing ──operation begun──▶ running ──its outcome──▶ ended
 *      └── bad options, invalid request, abort ─────────────▲
 * ```
 *
 * A call is its own operator, event listener and message sink, so that it allocates few other objects.
 */
export abstract class ClientCall implements Operator, ProtocolReceiver, MessageSink, EventListenerObject {
  protected readonly method: BoundMethod;
  readonly #settings: ClientSettings;
  readonly #options: CallOptions;
  #state: "preparing" | "running" | "ended" = "preparing";
  #operation: Operation | undefined;
  #outgoing: OutgoingMessages | undefined;
  /** Why this side has ended the call, if it has. */
  #failure: Error | undefined;
  #transportContext: unknown;
  #headerReported = false;
  #trailer: Trailer = EMPTY_TRAILER;

  constructor(settings: ClientSettings, method: BoundMethod, options: CallOptions) {
    this.#settings = settings;
    this.method = method;
    this.#options = options;
  }

  // For subclasses to define.

  /** What the service is asked to send back. */
  protected abstract subscription(): OperationSubscription;

  /** Takes one response. */
  protected abstract receive(payload: unknown): void;

  /**
   * Called once, when the call ends: with an error if it has failed. `completed` says that the service has sent everything,
   * so that the responses before an error are still delivered.
   */
  protected abstract settle(error: Error | undefined, completed: boolean): void;

  /** How many responses the first ticket grants. */
  protected initialAllowance(): number | undefined {
    return undefined;
  }

  // For the caller.

  /** Makes the call with one request. Never throws. */
  sendRequest(message: unknown): void {
    if (!this.#listenForAborts()) return;
    try {
      const payload = this.method.request.encode(message);
      if (!isPromise(payload)) return this.#operate(payload, END_OF_REQUESTS);
      payload.then((bytes) => this.#operate(bytes, END_OF_REQUESTS), (error) => this.fail(RpcError.from(error)));
    } catch (error) {
      this.fail(RpcError.from(error));
    }
  }

  /** Makes the call with a stream of requests. Never throws. */
  sendRequests(messages: unknown): void {
    if (!this.#listenForAborts()) return;
    try {
      const iterator = iteratorOf(messages, this.method.path);
      this.#outgoing = new OutgoingMessages(this.method.request, this);
      this.#operate(undefined, undefined);
      this.#outgoing.start(iterator);
    } catch (error) {
      this.fail(asCallError(error));
    }
  }

  /** Ends the call with an error. The service sees a cancellation. */
  fail(error: Error): void {
    if (this.#state === "ended") return;
    this.#failure ??= error;
    if (this.#operation === undefined) this.#end(error, false);
    else this.#operation.context.cancel();
  }

  /** The caller's signal or the signal of its scope has aborted. */
  handleEvent(): void {
    const { signal, ctx } = this.#options;
    this.fail(abortError(signal?.aborted ? signal.reason : ctx?.signal.reason, this.method.path));
  }

  /** Sends a step of the operation. */
  protected sendStep(step: Step): void {
    this.#operation?.operator.advance(step);
  }

  /** The caller has consumed responses. */
  protected sayConsumed(payloads: number): void {
    this.#operation?.context.consumed(payloads);
  }

  // For the end.

  advance(step: Step): void {
    try {
      this.#process(step);
    } catch (error) {
      this.fail(RpcError.from(error)); // thrown by one of the caller's callbacks
    }
  }

  context(value: unknown): void {
    this.#transportContext = value;
  }

  #process({ initialMetadata, payload, completion, allowance }: Step): void {
    if (initialMetadata !== undefined || payload !== undefined || completion !== undefined) {
      this.#reportHeader(initialMetadata);
    }
    if (payload !== undefined) this.receive(payload);
    if (completion !== undefined) {
      this.#trailer = readTrailer(completion.terminalMetadata);
      this.#options.onTrailer?.(this.#trailer.metadata);
    }
    if (allowance !== undefined) this.#outgoing?.grant(allowance);
  }

  #reportHeader(initialMetadata: Metadata | undefined): void {
    if (this.#headerReported) return;
    this.#headerReported = true;
    if (this.#options.onHttpResponse !== undefined && isHttpResponseInfo(this.#transportContext)) {
      this.#options.onHttpResponse(this.#transportContext);
    }
    this.#options.onHeader?.(initialMetadata === undefined ? NO_METADATA : userMetadata(initialMetadata));
  }

  // MessageSink.

  send(payload: Uint8Array): void {
    this.sendStep({ payload });
  }

  sourceEnded(): void {
    this.sendStep({ completion: END_OF_REQUESTS });
  }

  sourceFailed(error: unknown): void {
    this.fail(RpcError.from(error));
  }

  encodingFailed(error: unknown): void {
    this.fail(RpcError.from(error));
  }

  failedLate(_error: unknown): void {
    // The call has ended and the caller has its outcome. An error of the iterator, thrown when it is closed, changes nothing.
  }

  // From the start to the end of the call.

  #operate(payload: Uint8Array | undefined, completion: Completion | undefined): void {
    if (this.#state !== "preparing") return;
    try {
      this.#operation = this.#begin(payload, completion);
    } catch (error) {
      return this.fail(asCallError(error));
    }
    this.#state = "running";
    const outcome = this.#operation.context.addTerminationCallback((ended) => this.#ended(ended));
    if (outcome === undefined) this.#reportStart(this.#operation);
    else this.#ended(outcome);
  }

  #reportStart(operation: Operation): void {
    const { onStart } = this.#options;
    if (onStart === undefined) return;
    try {
      onStart(this.#control(operation.context));
    } catch (error) {
      this.fail(RpcError.from(error));
    }
  }

  #control(context: OperationContext): CallControl {
    return {
      cancel: () => this.fail(abortError(undefined, this.method.path)),
      changeTimeout: (timeoutMs) => context.changeTimeout(timeoutMs),
      timeRemaining: () => context.timeRemaining(),
    };
  }

  #begin(payload: Uint8Array | undefined, completion: Completion | undefined): Operation {
    const { service, name, kind } = this.method;
    const { headers } = this.#options;
    if (kind !== MethodKind.UNARY && discardsResponse(this.#options)) {
      throw new TypeError(`Cannot call ${this.method.path}: only a unary call can do without its response`);
    }
    const options = {
      timeout: callTimeoutMs(this.#settings, this.#options, this.method.path),
      initialMetadata: callMetadata(this.#settings, this.#options),
      payload,
      completion,
      methodKind: kind,
      protocolOptions: headers === undefined ? undefined : { headers },
      allowance: this.initialAllowance(),
    };
    try {
      return this.#settings.end.operate(service, name, this.subscription(), options);
    } catch (cause) {
      throw localFailure(Code.UNAVAILABLE, `Cannot call ${this.method.path}: its end takes no operations`, { cause });
    }
  }

  #ended(outcome: Outcome): void {
    if (this.#failure !== undefined) this.#end(this.#failure, false);
    else this.#end(outcomeError(outcome, this.method.path, this.#trailer), outcome.kind === OutcomeKind.COMPLETED);
  }

  #end(error: Error | undefined, completed: boolean): void {
    this.#state = "ended";
    this.#options.signal?.removeEventListener("abort", this);
    this.#options.ctx?.signal.removeEventListener("abort", this);
    this.#outgoing?.stop();
    this.settle(error, completed);
  }

  /** Listens to the caller's signal and to the signal of its scope. False if one of them has aborted. */
  #listenForAborts(): boolean {
    return this.#listenTo(this.#options.signal) && this.#listenTo(this.#options.ctx?.signal);
  }

  #listenTo(signal: AbortSignal | undefined): boolean {
    if (signal === undefined) return true;
    if (signal.aborted) this.fail(abortError(signal.reason, this.method.path));
    else signal.addEventListener("abort", this);
    return !signal.aborted;
  }
}

/** A caller gets a `TypeError` or `RangeError` as it is, as that means misuse. Everything else becomes an `RpcError`. */
function asCallError(error: unknown): Error {
  return isMisuse(error) ? error : RpcError.from(error);
}

function isMisuse(error: unknown): error is Error {
  const name = nameOf(error);
  return name === "TypeError" || name === "RangeError";
}

/** The error of a call whose signal has aborted: the signal's reason if that is an `RpcError`. */
function abortError(reason: unknown, path: string): RpcError {
  if (isRpcError(reason)) return reason;
  if (nameOf(reason) === "TimeoutError") {
    return localFailure(Code.DEADLINE_EXCEEDED, `Call ${path} expired: its signal timed out`, { cause: reason });
  }
  return localFailure(Code.CANCELLED, `Call ${path} was cancelled`, { cause: reason });
}
