import type { HandlerContext } from "./handler_context.ts";
import type { MessageStream } from "./incoming_messages.ts";
import type { Method } from "./method.ts";
import type { Messages } from "./outgoing_messages.ts";
import type { MethodMap, ServiceContract } from "./service_contract.ts";

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

/**
 * Implements a service: one handler for each of its methods.
 *
 * @param contract What is implemented.
 * @param handlers The handlers by method name, in an object or an instance of a class, which is their `this`.
 * @returns The implementation.
 * @throws {TypeError} If a method has no handler.
 */
export function implement<Methods extends MethodMap, Http = unknown>(
  contract: ServiceContract<Methods>,
  handlers: Handlers<Methods, Http>,
): Implementation {
  const given: Readonly<Record<string, unknown>> = handlers;
  const bound = new Map<string, AnyHandler>();
  for (const name of Object.keys(contract.methods)) {
    const handler = given[name];
    if (typeof handler !== "function") {
      throw new TypeError(`Cannot implement ${contract.name}: method "${name}" has no handler`);
    }
    bound.set(name, handler.bind(handlers));
  }
  return Object.freeze({ contract, handlers: bound });
}
