import { Code } from "../links/mod.ts";
import type { BoundMethod } from "./bound_method.ts";
import { CallAbort, callTimeoutMs } from "./call_bounds.ts";
import type { CallOptions, DiscardOptions } from "./call_options.ts";
import { callMetadata, type CallSite } from "./call_site.ts";
import { type Caller, callForMany, callForOne, callForOutcome, NO_OPTIONS, wantsNoResponse } from "./caller.ts";
import {
  intercept,
  type InterceptedRequest,
  type InterceptedResponse,
  type Interceptor,
  type Next,
} from "./interceptor.ts";
import { InterceptedStream } from "./intercepted_stream.ts";
import { localFailure } from "./local_failure.ts";
import type { MetadataList } from "./metadata.ts";
import { streamsRequests, streamsResponses } from "./method.ts";

/**
 * Makes the function that calls a method through interceptors.
 *
 * @param site What all calls of the client share.
 * @param method The method.
 * @param interceptors The outermost first.
 * @returns The function.
 */
export function interceptedCaller(
  site: CallSite,
  method: BoundMethod,
  interceptors: readonly Interceptor[],
): Caller {
  // The client's pairs are in the request already when it reaches the innermost.
  const inner: CallSite = { ...site, metadata: undefined };
  const perform = (input: unknown, options: DiscardOptions, abort: CallAbort): Promise<InterceptedResponse> => {
    const next = intercept(interceptors, innermost(inner, method, options));
    return start(next, () => requestOf(site, method, input, options, abort));
  };
  if (streamsResponses(method.kind)) {
    return (input, options = NO_OPTIONS) => {
      const abort = new CallAbort(options);
      return new InterceptedStream(perform(input, options, abort), abort, method.path);
    };
  }
  return async (input, options = NO_OPTIONS) => {
    const abort = new CallAbort(options);
    try {
      const response = await perform(input, options, abort);
      if (!response.stream) return response.message;
      throw localFailure(Code.INTERNAL, `An interceptor answered ${method.path} with a stream`);
    } finally {
      abort.release();
    }
  };
}

/** What makes the request may throw, and must then reject. */
async function start(next: Next, request: () => InterceptedRequest): Promise<InterceptedResponse> {
  return await next(request());
}

function requestOf(
  site: CallSite,
  method: BoundMethod,
  input: unknown,
  options: CallOptions,
  { signal }: CallAbort,
): InterceptedRequest {
  const { service, name, kind, path } = method;
  const call = {
    service,
    method: name,
    kind,
    metadata: [...(callMetadata(site, options) ?? [])],
    signal,
    timeoutMs: callTimeoutMs(site, options, path),
    ctx: undefined,
  };
  return streamsRequests(kind)
    ? { ...call, stream: true, messages: input as Iterable<unknown> } // checked when it is sent
    : { ...call, stream: false, message: input };
}

/** Makes the call itself. Interceptors that try again come here more than once. */
function innermost(site: CallSite, method: BoundMethod, options: DiscardOptions): Next {
  return async (request) => {
    const header: MetadataList = [];
    const trailer: MetadataList = [];
    const own: CallOptions = {
      ...options,
      signal: request.signal,
      ctx: undefined,
      timeoutMs: request.timeoutMs,
      metadata: request.metadata,
      onHeader(metadata) {
        header.push(...metadata);
        options.onHeader?.(metadata);
      },
      onTrailer(metadata) {
        trailer.push(...metadata);
        options.onTrailer?.(metadata);
      },
    };
    const input = request.stream ? request.messages : request.message;
    if (streamsResponses(method.kind)) {
      return { stream: true, messages: callForMany(site, method, input, own), header, trailer };
    }
    const message = wantsNoResponse(options)
      ? await callForOutcome(site, method, input, own)
      : await callForOne(site, method, input, own);
    return { stream: false, message, header, trailer };
  };
}
