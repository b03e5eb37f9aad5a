import type { Metadata } from "../links/ticket.ts";
import type { MetadataValue } from "./call_metadata.ts";
import type { CallScope } from "./client_options.ts";
import type { MessageStream } from "./incoming_messages.ts";
import type { Method, MethodKind } from "./method.ts";
import type { Messages } from "./outgoing_messages.ts";
import type { MethodMap, ServiceContract } from "./service_contract.ts";

/**
 * What a handler knows of its call, and what it can send beside its messages. Pass it as `ctx` of the handler's own calls, and
 * its deadline and its cancellation apply to them.
 *
 * @typeParam Http The transport's context: Hono's `Context` where the call came over HTTP.
 */
export interface HandlerContext<Http = unknown> extends CallScope {
  /** The service's name. */
  readonly service: string;
  /** The method's name. */
  readonly method: string;
  /** How many messages go each way. */
  readonly kind: MethodKind;
  /** The caller's metadata. */
  readonly metadata: Metadata;
  /** The transport's context of the request; `undefined` where there is none, as in memory. */
  readonly http: Http | undefined;
  /**
   * Aborts when the call ends early: the caller has cancelled or disconnected, the deadline has passed, the link is down. Its
   * reason is an `RpcError`. It does not abort when the call completes.
   */
  readonly signal: AbortSignal;

  /**
   * How much time the call has left.
   *
   * @returns Milliseconds. 0 when the call has ended early. `Infinity` when it has completed, as nothing bounds the work that
   * the handler still does. A one-way call has completed when its request has arrived.
   */
  timeRemaining(): number;

  /**
   * Asks for another timeout of the whole call, counted from its start (S25, S26).
   *
   * @param timeoutMs The new total in milliseconds, above 0. The server's maximum bounds it.
   * @throws {TypeError} If it is not a number.
   * @throws {RangeError} If it is not above 0 or not finite.
   */
  changeTimeout(timeoutMs: number): void;

  /**
   * Sets a header. Headers are sent with the first response.
   *
   * @param key The key. Its earlier values are replaced.
   * @param value A value, or several values for a key that repeats.
   * @throws {TypeError} If the headers have been sent, or the key or the value is not allowed.
   */
  setHeader(key: string, value: MetadataValue | readonly MetadataValue[]): void;

  /**
   * Sets a trailer. Trailers are sent at the end of the call.
   *
   * @param key The key. Its earlier values are replaced.
   * @param value A value, or several values for a key that repeats.
   * @throws {TypeError} If the trailers have been sent, or the key or the value is not allowed.
   */
  setTrailer(key: string, value: MetadataValue | readonly MetadataValue[]): void;
}

/** The handler of a unary method: one request, one response. */
export type UnaryHandler<Request, Response, Http = unknown> = (
  message: Request,
  ctx: HandlerContext<Http>,
) => Response | Promise<Response>;

/**
 * The handler of a server streaming method, above all an async generator. It is asked for each response when the caller has
 * taken enough of those before.
 */
export type ServerStreamingHandler<Request, Response, Http = unknown> = (
  message: Request,
  ctx: HandlerContext<Http>,
) => Messages<Response> | Promise<Messages<Response>>;

/** The handler of a client streaming method: any number of requests, one response. */
export type ClientStreamingHandler<Request, Response, Http = unknown> = (
  messages: MessageStream<Request>,
  ctx: HandlerContext<Http>,
) => Response | Promise<Response>;

/** The handler of a bidirectional streaming method: any number of requests and of responses, at the same time. */
export type BidiStreamingHandler<Request, Response, Http = unknown> = (
  messages: MessageStream<Request>,
  ctx: HandlerContext<Http>,
) => Messages<Response> | Promise<Messages<Response>>;

/** The handler of a method of a contract. */
export type Handler<M extends Method, Http = unknown> = M extends
  Method<infer Kind, infer _Request, infer Response, infer ReceivedRequest, infer _ReceivedResponse> ? {
    "unary": UnaryHandler<ReceivedRequest, Response, Http>;
    "server_streaming": ServerStreamingHandler<ReceivedRequest, Response, Http>;
    "client_streaming": ClientStreamingHandler<ReceivedRequest, Response, Http>;
    "bidi_streaming": BidiStreamingHandler<ReceivedRequest, Response, Http>;
  }[Kind]
  : never;

/** The handlers of a contract, one for each method. */
export type Handlers<Methods extends MethodMap, Http = unknown> = {
  readonly [Name in keyof Methods]: Handler<Methods[Name], Http>;
};

/** A handler of any kind, as the library calls it. */
export type AnyHandler = (input: unknown, ctx: HandlerContext) => unknown;

/** A service with its handlers, for a servicer. */
export interface Implementation {
  /** The service. */
  readonly contract: ServiceContract;
  /** The handlers by method name, bound to the object that they belong to. */
  readonly handlers: ReadonlyMap<string, AnyHandler>;
}
