import { nameOf, reasonOf } from "../links/thrown.ts";
import type { Outcome } from "../ends/outcome.ts";
import type { Completion, OperateOptions, Operation, Operator, ProtocolReceiver, Step } from "../ends/types.ts";
import { Code } from "../links/code.ts";
import { MethodKind, streamsRequests, streamsResponses } from "../links/method_kind.ts";
import type { Metadata } from "../links/ticket.ts";
import { userMetadata } from "./call_metadata.ts";
import {
  callMetadata,
  type CallOptions,
  callTimeoutMs,
  checkCallOptions,
  type ClientSettings,
  isHttpResponseInfo,
  NO_OPTIONS,
  onAbort,
} from "./client_options.ts";
import { EMPTY_TRAILER, outcomeError, readTrailer, type Trailer } from "./error_mapping.ts";
import { IncomingMessages, type MessageSource } from "./incoming_messages.ts";
import { type BoundMethod, isPromise } from "./message_codec.ts";
import { iteratorOf, type MessageSink, NO_MORE, OutgoingMessages } from "./outgoing_messages.ts";
import { rejection } from "./rejection.ts";
import { isRpcError, localFailure, RpcError } from "./rpc_error.ts";

/** How an error says that a stream of responses has been left early. */
export const LEFT = ": its consumer left";

/**
 * The client's side of a call of any kind. What its caller gets is its `result`. Making a call begins it, but a call with
 * one request and a stream of responses begins when the first response is asked for: a stream that is never read must not
 * keep a handler running.
 *
 * ```text
 *  idle ──first next()──▶ preparing ──operation begun──▶ running ──its outcome──▶ ended
 *   └── its consumer left ────┴── bad options, invalid request, abort ──────────────▲
 * ```
 *
 * A call is its own subscription, operator, message source and sink, so that it allocates few other objects.
 */
export class ClientCall implements Operator, ProtocolReceiver, MessageSource, MessageSink {
  // The subscription. These are fields and not getters, so that a wrapper can copy them with a spread.
  /** A call whose response is discarded has another one than `"full"` (S13). */
  kind: "full" | "termination" | "none" = "full";
  readonly operator: Operator = this;
  readonly protocolReceiver: ProtocolReceiver = this;
  // A call with one response is over with it, so that it has nothing to report.
  readonly reportsConsumption = true;

  /** The stream of responses, or a promise of the one response. Failures are found there: a call never throws. */
  readonly result: Promise<unknown> | IncomingMessages;
  readonly #responses: IncomingMessages | undefined;
  #resolve!: (response: unknown) => void; // set by the promise's executor, which runs at once
  #response: unknown;

  readonly #settings: ClientSettings;
  readonly #method: BoundMethod;
  readonly #options: CallOptions;
  /** Begins the call, if that waits for its consumer. */
  #begin: (() => void) | undefined;
  readonly #ended: (() => void) | undefined;
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

