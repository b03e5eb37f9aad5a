import { nameOf } from "../links/thrown.ts";
import { type Outcome, OutcomeKind } from "../ends/outcome.ts";
import type {
  Completion,
  OperateOptions,
  Operation,
  OperationContext,
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
  isHttpResponseInfo,
  onAbort,
} from "./client_options.ts";
import { EMPTY_TRAILER, outcomeError, readTrailer, type Trailer } from "./error_mapping.ts";
import { IncomingMessages, type MessageSource } from "./incoming_messages.ts";
import { type BoundMethod, isPromise } from "./message_codec.ts";
import { streamsRequests, streamsResponses } from "./method.ts";
import { iteratorOf, type MessageIterator, type MessageSink, NO_MORE, OutgoingMessages } from "./outgoing_messages.ts";
import { isRpcError, localFailure, RpcError } from "./rpc_error.ts";

/** How an error says that a stream of responses has been left early. */
export const LEFT = ": its consumer left";

/** The options of a call that is made without any. */
export const NO_OPTIONS: CallOptions = Object.freeze({});

/**
 * The client's side of a call of any kind. Making it begins it; what its caller gets is its `result`.
 *
 * ```text
 *  preparing ──operation begun──▶ running ──its outcome──▶ ended
 *      └── bad options, invalid request, abort ─────────────▲
 * ```
 *
 * A call is its own subscription, operator, message source and sink, so that it allocates few other objects.
 */
export class ClientCall implements Operator, ProtocolReceiver, MessageSource, MessageSink {
  // The subscription. These are fields and not getters, so that a wrapper can copy them with a spread.
  /** A call whose response is discarded has another one than `"full"` (S13). */
  readonly kind: "full" | "termination" | "none";
  readonly operator: Operator = this;
  readonly protocolReceiver: ProtocolReceiver = this;
  // A call with one response is over with it, so that it has nothing to report.
  readonly reportsConsumption = true;

  /** The stream of responses, or a promise of the one response. Failures are found there: a call never throws. */
  readonly result: Promise<unknown> | IncomingMessages;
  readonly #responses: IncomingMessages | undefined;
  #resolve!: (response: unknown) => void; // set by the promise's executor, which runs at once
  #reject!: (error: unknown) => void;
  #response: unknown;

  readonly #settings: ClientSettings;
  readonly #method: BoundMethod;
  readonly #options: CallOptions;
  #hasEnded = false;
  /** None while the call prepares. */
  #operation: Operation | undefined;
  #outgoing: OutgoingMessages | undefined;
  /** Removes the listeners of the caller's signals. */
  #release: (() => void) | undefined;
  /** Why this side has ended the call, if it has. */
  #failure: Error | undefined;
  #transportContext: unknown;
  #headerReported = false;
  #trailer: Trailer = EMPTY_TRAILER;

  /** Makes the call: `input` is its request, or the messages of a stream of requests. */
  constructor(settings: ClientSettings, method: BoundMethod, options: CallOptions, input: unknown) {
    this.#settings = settings;
    this.#method = method;
    this.#options = options;
    this.kind = options.oneWay === true ? "none" : options.discardResponse === true ? "termination" : "full";
    this.result = streamsResponses(method.kind)
      ? this.#responses = new IncomingMessages(method.response, this, settings.window)
      : new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
    if (options.signal !== undefined || options.ctx !== undefined) {
      this.#release = onAbort(options, (reason) => this.#fail(abortError(reason, method.path)));
    }
    if (!this.#hasEnded) this.#send(input);
  }

  // For the end.

  advance(step: Step): void {
    try {
      this.#process(step);
    } catch (error) {
      this.failed(error); // thrown by one of the caller's callbacks
    }
  }

  context(value: unknown): void {
    this.#transportContext = value;
  }

  terminationCallback(): void {
    // The call has another callback, which learns of the outcome whatever the subscription is.
  }

  // For the streams of messages. What the iterator of requests throws when the call has ended changes nothing.

  step(step: Step): void {
    this.#operation?.operator.advance(step);
  }

  consumed(payloads: number): void {
    this.#operation?.context.consumed(payloads);
  }

  failed(error: unknown): void {
    this.#fail(RpcError.from(error));
  }

  left(): void {
    this.#fail(cancellation(this.#method.path, LEFT));
  }

  // From the start to the end of the call.

  #send(input: unknown): void {
    const { request, path, kind } = this.#method;
    try {
      if (streamsRequests(kind)) return this.#sendAll(iteratorOf(input, path));
      const payload = request.encode(input);
      if (!isPromise(payload)) return this.#operate(payload, NO_MORE);
      payload.then((encoded) => this.#operate(encoded, NO_MORE), (error) => this.#fail(error));
    } catch (error) {
      this.#refuse(error);
    }
  }

  #sendAll(iterator: MessageIterator): void {
    this.#outgoing = new OutgoingMessages(this.#method.request, this);
    this.#operate();
    this.#outgoing.start(iterator); // closes it if the call has failed
  }

