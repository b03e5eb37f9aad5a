import type { OperationSubscription, Operator, ProtocolReceiver } from "../ends/mod.ts";
import { Code } from "../links/mod.ts";
import { ClientCall } from "./client_call.ts";
import type { CallOptions, CallSite, DiscardOptions } from "./client_options.ts";
import { IncomingMessages, type MessageSource } from "./incoming_messages.ts";
import type { BoundMethod } from "./message_codec.ts";
import { MethodKind, streamsRequests, streamsResponses } from "./method.ts";
import { localFailure, RpcError } from "./rpc_error.ts";

/** A method as the client object holds it: takes a message or messages, and options. */
export type Caller = (input: unknown, options?: DiscardOptions) => unknown;

/** What a caller says who says nothing. */
export const NO_OPTIONS: CallOptions = Object.freeze({});

/**
 * Makes the function that calls a method.
 *
 * @param site What all calls of the client share.
 * @param method The method.
 * @returns The function.
 */
export function callerOf(site: CallSite, method: BoundMethod): Caller {
  if (streamsResponses(method.kind)) {
    return (input, options = NO_OPTIONS) => callForMany(site, method, input, options);
  }
  if (method.kind !== MethodKind.UNARY) {
    return (input, options = NO_OPTIONS) => callForOne(site, method, input, options);
  }
  return (input, options = NO_OPTIONS) =>
    wantsNoResponse(options) ? callForOutcome(site, method, input, options) : callForOne(site, method, input, options);
}

/** Whether a call's response is not wanted. */
export function wantsNoResponse({ oneWay, discardResponse }: DiscardOptions): boolean {
  return oneWay === true || discardResponse === true;
}

/** Makes a call with one response. */
export function callForOne(
  site: CallSite,
  method: BoundMethod,
  input: unknown,
  options: CallOptions,
): Promise<unknown> {
  const call = new SingleResponseCall(site, method, options);
  if (streamsRequests(method.kind)) call.sendMany(input);
  else call.sendOne(input);
  return call.response;
}

/** Makes a call with a stream of responses. */
export function callForMany(
  site: CallSite,
  method: BoundMethod,
  input: unknown,
  options: CallOptions,
): IncomingMessages {
  const call = new StreamResponseCall(site, method, options);
  if (streamsRequests(method.kind)) call.sendMany(input);
  else call.sendOne(input);
  return call.responses;
}

/** Makes a unary call whose response is not wanted. */
export function callForOutcome(
  site: CallSite,
  method: BoundMethod,
  message: unknown,
  options: DiscardOptions,
): Promise<void> {
  const call = new DiscardingCall(site, method, options);
  call.sendOne(message);
  return call.done;
}

/** A call with one response: unary or client streaming. */
export class SingleResponseCall extends ClientCall {
  /** What is wanted: everything. The call is its own subscription, of fields, so that who wraps a servicer can spread it. */
  readonly kind = "full";
  /** Where it goes. */
  readonly operator: Operator = this;
  /** Where the transport's word goes. */
  readonly protocolReceiver: ProtocolReceiver = this;
  /** The response, or why there is none. */
  readonly response: Promise<unknown>;
  #resolve!: (response: unknown) => void; // set by the promise's executor, which runs at once
  #reject!: (error: Error) => void;
  #payload: unknown;

  /**
   * @param site What all calls of the client share.
   * @param method What is called.
   * @param options What the caller says.
   */
  constructor(site: CallSite, method: BoundMethod, options: CallOptions) {
    super(site, method, options);
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  protected override subscription(): OperationSubscription {
    return this;
  }

  protected override received(payload: unknown): void {
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
export class StreamResponseCall extends ClientCall implements MessageSource {
  /** What is wanted: everything. The call is its own subscription, of fields, so that who wraps a servicer can spread it. */
  readonly kind = "full";
  /** Where it goes. */
  readonly operator: Operator = this;
  /** Where the transport's word goes. */
  readonly protocolReceiver: ProtocolReceiver = this;
  /** The responses. */
  readonly responses: IncomingMessages;

  /**
   * @param site What all calls of the client share.
   * @param method What is called.
   * @param options What the caller says.
   */
  constructor(site: CallSite, method: BoundMethod, options: CallOptions) {
    super(site, method, options);
    this.responses = new IncomingMessages(method.response, this, site.window);
  }

  // MessageSource.

  grant(payloads: number): void {
    this.say({ allowance: payloads });
  }

  left(): void {
    this.fail(localFailure(Code.CANCELLED, `Call ${this.method.path} was cancelled: its consumer left`));
  }

  unreadable(error: RpcError): void {
    this.fail(error);
  }

  protected override subscription(): OperationSubscription {
    return this;
  }

  protected override initialAllowance(): number | undefined {
    return this.responses.initialGrant || undefined; // an allowance is positive; nothing is granted by saying nothing
  }

  protected override received(payload: unknown): void {
    this.responses.push(payload);
  }

  protected override settle(error: Error | undefined, orderly: boolean): void {
    if (orderly) this.responses.finish(error);
    else this.responses.abort(error ?? localFailure(Code.CANCELLED, `Call ${this.method.path} was cancelled`));
  }
}

const NOTHING: OperationSubscription = Object.freeze({ kind: "none" });

// The call itself hears of its end as all calls do; the subscription only says that no more is wanted.
const OUTCOME_ONLY: OperationSubscription = Object.freeze({ kind: "termination", terminationCallback(): void {} });

/** A call whose response is not wanted (S13). */
export class DiscardingCall extends ClientCall {
  /** Resolves when the call has succeeded, as far as the caller wanted to know. */
  readonly done: Promise<void>;
  readonly #oneWay: boolean;
  #resolve!: () => void; // set by the promise's executor, which runs at once
  #reject!: (error: Error) => void;

  /**
   * @param site What all calls of the client share.
   * @param method What is called.
   * @param options What the caller says.
   */
  constructor(site: CallSite, method: BoundMethod, options: DiscardOptions) {
    super(site, method, options);
    this.#oneWay = options.oneWay === true;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  protected override subscription(): OperationSubscription {
    return this.#oneWay ? NOTHING : OUTCOME_ONLY;
  }

  protected override received(_payload: unknown): void {
    // The end delivers none to such a subscription.
  }

  protected override settle(error: Error | undefined): void {
    if (error === undefined) this.#resolve();
    else this.#reject(error);
  }
}
