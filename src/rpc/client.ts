import type { AsyncDisposal } from "../async_disposal.ts";
import type { End } from "../ends/types.ts";
import { checkDuration, checkGroups, DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { type MetadataInit, toMetadata } from "./call_metadata.ts";
import { clientMethod } from "./client_method.ts";
import type { CallOptions, ClientSettings, DiscardOptions } from "./client_options.ts";
import type { MessageStream } from "./incoming_messages.ts";
import { interceptedClientMethod } from "./intercepted_call.ts";
import type { Interceptor } from "./interceptor.ts";
import { bindMethod } from "./message_codec.ts";
import type { Method } from "./method.ts";
import type { Messages } from "./outgoing_messages.ts";
import { windowLimits, type WindowOptions } from "./receive_window.ts";
import type { MethodMap, ServiceContract } from "./service_contract.ts";

/** A message and options. The message may be left out where it may be `undefined`. */
export type CallArguments<Request, Options> = undefined extends Request
  ? [message?: Request, options?: Options | undefined]
  : [message: Request, options?: Options | undefined];

/** A unary method of a client. */
export interface UnaryCall<Request, Response> {
  /** Calls it and discards the response. */
  (message: Request, options: DiscardOptions & ({ oneWay: true } | { discardResponse: true })): Promise<void>;
  /** Calls it. Rejects with an {@linkcode RpcError} if the call fails. */
  (...args: CallArguments<Request, CallOptions>): Promise<Response>;
}

/** A server streaming method of a client. The call starts at once. Leaving the stream cancels it. */
export type ServerStreamingCall<Request, Response> = (
  ...args: CallArguments<Request, CallOptions>
) => MessageStream<Response>;

/** A client streaming method of a client. It asks for each message when the service has taken enough of those before. */
export type ClientStreamingCall<Request, Response> = (
  messages: Messages<Request>,
  options?: CallOptions,
) => Promise<Response>;

/** A bidirectional streaming method of a client. Leaving the stream cancels the call. */
export type BidiStreamingCall<Request, Response> = (
  messages: Messages<Request>,
  options?: CallOptions,
) => MessageStream<Response>;

/** A method of a contract as a function of its client. */
export type ClientMethod<M extends Method> = M extends
  Method<infer Kind, infer Request, infer _Response, infer _ReceivedRequest, infer ReceivedResponse> ? {
    "unary": UnaryCall<Request, ReceivedResponse>;
    "server_streaming": ServerStreamingCall<Request, ReceivedResponse>;
    "client_streaming": ClientStreamingCall<Request, ReceivedResponse>;
    "bidi_streaming": BidiStreamingCall<Request, ReceivedResponse>;
  }[Kind]
  : never;

/**
 * A client of a service: one function for each method of the contract. Disposing of it closes its channel, if it has one of
 * its own.
 */
export type Client<Methods extends MethodMap> =
  & { readonly [Name in keyof Methods]: ClientMethod<Methods[Name]> }
  & AsyncDisposal;

/** The options of a client. */
export interface ClientOptions {
  /** How far services run ahead of those who read their responses. */
  readonly flow?: WindowOptions | undefined;
  /** Milliseconds for a call without a timeout of its own, above 0; 300,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Metadata that is sent with each call, before the call's own. */
  readonly metadata?: MetadataInit | undefined;
  /** Wrap each call, the outermost first. Without any, calls have no cost for them. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Called when the client is disposed of, to close a channel of its own. Does nothing by default. */
  readonly dispose?: (() => Promise<void>) | undefined;
}

/** Makes a client of a service whose calls begin at an end. The end is started, and joined to a link that leads to the service. */
export function createEndClient<Methods extends MethodMap>(
  contract: ServiceContract<Methods>,
  end: End,
  options: ClientOptions = {},
): Client<Methods> {
  checkGroups(options);
  const settings: ClientSettings = {
    end,
    timeoutMs: checkDuration("timeoutMs", options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    metadata: options.metadata === undefined ? undefined : toMetadata(options.metadata),
    window: windowLimits(options.flow),
  };
  const { interceptors = [] } = options;
  const client: Record<PropertyKey, unknown> = Object.create(null);
  for (const [name, method] of Object.entries(contract.methods)) {
    const bound = bindMethod(contract.name, name, method, "client");
    client[name] = interceptors.length === 0
      ? clientMethod(settings, bound)
      : interceptedClientMethod(settings, bound, interceptors);
  }
  const { dispose } = options;
  client[Symbol.asyncDispose] = async (): Promise<void> => {
    await dispose?.();
  };
  return Object.freeze(client) as Client<Methods>; // each function was made for the kind of its method
}