  /** Begins the operation. Never throws. */
  #operate(payload?: Uint8Array, completion?: Completion): void {
    if (this.#hasEnded) return;
    const { service, name, kind, path } = this.#method;
    const { headers, onStart } = this.#options;
    const { end, window } = this.#settings;
    let opening: OperateOptions | undefined;
    try {
      if (kind !== MethodKind.UNARY && this.kind !== "full") {
        throw new TypeError(`Cannot call ${path}: only a unary call can do without its response`);
      }
      opening = {
        timeout: callTimeoutMs(this.#settings, this.#options, path),
        initialMetadata: callMetadata(this.#settings, this.#options),
        payload,
        completion,
        methodKind: kind,
        protocolOptions: headers && { headers },
        // One response needs no grant (S14). A grant is positive; to grant nothing is to send none.
        allowance: this.#responses && window.initialPayloads - 1 || undefined,
      };
      this.#operation = end.operate(service, name, this, opening);
    } catch (cause) {
      if (opening === undefined) return this.#refuse(cause);
      return this.#fail(localFailure(Code.UNAVAILABLE, `Cannot call ${path}: its end takes no operations`, { cause }));
    }
    const { context } = this.#operation;
    const outcome = context.addTerminationCallback((ended) => this.#ended(ended));
    if (outcome !== undefined) return this.#ended(outcome);
    try {
      onStart?.(this.#control(context));
    } catch (error) {
      this.failed(error);
    }
  }

  #control(context: OperationContext): CallControl {
    return {
      cancel: () => this.#fail(cancellation(this.#method.path)),
      changeTimeout: (timeoutMs) => context.changeTimeout(timeoutMs),
      timeRemaining: () => context.timeRemaining(),
    };
  }

  #process({ initialMetadata, payload, completion, allowance }: Step): void {
    if (initialMetadata !== undefined || payload !== undefined || completion !== undefined) {
      this.#reportHeader(initialMetadata);
    }
    if (payload !== undefined) {
      if (this.#responses === undefined) this.#response = payload;
      else this.#responses.push(payload);
    }
    if (completion !== undefined) {
      this.#trailer = readTrailer(completion.terminalMetadata);
      this.#options.onTrailer?.(this.#trailer.metadata);
    }
    if (allowance !== undefined) this.#outgoing?.grant(allowance);
  }

  #reportHeader(initialMetadata: Metadata = EMPTY_TRAILER.metadata): void {
    if (this.#headerReported) return;
    this.#headerReported = true;
    const { onHttpResponse, onHeader } = this.#options;
    if (onHttpResponse !== undefined && isHttpResponseInfo(this.#transportContext)) {
      onHttpResponse(this.#transportContext);
    }
    onHeader?.(userMetadata(initialMetadata));
  }

  /** Ends the call with an error. The service sees a cancellation. */
  #fail(error: Error): void {
    if (this.#hasEnded) return;
    this.#failure ??= error;
    if (this.#operation === undefined) this.#end(error, false);
    else this.#operation.context.cancel();
  }

  /** As {@linkcode failed}, but misuse is given to the caller as it is: a `TypeError` or a `RangeError`. */
  #refuse(error: unknown): void {
    this.#fail(isMisuse(error) ? error : RpcError.from(error));
  }

  #ended(outcome: Outcome): void {
    if (this.#failure !== undefined) this.#end(this.#failure, false);
    else this.#end(outcomeError(outcome, this.#method.path, this.#trailer), outcome.kind === OutcomeKind.COMPLETED);
  }

  /** Ends the call. If the service has sent everything, the responses before an error are still delivered. */
  #end(error: Error | undefined, hasCompleted: boolean): void {
    this.#hasEnded = true;
    this.#release?.();
    this.#outgoing?.stop();
    if (this.#responses !== undefined) this.#responses.end(error, !hasCompleted);
    else if (error !== undefined) this.#reject(error);
    else if (this.kind !== "full") this.#resolve(undefined);
    else this.#respond();
  }

  #respond(): void {
    const { path, response } = this.#method;
    try {
      if (this.#response !== undefined) return this.#resolve(response.decode(this.#response));
      this.#reject(localFailure(Code.INTERNAL, `Call ${path} completed without a response`));
    } catch (error) {
      this.#reject(error);
    }
  }
}

function isMisuse(error: unknown): error is Error {
  const name = nameOf(error);
  return name === "TypeError" || name === "RangeError";
}

/** The error of a call whose signal has aborted: the signal's reason if that is an `RpcError`. */
function abortError(reason: unknown, path: string): RpcError {
  if (isRpcError(reason)) return reason;
  if (nameOf(reason) !== "TimeoutError") return cancellation(path, "", reason);
  return localFailure(Code.DEADLINE_EXCEEDED, `Call ${path} expired: its signal timed out`, { cause: reason });
}

/** The error of a call that this side has cancelled. */
export function cancellation(path: string, why = "", cause?: unknown): RpcError {
  return localFailure(Code.CANCELLED, `Call ${path} was cancelled${why}`, { cause });
}
