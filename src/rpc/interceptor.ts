import type { MetadataList } from "./call_metadata.ts";
import type { HandlerContext } from "./handlers.ts";
import type { MethodKind } from "./method.ts";
import type { Messages } from "./outgoing_messages.ts";

/** What every request of an interceptor has. */
export interface InterceptedCall {
  /** The service's name. */
  readonly service: string;
  /** The method's name. */
  readonly method: string;
  /** How many messages go each way. */
  readonly kind: MethodKind;
  /** The metadata of the request. On the client, added pairs are sent. On the service, the handler sees them. */
  readonly metadata: MetadataList;
  /** Aborts when the call is cancelled or ends early. */
  readonly signal: AbortSignal;
  /** Milliseconds for the call; on the service side, those that were left when it arrived. */
  readonly timeoutMs: number;
  /** On the service side, the handler's context; `undefined` on the client side. */
  readonly ctx: HandlerContext | undefined;
}

/** A call with one request. */
export interface SingleRequest extends InterceptedCall {
  /** Tells it from a {@linkcode StreamRequest}. */
  readonly stream: false;
  /** The request. */
  readonly message: unknown;
}

/** A call with a stream of requests. */
export interface StreamRequest extends InterceptedCall {
  /** Tells it from a {@linkcode SingleRequest}. */
  readonly stream: true;
  /** The requests. */
  readonly messages: Messages<unknown>;
}

/** A request on its way through interceptors. */
export type InterceptedRequest = SingleRequest | StreamRequest;

/** One response. */
export interface SingleResponse {
  /** Tells it from a {@linkcode StreamResponse}. */
  readonly stream: false;
  /** The response. */
  readonly message: unknown;
  /** The handler's headers. */
  readonly header: MetadataList;
  /** The handler's trailers. */
  readonly trailer: MetadataList;
}

/** A stream of responses. */
export interface StreamResponse {
  /** Tells it from a {@linkcode SingleResponse}. */
  readonly stream: true;
  /** The responses. On the client, the call for one request begins when the first of them is asked for. */
  readonly messages: Messages<unknown>;
  /** The handler's headers. On the client side they are empty until the first response has arrived. */
  readonly header: MetadataList;
  /** The handler's trailers. They are empty until the last response has arrived. */
  readonly trailer: MetadataList;
}

/** A response on its way back through interceptors. */
export type InterceptedResponse = SingleResponse | StreamResponse;

/** Passes a request on, and resolves with its response. */
export type Next = (request: InterceptedRequest) => Promise<InterceptedResponse>;

/**
 * Wraps every call of a client or a servicer. It may change requests and responses, respond itself, retry, measure, or
 * replace errors. The first of a list is the outermost. On the client it is called when the call begins: for one request and
 * a stream of responses, at the first `next()` of that.
 *
 * @example An interceptor of a client that measures
 * ```ts
 * import { createClient, defineService, implement, type Interceptor, ticketHandler, unary } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "npm:hono@^4";
 *
 * const Greeter = defineService("demo.Greeter", { hello: unary<string, string>() });
 * await using handler = ticketHandler(implement(Greeter, { hello: (name) => `Hello, ${name}` }));
 * const app = new Hono().all("/rpc", handler);
 *
 * const calls: string[] = [];
 * const counting: Interceptor = (next) => async (request) => {
 *   calls.push(`${request.service}/${request.method}`);
 *   return await next(request);
 * };
 * await using greeter = createClient(Greeter, "/rpc", { fetch: app.request, interceptors: [counting] });
 * await greeter.hello("Ada");
 * assertEquals(calls, ["demo.Greeter/hello"]);
 * ```
 */
export type Interceptor = (next: Next) => Next;

/** Wraps a function in interceptors, the outermost first. */
export function intercept(interceptors: readonly Interceptor[], innermost: Next): Next {
  return interceptors.reduceRight((next, interceptor) => interceptor(next), innermost);
}
