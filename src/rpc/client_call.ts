import { nameOf } from "../links/thrown.ts";
import {
  type Completion,
  type Operation,
  type OperationContext,
  type OperationSubscription,
  type Operator,
  type Outcome,
  OutcomeKind,
  type ProtocolReceiver,
  type Step,
} from "../ends/mod.ts";
import { Code, type Metadata } from "../links/mod.ts";
import { userMetadata } from "./call_metadata.ts";
import {
  type CallControl,
  callMetadata,
  type CallOptions,
  type CallSite,
  callTimeoutMs,
  isHttpResponseInfo,
} from "./client_options.ts";
import { EMPTY_TRAILER, outcomeError, readTrailer, type Trailer } from "./error_mapping.ts";
import { type BoundMethod, isPromise } from "./message_codec.ts";
import { MethodKind } from "./method.ts";
import { iteratorOf, type MessageSink, OutgoingMessages } from "./outgoing_messages.ts";
import { isRpcError, localFailure, RpcError } from "./rpc_error.ts";

/** Says that nothing follows. */
const NOTHING_MORE: Completion = Object.freeze({});

/** For a direction without headers. */
const NO_METADATA: Metadata = Object.freeze([]);

/** What each kind of call tells its transport, where the caller adds nothing: made once, not per call. */
const PROTOCOL_OPTIONS: Readonly<Record<MethodKind, Readonly<{ kind: MethodKind }>>> = Object.freeze({
  [MethodKind.UNARY]: Object.freeze({ kind: MethodKind.UNARY }),
  [MethodKind.SERVER_STREAMING]: Object.freeze({ kind: MethodKind.SERVER_STREAMING }),
  [MethodKind.CLIENT_STREAMING]: Object.freeze({ kind: MethodKind.CLIENT_STREAMING }),
  [MethodKind.BIDI_STREAMING]: Object.freeze({ kind: MethodKind.BIDI_STREAMING }),
});

/**
 * One call from the caller's side: what all kinds have in common. Its subclasses say what becomes of the responses.
 *
 * ```text
 *  preparing ──operation begun──▶ running ──its outcome──▶ ended
 *      └── bad options, invalid request, abort ─────────────▲
 * ```
 *
 * It is its own operator, event listener and message sink, so that a call allocates little beside itself.
 */
export abstract class ClientCall implements Operator, ProtocolReceiver, MessageSink, EventListenerObject {
  /** What is called. */
  protected readonly method: BoundMethod;
  readonly #site: CallSite;
  readonly #options: CallOptions;
  #state: "preparing" | "running" | "ended" = "preparing";
  #operation: Operation | undefined;
  #outgoing: OutgoingMessages | undefined;
  /** Why this side gave the call up, if it did. */
  #failure: Error | undefined;
  #transport: unknown;
  #headerTold = false;
  #trailer: Trailer = EMPTY_TRAILER;

  /**
   * @param site What all calls of the client share.
   * @param method What is called.
   * @param options What the caller says.
   */
  constructor(site: CallSite, method: BoundMethod, options: CallOptions) {
    this.#site = site;
    this.method = method;
    this.#options = options;
  }

  // What subclasses say.

  /** What is wanted of what comes back. */
  protected abstract subscription(): OperationSubscription;

  /** Takes one response. */
  protected abstract received(payload: unknown): void;

  /**
   * Takes the end of the call, once.
   *
   * @param error Why it failed; `undefined` if it did not.
   * @param orderly Whether the service has said all it had to say, so that what came before is worth reading.
   */
  protected abstract settle(error: Error | undefined, orderly: boolean): void;

  /** What is granted with the first ticket. */
  protected initialAllowance(): number | undefined {
    return undefined;
  }

  // The caller's side.

