import { ASYNC_DISPOSE } from "../dispose_symbol.ts";
import type { AsyncDisposal } from "../async_disposal.ts";
import { CborError } from "../cbor/cbor_error.ts";
import type { End } from "../ends/types.ts";
import { checkDuration } from "../limits.ts";
import { textOf } from "../links/thrown.ts";
import { checkGroups } from "../option_groups.ts";
import { type MetadataInit, toMetadata } from "./call_metadata.ts";
import { ClientCall } from "./client_call.ts";
import { type CallOptions, type ClientSettings, NO_OPTIONS } from "./client_options.ts";
import type { MessageStream } from "./incoming_messages.ts";
import { interceptedCall } from "./intercepted_call.ts";
import type { Interceptor } from "./interceptor.ts";
import { bindMethod, type CodecSide } from "./message_codec.ts";
import type { Method } from "./method.ts";
import type { Messages } from "./outgoing_messages.ts";
import { windowLimits, type WindowOptions } from "./receive_window.ts";
import { localFailure } from "./rpc_error.ts";
import type { MethodMap, ServiceContract } from "./service_contract.ts";

// The four functions have no names of their own, so that an editor shows their parameters.
/**
 * A method of a contract as a function of its client. A message may be left out where it may be `undefined`. A stream of
 * requests is asked for each message when the service has taken enough of those before. A call begins at once, but one with
 * a single request and a stream of responses begins at the first `next()`, which is when its options are read and its
 * timeout starts. Leaving a stream of responses cancels the call. A call never throws: what is wrong with its options
 * rejects its promise, or that of the first `next()`, with a `TypeError` or a `RangeError`.
 */
export type ClientMethod<M extends Method> = M extends
  Method<infer Kind, infer Request, infer _Response, infer _ReceivedRequest, infer Response> ? {
    "unary": (...args: CallArguments<Request>) => Promise<Response>;
    "server_streaming": (...args: CallArguments<Request>) => MessageStream<Response>;
    "client_streaming": (messages: Messages<Request>, options?: CallOptions) => Promise<Response>;
    "bidi_streaming": (messages: Messages<Request>, options?: CallOptions) => MessageStream<Response>;
  }[Kind]
  : never;

/** A message and options. The message may be left out where it may be `undefined`. */
export type CallArguments<Request> = undefined extends Request ? [message?: Request, options?: CallOptions | undefined]
  : [message: Request, options?: CallOptions | undefined];

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
  /**
   * Milliseconds for a call without a timeout of its own, above 0. By default 60,000 for unary calls alone; those that stream
   * have 24 hours, or as much as the server allows.
   */
  readonly timeoutMs?: number | undefined;
  /** Metadata that is sent with each call, before the call's own. */
  readonly metadata?: MetadataInit | undefined;
  /** Wrap each call, the outermost first. Without any, calls have no cost for them. */
  readonly interceptors?: readonly Interceptor[] | undefined;
}

/** Where the calls of a client begin. */
export interface ClientHost {
  /** It is started, and joined to a link that leads to the service. */
  readonly end: End;
  /** Called when the client is disposed of, if the end is the client's own. */
  readonly close?: () => Promise<void>;
}

/** How a client's calls tell of messages that cannot be sent or read: as precisely as possible. */
export const CLIENT_SIDE: CodecSide = {
  error: localFailure,
  explain: (cause) => cause instanceof CborError ? cause.explanation : textOf(cause),
};

/** Makes a client of a service. */
export function createHostedClient<Methods extends MethodMap>(
  contract: ServiceContract<Methods>,
  host: ClientHost,
  options: ClientOptions,
): Client<Methods> {
  checkGroups(options, "client");
  const settings: ClientSettings = {
    end: host.end,
    timeoutMs: options.timeoutMs === undefined ? undefined : checkDuration("timeoutMs", options.timeoutMs),
    metadata: options.metadata === undefined ? undefined : toMetadata(options.metadata),
    window: windowLimits(options.flow),
  };
  const { interceptors = [] } = options;
  const client: Record<PropertyKey, unknown> = Object.create(null);
  for (const [name, method] of Object.entries(contract.methods)) {
    const bound = bindMethod(contract.name, name, method, CLIENT_SIDE);
    client[name] = interceptors.length === 0
      ? (input: unknown, options = NO_OPTIONS) => new ClientCall(settings, bound, options, input).result
      : (input: unknown, options = NO_OPTIONS) => interceptedCall(settings, bound, interceptors, options, input);
  }
  client[ASYNC_DISPOSE] = async (): Promise<void> => {
    await host.close?.();
  };
  return Object.freeze(client) as Client<Methods>; // each function was made for the kind of its method
}
