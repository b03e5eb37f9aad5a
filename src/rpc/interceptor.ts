import type { MetadataList } from "./call_metadata.ts";
import type { HandlerContext } from "./handlers.ts";
import type { MethodKind } from "./method.ts";
import type { Messages } from "./outgoing_messages.ts";

/** What an interceptor sees of every request. */
export interface InterceptedCall {
  /** The service's name. */
  readonly service: string;
  /** The method's name. */
  readonly method: string;
  /** How many messages go each way. */
  readonly kind: MethodKind;
  /** Pairs that go with the request. What is added on the way is sent, or seen by the handler. */
  readonly metadata: MetadataList;
  /** Aborts when the call is not wanted any more. */
  readonly signal: AbortSignal;
  /** Milliseconds for the call; on the service side, those left when it arrived. */
  readonly timeoutMs: number;
  /** On the service side, the handler's context; `undefined` on the invocation side. */
  readonly ctx: HandlerContext | undefined;
}

/** A call with one request. */
export interface SingleRequest extends InterceptedCall {
  /** Whether there are several: no. */
  readonly stream: false;
  /** The request. */
  readonly message: unknown;
}

/** A call with a stream of requests. */
export interface StreamRequest extends InterceptedCall {
  /** Whether there are several: yes. */
  readonly stream: true;
  /** The requests. */
  readonly messages: Messages<unknown>;
}

/** A request on its way through interceptors. */
export type InterceptedRequest = SingleRequest | StreamRequest;

/** One response. */
export interface SingleResponse {
  /** Whether there are several: no. */
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
  /** Whether there are several: yes. */
  readonly stream: true;
  /** The responses. */
  readonly messages: Messages<unknown>;
  /** The handler's headers: on the invocation side empty until the first response is here, then filled. */
  readonly header: MetadataList;
  /** The handler's trailers: empty until the last response is here, then filled. */
  readonly trailer: MetadataList;
}

/** A response on its way back through interceptors. */
export type InterceptedResponse = SingleResponse | StreamResponse;

/** What carries a request on, and brings its response. */
export type Next = (request: InterceptedRequest) => Promise<InterceptedResponse>;

/**
 * Stands around every call of a client or a servicer. It may change what passes, answer by itself, try again, measure, or
 * turn errors into others. The first of a list is the outermost.
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

/**
 * Puts interceptors around what they stand before.
 *
 * @param interceptors The outermost first.
 * @param innermost What the last one calls.
 * @returns What to call.
 */
export function intercept(interceptors: readonly Interceptor[], innermost: Next): Next {
  return interceptors.reduceRight((next, interceptor) => interceptor(next), innermost);
}
