import type { Metadata } from "../links/ticket.ts";
import type { MetadataValue } from "./call_metadata.ts";
import type { CallValues } from "./call_values.ts";
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
  /** What interceptors and the handler know of this call and of no other, by keys of {@linkcode ValueKey}. */
  readonly values: CallValues;
  /**
   * The transport's context of the request; `undefined` where there is none, as in memory. Hono's `Context` can always be read.
   * It can be written to, as by `header()` or `setCookie()`, where the request carries this call alone, which is on *single*:
   * before the head of the response has left, and `set()` also later. A write that would be lost or meet other calls throws a
   * `TypeError`.
   */
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

// The four functions have no names of their own, so that an editor shows their parameters.
/**
 * The handler of a method of a contract. It may return a promise of what it returns. A stream of responses, above all of an
 * async generator, is asked for each when the caller has taken enough of those before.
 */
export type Handler<M extends Method, Http = unknown> = M extends
  Method<infer Kind, infer _Request, infer Response, infer Request, infer _ReceivedResponse> ? {
    "unary": (message: Request, ctx: HandlerContext<Http>) => Response | Promise<Response>;
    "server_streaming": (
      message: Request,
      ctx: HandlerContext<Http>,
    ) => Messages<Response> | Promise<Messages<Response>>;
    "client_streaming": (messages: MessageStream<Request>, ctx: HandlerContext<Http>) => Response | Promise<Response>;
    "bidi_streaming": (
      messages: MessageStream<Request>,
      ctx: HandlerContext<Http>,
    ) => Messages<Response> | Promise<Messages<Response>>;
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