  /** Makes the call with one request. Never throws. */
  sendOne(message: unknown): void {
    if (!this.#listen()) return;
    try {
      const payload = this.method.request.encode(message);
      if (!isPromise(payload)) return this.#operate(payload, NOTHING_MORE);
      payload.then((bytes) => this.#operate(bytes, NOTHING_MORE), (error) => this.fail(RpcError.from(error)));
    } catch (error) {
      this.fail(RpcError.from(error));
    }
  }

  /** Makes the call with a stream of requests. Never throws. */
  sendMany(messages: unknown): void {
    if (!this.#listen()) return;
    try {
      const iterator = iteratorOf(messages, this.method.path);
      this.#outgoing = new OutgoingMessages(this.method.request, this);
      this.#operate(undefined, undefined);
      this.#outgoing.start(iterator);
    } catch (error) {
      this.fail(misuseOr(error));
    }
  }

  /** Gives the call up: it fails with the error, and the service hears of a cancellation. */
  fail(error: Error): void {
    if (this.#state === "ended") return;
    this.#failure ??= error;
    if (this.#operation === undefined) this.#end(error, false);
    else this.#operation.context.cancel();
  }

  /** An abort of the caller's signal or of its scope. */
  handleEvent(): void {
    const { signal, ctx } = this.#options;
    this.fail(abortError(signal?.aborted ? signal.reason : ctx?.signal.reason, this.method.path));
  }

  /** Lets the service send more. */
  protected say(step: Step): void {
    this.#operation?.operator.advance(step);
  }

  // The end's side.

  advance(step: Step): void {
    try {
      this.#take(step);
    } catch (error) {
      this.fail(RpcError.from(error)); // a callback of the caller's threw
    }
  }

  context(value: unknown): void {
    this.#transport = value;
  }

  #take({ initialMetadata, payload, completion, allowance }: Step): void {
    if (initialMetadata !== undefined || payload !== undefined || completion !== undefined) {
      this.#tellHeader(initialMetadata);
    }
    if (payload !== undefined) this.received(payload);
    if (completion !== undefined) {
      this.#trailer = readTrailer(completion.terminalMetadata);
      this.#options.onTrailer?.(this.#trailer.metadata);
    }
    if (allowance !== undefined) this.#outgoing?.grant(allowance);
  }

  #tellHeader(initialMetadata: Metadata | undefined): void {
    if (this.#headerTold) return;
    this.#headerTold = true;
    if (this.#options.onHttpResponse !== undefined && isHttpResponseInfo(this.#transport)) {
      this.#options.onHttpResponse(this.#transport);
    }
    this.#options.onHeader?.(initialMetadata === undefined ? NO_METADATA : userMetadata(initialMetadata));
  }

  // MessageSink.

  send(payload: Uint8Array): void {
    this.say({ payload });
  }

  sentAll(): void {
    this.say({ completion: NOTHING_MORE });
  }

  sourceFailed(error: unknown): void {
    this.fail(RpcError.from(error));
  }

  unsendable(error: unknown): void {
    this.fail(RpcError.from(error));
  }

  threwLate(_error: unknown): void {
    // The call has ended and the caller knows how; what its iterator says on being closed concerns nobody any more.
  }

  // The course of the call.

  #operate(payload: Uint8Array | undefined, completion: Completion | undefined): void {
    if (this.#state !== "preparing") return;
    try {
      this.#operation = this.#begin(payload, completion);
    } catch (error) {
      return this.fail(misuseOr(error));
    }
    this.#state = "running";
    const outcome = this.#operation.context.addTerminationCallback((ended) => this.#ended(ended));
    if (outcome === undefined) this.#tellStart(this.#operation);
    else this.#ended(outcome);
  }

  #tellStart(operation: Operation): void {
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
    const options = {
      timeout: callTimeoutMs(this.#site, this.#options, this.method.path),
      initialMetadata: callMetadata(this.#site, this.#options),
      payload,
      completion,
      protocolOptions: headers === undefined ? PROTOCOL_OPTIONS[kind] : { kind, headers },
      allowance: this.initialAllowance(),
    };
    try {
      return this.#site.end.operate(service, name, this.subscription(), options);
    } catch (cause) {
      throw localFailure(Code.UNAVAILABLE, `Cannot call ${this.method.path}: its end takes no operations`, { cause });
    }
  }

  #ended(outcome: Outcome): void {
    if (this.#failure !== undefined) this.#end(this.#failure, false);
    else this.#end(outcomeError(outcome, this.method.path, this.#trailer), outcome.kind === OutcomeKind.COMPLETED);
  }

  #end(error: Error | undefined, orderly: boolean): void {
    this.#state = "ended";
    this.#options.signal?.removeEventListener("abort", this);
    this.#options.ctx?.signal.removeEventListener("abort", this);
    this.#outgoing?.stop();
    this.settle(error, orderly);
  }

  /** Listens to the caller's signal and to its scope; false if one of them has aborted already. */
  #listen(): boolean {
    return this.#listenTo(this.#options.signal) && this.#listenTo(this.#options.ctx?.signal);
  }

  #listenTo(signal: AbortSignal | undefined): boolean {
    if (signal === undefined) return true;
    if (signal.aborted) this.fail(abortError(signal.reason, this.method.path));
    else signal.addEventListener("abort", this);
    return !signal.aborted;
  }
}

/** A caller that said something it may not say is told so plainly; whatever else goes wrong is an RpcError. */
function misuseOr(error: unknown): Error {
  return isMisuse(error) ? error : RpcError.from(error);
}

function isMisuse(error: unknown): error is Error {
  const name = nameOf(error);
  return name === "TypeError" || name === "RangeError";
}

/**
 * Tells why a call ends whose signal has aborted.
 *
 * @param reason The signal's reason.
 * @param path The method, as `service/method`.
 * @returns The error: the reason itself where it is one.
 */
function abortError(reason: unknown, path: string): RpcError {
  if (isRpcError(reason)) return reason;
  if (nameOf(reason) === "TimeoutError") {
    return localFailure(Code.DEADLINE_EXCEEDED, `Call ${path} expired: its signal timed out`, { cause: reason });
  }
  return localFailure(Code.CANCELLED, `Call ${path} was cancelled`, { cause: reason });
}