  /** Makes the call: `input` is its request, or the messages of a stream of requests; `ended` is called when it has ended. */
  constructor(
    settings: ClientSettings,
    method: BoundMethod,
    options: CallOptions,
    input: unknown,
    ended?: () => void,
  ) {
    this.#ended = ended;
    this.#settings = settings;
    this.#method = method;
    this.#options = options;
    this.result = streamsResponses(method.kind)
      ? this.#responses = new IncomingMessages(method.response, this, settings.window)
      : new Promise((resolve) => this.#resolve = resolve);
    if (method.kind === MethodKind.SERVER_STREAMING) this.#begin = () => this.#send(input);
    else this.#send(input);
  }

  // For the end.

  advance({ initialMetadata, payload, completion, allowance }: Step): void {
    try {
      if (initialMetadata !== undefined || payload !== undefined || completion !== undefined) {
        this.#reportHeader(initialMetadata);
      }
      if (payload !== undefined) {
        if (this.#responses) this.#responses.push(payload);
        else this.#response = payload;
      }
      if (completion !== undefined) {
        this.#trailer = readTrailer(completion.terminalMetadata);
        this.#options.onTrailer?.(this.#trailer.metadata);
      }
      if (allowance !== undefined) this.#outgoing?.grant(allowance);
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

  send(payload: Uint8Array): void {
    this.#operation?.operator.advance({ payload });
  }

  step(step: Step): void {
    this.#operation?.operator.advance(step);
  }

  consumed(payloads: number): void {
    this.#operation?.context.consumed(payloads);
  }

  failed(error: unknown): void {
    this.#fail(failureOf(error, this.#method.path));
  }

  decodingFailed(error: unknown): void {
    this.failed(error);
  }

  awaited(): void {
    const begin = this.#begin;
    this.#begin = undefined;
    begin?.();
  }

  left(): void {
    this.#fail(cancellation(this.#method.path, LEFT));
  }

  // From the start to the end of the call.

  #send(input: unknown): void {
    const { request, path, kind } = this.#method;
    try {
      if (this.#options !== NO_OPTIONS) this.#take(this.#options);
      if (this.#hasEnded) return;
      if (streamsRequests(kind)) {
        const iterator = iteratorOf(input, path);
        this.#outgoing = new OutgoingMessages(request, this);
        this.#operate();
        return this.#outgoing.start(iterator); // closes it if the call has failed
      }
      const payload = request.encode(input);
      if (!isPromise(payload)) return this.#operate(payload, NO_MORE);
      payload.then((encoded) => this.#operate(encoded, NO_MORE), (error) => this.failed(error));
    } catch (error) {
      this.#refuse(error);
    }
  }

  #take(options: CallOptions): void {
    const { path } = this.#method;
    checkCallOptions(options, path);
    if (options.discardResponse) this.kind = "termination";
    if (options.oneWay) this.kind = "none";
    this.#release = onAbort(options, (reason) => this.#fail(abortError(reason, path)));
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
        timeout: callTimeoutMs(this.#settings, this.#options, this.#method),
        initialMetadata: callMetadata(this.#settings, this.#options),
        payload,
        completion,
        methodKind: kind,
        protocolOptions: headers && { headers: new Headers(headers) }, // throws a TypeError
        // One response needs no grant (S14). A grant is positive; to grant nothing is to send none.
        allowance: this.#responses && window.initialPayloads - 1 || undefined,
      };
      this.#operation = end.operate(service, name, this, opening);
    } catch (cause) {
      if (!opening) return this.#refuse(cause);
      const why = "the client is closed, or its end was not started";
      return this.#fail(localFailure(Code.UNAVAILABLE, `Cannot call ${path}: ${why}`, { cause }));
    }
    const { context } = this.#operation;
    const outcome = context.addTerminationCallback((ended) => this.#end(ended));
    if (outcome) return this.#end(outcome);
    try {
      onStart?.({
        cancel: () => this.#fail(cancellation(path)),
        changeTimeout: (timeoutMs) => context.changeTimeout(timeoutMs),
        timeRemaining: () => context.timeRemaining(),
      });
    } catch (error) {
      this.failed(error);
    }
  }

  #reportHeader(initialMetadata: Metadata = EMPTY_TRAILER.metadata): void {
    if (this.#headerReported) return;
    this.#headerReported = true;
    const { onHttpResponse, onHeader } = this.#options;
    if (onHttpResponse && isHttpResponseInfo(this.#transportContext)) onHttpResponse(this.#transportContext);
    onHeader?.(userMetadata(initialMetadata));
  }

  /** Ends the call with an error. The service sees a cancellation. */
  #fail(error: Error): void {
    if (this.#hasEnded) return;
    this.#failure ??= error;
    if (this.#operation) this.#operation.context.cancel();
    else this.#end();
  }

  /** As {@linkcode failed}, but misuse is given to the caller as it is: a `TypeError` or a `RangeError`. */
  #refuse(error: unknown): void {
    this.#fail(isMisuse(error) ? error : failureOf(error, this.#method.path));
  }

  /** Ends the call, with the outcome of its operation if there is one. */
  #end(outcome?: Outcome): void {
    this.#hasEnded = true;
    this.#release?.();
    this.#ended?.();
    this.#outgoing?.stop();
    const error = this.#failure ?? (outcome && outcomeError(outcome, this.#method.path, this.#trailer));
    // If the service has sent everything, the responses before an error are still delivered.
    if (this.#responses) this.#responses.end(error, outcome?.kind !== "completed");
    else this.#settle(error);
  }

  #settle(error: Error | undefined): void {
    const { path, response } = this.#method;
    try {
      if (error) throw error;
      if (this.kind !== "full") return this.#resolve(undefined);
      if (this.#response !== undefined) return this.#resolve(response.decode(this.#response));
      throw localFailure(Code.INTERNAL, `Call ${path} completed without a response`);
    } catch (failure) {
      this.#resolve(rejection(failure));
    }
  }
}

function isMisuse(error: unknown): error is Error {
  const name = nameOf(error);
  return name === "TypeError" || name === "RangeError";
}

/** The error of a call that something of its caller has ended by an exception: its messages, its schema or a callback. */
function failureOf(cause: unknown, path: string): RpcError {
  if (isRpcError(cause)) return cause;
  return localFailure(RpcError.from(cause).code, `Call ${path} failed: ${reasonOf(cause)}`, { cause });
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
