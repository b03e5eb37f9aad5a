import type { AsyncDisposal } from "../async_disposal.ts";
import type { End } from "../ends/mod.ts";
import { checkDuration, DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { type MetadataInit, toMetadata } from "./call_metadata.ts";
import { callerOf } from "./client_method.ts";
import type { CallOptions, CallSite, DiscardOptions } from "./client_options.ts";
import type { MessageStream } from "./incoming_messages.ts";
import { interceptedCaller } from "./intercepted_call.ts";
import type { Interceptor } from "./interceptor.ts";
import { bindMethod } from "./message_codec.ts";
import type { Method } from "./method.ts";
import type { Messages } from "./outgoing_messages.ts";
import { windowLimits, type WindowOptions } from "./receive_window.ts";
import type { MethodMap, ServiceContract } from "./service_contract.ts";

/** A message and options; the message may be left out where it may be `undefined`. */
export type CallArguments<Request, Options> = undefined extends Request
  ? [message?: Request, options?: Options | undefined]
  : [message: Request, options?: Options | undefined];

/** A unary method as its caller sees it. */
export interface UnaryCall<Request, Response> {
  /** Calls it without wanting the response. */
  (message: Request, options: DiscardOptions & ({ oneWay: true } | { discardResponse: true })): Promise<void>;
  /** Calls it. Rejects with an {@linkcode RpcError} if the call fails. */
  (...args: CallArguments<Request, CallOptions>): Promise<Response>;
}

/** A server streaming method as its caller sees it: the call starts at once, and is cancelled by leaving the stream. */
export type ServerStreamingCall<Request, Response> = (
  ...args: CallArguments<Request, CallOptions>
) => MessageStream<Response>;

/** A client streaming method as its caller sees it. The messages are asked for as the service takes them. */
export type ClientStreamingCall<Request, Response> = (
  messages: Messages<Request>,
  options?: CallOptions,
) => Promise<Response>;

/** A bidirectional streaming method as its caller sees it. */
export type BidiStreamingCall<Request, Response> = (
  messages: Messages<Request>,
  options?: CallOptions,
) => MessageStream<Response>;

/** A method of a contract as its caller sees it. */
export type ClientMethod<M extends Method> = M extends
  Method<infer Kind, infer Request, infer _Response, infer _ReceivedRequest, infer ReceivedResponse> ? {
    "unary": UnaryCall<Request, ReceivedResponse>;
    "server streaming": ServerStreamingCall<Request, ReceivedResponse>;
    "client streaming": ClientStreamingCall<Request, ReceivedResponse>;
    "bidirectional streaming": BidiStreamingCall<Request, ReceivedResponse>;
  }[Kind]
  : never;

/**
 * A service as its caller sees it: one function for each method of the contract. Disposing of it closes what it owns,
 * which is nothing if it was given its end.
 */
export type Client<Methods extends MethodMap> =
  & { readonly [Name in keyof Methods]: ClientMethod<Methods[Name]> }
  & AsyncDisposal;

/** How a client makes its calls. */
export interface ClientOptions extends WindowOptions {
  /** Milliseconds of a call that says nothing else, above 0; 300,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Pairs that go with each call, before its own. */
  readonly metadata?: MetadataInit | undefined;
  /** Stand around each call, the outermost first. Without any, calls cost nothing for them. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** What disposing of the client does; for those who give it a channel of its own. Nothing by default. */
  readonly dispose?: (() => Promise<void>) | undefined;
}

/**
 * Makes a client of a service over an end.
 *
 * @param contract The service.
 * @param end The end that its calls begin at; started, and joined to what leads to the service.
 * @param options How it makes its calls.
 * @returns The client, frozen.
 * @throws {RangeError} If an option is out of its range.
 * @throws {TypeError} If the metadata is none.
 */
export function createEndClient<Methods extends MethodMap>(
  contract: ServiceContract<Methods>,
  end: End,
  options: ClientOptions = {},
): Client<Methods> {
  const site: CallSite = {
    end,
    timeoutMs: checkDuration("timeoutMs", options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    metadata: options.metadata === undefined ? undefined : toMetadata(options.metadata),
    window: windowLimits(options),
  };
  const { interceptors = [] } = options;
  const client: Record<PropertyKey, unknown> = Object.create(null);
  for (const [name, method] of Object.entries(contract.methods)) {
    const bound = bindMethod(contract.name, name, method, "client");
    client[name] = interceptors.length === 0 ? callerOf(site, bound) : interceptedCaller(site, bound, interceptors);
  }
  const { dispose } = options;
  client[Symbol.asyncDispose] = async (): Promise<void> => {
    await dispose?.();
  };
  return Object.freeze(client) as Client<Methods>; // each method was made by its kind, as the type says
}
