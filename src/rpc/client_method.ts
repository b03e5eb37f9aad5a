import type { OperationSubscription, Operator, ProtocolReceiver } from "../ends/types.ts";
import { Code } from "../links/code.ts";
import { ClientCall } from "./client_call.ts";
import { type CallOptions, type ClientSettings, discardsResponse } from "./client_options.ts";
import { IncomingMessages, type MessageSource } from "./incoming_messages.ts";
import type { BoundMethod } from "./message_codec.ts";
import { MethodKind, streamsRequests, streamsResponses } from "./method.ts";
import { localFailure, RpcError } from "./rpc_error.ts";

/** A method of a client object, whatever its kind: takes a message or messages, and options. */
export type AnyClientMethod = (input: unknown, options?: CallOptions) => unknown;

/** The options of a call that is made without any. */
export const NO_OPTIONS: CallOptions = Object.freeze({});

/** Makes the function that calls a method. */
export function clientMethod(settings: ClientSettings, method: BoundMethod): AnyClientMethod {
  if (streamsResponses(method.kind)) {
    return (input, options = NO_OPTIONS) => callForStream(settings, method, input, options);
  }
  if (method.kind !== MethodKind.UNARY) {
    return (input, options = NO_OPTIONS) => callForResponse(settings, method, input, options);
  }
  return (input, options = NO_OPTIONS) =>
    discardsResponse(options)
      ? callForOutcome(settings, method, input, options)
      : callForResponse(settings, method, input, options);
}

/** Makes a call with one response. */
export function callForResponse(
  settings: ClientSettings,
  method: BoundMethod,
  input: unknown,
  options: CallOptions,
): Promise<unknown> {
  const call = new SingleResponseCall(settings, method, options);
  if (streamsRequests(method.kind)) call.sendRequests(input);
  else call.sendRequest(input);
  return call.response;
}

/** Makes a call with a stream of responses. */
export function callForStream(
  settings: ClientSettings,
  method: BoundMethod,
  input: unknown,
  options: CallOptions,
): IncomingMessages {
  const call = new StreamResponseCall(settings, method, options);
  if (streamsRequests(method.kind)) call.sendRequests(input);
  else call.sendRequest(input);
  return call.responses;
}

/** Makes a unary call whose response is discarded. */
export function callForOutcome(
  settings: ClientSettings,
  method: BoundMethod,
  message: unknown,
  options: CallOptions,
): Promise<void> {
  const call = new DiscardingCall(settings, method, options);
  call.sendRequest(message);
  return call.done;
}

/** A call with one response: unary or client streaming. */
class SingleResponseCall extends ClientCall {
  // The call is its own subscription. These are fields and not getters, so that a wrapper can copy them with a spread.
  readonly kind = "full";
  // The call is over with its one response, so that there is nothing to report.
  readonly reportsConsumption = true;
  readonly operator: Operator = this;
  readonly protocolReceiver: ProtocolReceiver = this;
  readonly response: Promise<unknown>;
  #resolve!: (response: unknown) => void; // set by the promise's executor, which runs at once
  #reject!: (error: Error) => void;
  #payload: unknown;

  constructor(settings: ClientSettings, method: BoundMethod, options: CallOptions) {
    super(settings, method, options);
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  protected override subscription(): OperationSubscription {
    return this;
  }

  protected override receive(payload: unknown): void {
    this.#payload = payload;
  }

  protected override settle(error: Error | undefined): void {
    if (error !== undefined) return this.#reject(error);
    if (this.#payload === undefined) {
      return this.#reject(localFailure(Code.INTERNAL, `Call ${this.method.path} completed without a response`));
    }
    try {
      this.#resolve(this.method.response.decode(this.#payload));
    } catch (cause) {
      this.#reject(RpcError.from(cause));
    }
  }
}

/** A call with a stream of responses: server streaming or bidirectional. */
class StreamResponseCall extends ClientCall implements MessageSource {
  // As above.
  readonly kind = "full";
  readonly reportsConsumption = true;
  readonly operator: Operator = this;
  readonly protocolReceiver: ProtocolReceiver = this;
  readonly responses: IncomingMessages;

  constructor(settings: ClientSettings, method: BoundMethod, options: CallOptions) {
    super(settings, method, options);
    this.responses = new IncomingMessages(method.response, this, settings.window);
  }

  // MessageSource.

  grant(payloads: number): void {
    this.sendStep({ allowance: payloads });
  }

  consumed(payloads: number): void {
    this.sayConsumed(payloads);
  }

  consumerLeft(): void {
    this.fail(localFailure(Code.CANCELLED, `Call ${this.method.path} was cancelled: its consumer left`));
  }

  decodingFailed(error: RpcError): void {
    this.fail(error);
  }

  protected override subscription(): OperationSubscription {
    return this;
  }

  protected override initialAllowance(): number | undefined {
    return this.responses.initialGrant || undefined; // an allowance is positive; to grant nothing is to send none
  }

  protected override receive(payload: unknown): void {
    this.responses.push(payload);
  }

  protected override settle(error: Error | undefined, completed: boolean): void {
    if (completed) this.responses.finish(error);
    else this.responses.abort(error ?? localFailure(Code.CANCELLED, `Call ${this.method.path} was cancelled`));
  }
}

const NO_SUBSCRIPTION: OperationSubscription = Object.freeze({ kind: "none" });

// A call learns of its outcome from its operation, so the callback is empty. The kind tells the service not to respond.
const OUTCOME_ONLY: OperationSubscription = Object.freeze({ kind: "termination", terminationCallback(): void {} });

/** A call whose response is discarded (S13). */
class DiscardingCall extends ClientCall {
  /** Resolves when the request is on its way (`oneWay`) or the call has succeeded. */
  readonly done: Promise<void>;
  readonly #oneWay: boolean;
  #resolve!: () => void; // set by the promise's executor, which runs at once
  #reject!: (error: Error) => void;

  constructor(settings: ClientSettings, method: BoundMethod, options: CallOptions) {
    super(settings, method, options);
    this.#oneWay = options.oneWay === true;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  protected override subscription(): OperationSubscription {
    return this.#oneWay ? NO_SUBSCRIPTION : OUTCOME_ONLY;
  }

  protected override receive(_payload: unknown): void {
    // The end delivers no payloads to these subscriptions.
  }

  protected override settle(error: Error | undefined): void {
    if (error === undefined) this.#resolve();
    else this.#reject(error);
  }
}
