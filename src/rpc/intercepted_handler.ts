import type { BoundMethod } from "./bound_method.ts";
import type { AnyHandler } from "./implement.ts";
import { intercept, type InterceptedRequest, type InterceptedResponse, type Interceptor } from "./interceptor.ts";
import { streamsRequests, streamsResponses } from "./method.ts";
import { isIterable, type Messages } from "./outgoing_messages.ts";
import type { ServiceContext } from "./service_context.ts";

/**
 * Puts interceptors around a handler.
 *
 * @param method What it answers.
 * @param handler The handler.
 * @param interceptors The outermost first.
 * @returns What answers the method, interceptors included.
 */
export function interceptedHandler(
  method: BoundMethod,
  handler: AnyHandler,
  interceptors: readonly Interceptor[],
): (input: unknown, ctx: ServiceContext) => Promise<unknown> {
  return async (input, ctx) => {
    const next = intercept(interceptors, async (request) => {
      ctx.metadata = request.metadata;
      const result = await handler(request.stream ? toStream(request.messages) : request.message, ctx);
      return responseOf(method, result, ctx);
    });
    const response = await next(requestOf(method, input, ctx));
    if (response.stream !== streamsResponses(method.kind)) {
      throw new TypeError(`Cannot answer ${method.path}: an interceptor brought the wrong kind of response`);
    }
    ctx.header = response.header;
    ctx.trailer = response.trailer;
    return response.stream ? response.messages : response.message;
  };
}

function requestOf({ service, name, kind }: BoundMethod, input: unknown, ctx: ServiceContext): InterceptedRequest {
  const call = {
    service,
    method: name,
    kind,
    metadata: [...ctx.metadata],
    signal: ctx.signal,
    timeoutMs: ctx.timeRemaining(),
    ctx,
  };
  return streamsRequests(kind)
    ? { ...call, stream: true, messages: input as AsyncIterable<unknown> } // the call's own stream
    : { ...call, stream: false, message: input };
}

function responseOf({ kind }: BoundMethod, result: unknown, { header, trailer }: ServiceContext): InterceptedResponse {
  return streamsResponses(kind)
    ? { stream: true, messages: result as Messages<unknown>, header, trailer } // checked when it is sent
    : { stream: false, message: result, header, trailer };
}

/** Handlers are promised an async iterator; an interceptor may put any iterable in its place. */
function toStream(messages: Messages<unknown>): unknown {
  return isIterable(messages) ? oneByOne(messages) : messages;
}

async function* oneByOne(messages: Iterable<unknown>): AsyncGenerator<unknown> {
  yield* messages;
}
