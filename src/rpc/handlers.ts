import type { Metadata } from "../links/mod.ts";
import type { MetadataValue } from "./call_metadata.ts";
import type { CallScope } from "./client_options.ts";
import type { MessageStream } from "./incoming_messages.ts";
import type { Method, MethodKind } from "./method.ts";
import type { Messages } from "./outgoing_messages.ts";
import type { MethodMap, ServiceContract } from "./service_contract.ts";

/**
 * What a handler knows of its call, and what it can say beside its messages. Passed on as `ctx` with the handler's own
 * calls, it gives them its deadline and its cancellation.
 *
 * @typeParam Http What the transport tells: Hono's `Context` where the call came over HTTP.
 */
export interface HandlerContext<Http = unknown> extends CallScope {
  /** The service's name. */
  readonly service: string;
  /** The method's name. */
  readonly method: string;
  /** How many messages go each way. */
  readonly kind: MethodKind;
  /** The caller's pairs. */
  readonly metadata: Metadata;
  /** What the transport tells of the request; `undefined` where there is none, as in memory. */
  readonly http: Http | undefined;
  /**
   * Aborts when the call ends before its time: the caller cancelled or is gone, the deadline has passed, the link is down.
   * Its reason is an `RpcError`. It does not abort when the call completes.
   */
  readonly signal: AbortSignal;

  /**
   * Tells how much time is left.
   *
   * @returns Milliseconds; 0 once the call has ended before its time, `Infinity` when it has completed, as nothing bounds
   * what is still to do. A one-way call has completed when its request is here.
   */
  timeRemaining(): number;

  /**
   * Asks for another timeout of the whole call, counted from its beginning (S25, S26).
   *
   * @param timeoutMs The new total, in milliseconds, above 0; the server's maximum bounds it.
   * @throws {TypeError} If it is no number.
   * @throws {RangeError} If it is not above 0 or not finite.
   */
  changeTimeout(timeoutMs: number): void;

  /**
   * Sets a header. Headers leave with the first response.
   *
   * @param key The key; what was set for it before is replaced.
   * @param value A value, or several for a key that repeats.
   * @throws {TypeError} If the headers have left, or key or value are not allowed.
   */
  setHeader(key: string, value: MetadataValue | readonly MetadataValue[]): void;

  /**
   * Sets a trailer. Trailers leave with the end of the call.
   *
   * @param key The key; what was set for it before is replaced.
   * @param value A value, or several for a key that repeats.
   * @throws {TypeError} If the trailers have left, or key or value are not allowed.
   */
  setTrailer(key: string, value: MetadataValue | readonly MetadataValue[]): void;
}

/** Answers one request with one response. */
export type UnaryHandler<Request, Response, Http = unknown> = (
  message: Request,
  ctx: HandlerContext<Http>,
) => Response | Promise<Response>;

/** Answers one request with any number of responses: an async generator, above all. They are asked for as the caller takes them. */
export type ServerStreamingHandler<Request, Response, Http = unknown> = (
  message: Request,
  ctx: HandlerContext<Http>,
) => Messages<Response> | Promise<Messages<Response>>;

/** Answers any number of requests with one response. */
export type ClientStreamingHandler<Request, Response, Http = unknown> = (
  messages: MessageStream<Request>,
  ctx: HandlerContext<Http>,
) => Response | Promise<Response>;

/** Answers any number of requests with any number of responses, at the same time. */
export type BidiStreamingHandler<Request, Response, Http = unknown> = (
  messages: MessageStream<Request>,
  ctx: HandlerContext<Http>,
) => Messages<Response> | Promise<Messages<Response>>;

/** What answers a method of a contract. */
export type Handler<M extends Method, Http = unknown> = M extends
  Method<infer Kind, infer _Request, infer Response, infer ReceivedRequest, infer _ReceivedResponse> ? {
    "unary": UnaryHandler<ReceivedRequest, Response, Http>;
    "server streaming": ServerStreamingHandler<ReceivedRequest, Response, Http>;
    "client streaming": ClientStreamingHandler<ReceivedRequest, Response, Http>;
    "bidirectional streaming": BidiStreamingHandler<ReceivedRequest, Response, Http>;
  }[Kind]
  : never;

/** What answers the methods of a contract: all of them. */
export type Handlers<Methods extends MethodMap, Http = unknown> = {
  readonly [Name in keyof Methods]: Handler<Methods[Name], Http>;
};

/** A handler as the library calls it. */
export type AnyHandler = (input: unknown, ctx: HandlerContext) => unknown;

/** A service with its handlers, to be given to a servicer. */
export interface Implementation {
  /** What is implemented. */
  readonly contract: ServiceContract;
  /** The handlers by method name, bound to the object they came in. */
  readonly handlers: ReadonlyMap<string, AnyHandler>;
}
