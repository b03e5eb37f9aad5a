import { Code } from "../links/code.ts";
import type { MetadataList } from "./call_metadata.ts";
import { cancellation, ClientCall, LEFT } from "./client_call.ts";
import { callMetadata, type CallOptions, callTimeoutMs, type ClientSettings, onAbort } from "./client_options.ts";
import { BaseMessageStream, DONE, type ReadResult } from "./incoming_messages.ts";
import { intercept, type InterceptedRequest, type Interceptor, type Next } from "./interceptor.ts";
import type { BoundMethod } from "./message_codec.ts";
import { streamsRequests, streamsResponses } from "./method.ts";
import { iteratorOf, type MessageIterator, type Messages } from "./outgoing_messages.ts";
import { localFailure } from "./rpc_error.ts";

/** Calls a method through interceptors, the outermost first. Gives what the call would give without them. */
export function interceptedCall(
  settings: ClientSettings,
  method: BoundMethod,
  interceptors: readonly Interceptor[],
  options: CallOptions,
  input: unknown,
): Promise<unknown> | InterceptedStream {
  // One signal in place of the several of a call, until it is released.
  const controller = new AbortController();
  const release = onAbort(options, (reason) => controller.abort(reason));
  const isStream = streamsResponses(method.kind);
  const perform = async (): Promise<unknown> => {
    try {
      const next = intercept(interceptors, innermost(settings, method, options));
      const response = await next(requestOf(settings, method, options, input, controller.signal));
      if (response.stream === isStream) return response.stream ? response.messages : response.message;
      const brought = response.stream ? "a stream" : "a single response";
      throw localFailure(Code.INTERNAL, `An interceptor answered ${method.path} with ${brought}`);
    } finally {
      if (!isStream) release();
    }
  };
  if (!isStream) return perform();
  const leave = () => controller.abort(cancellation(method.path, LEFT));
  return new InterceptedStream(perform().then((messages) => iteratorOf(messages, method.path)), leave, release);
}

function requestOf(
  settings: ClientSettings,
  method: BoundMethod,
  options: CallOptions,
  input: unknown,
  signal: AbortSignal,
): InterceptedRequest {
  const { service, name, kind, path } = method;
  const call = {
    service,
    method: name,
    kind,
    metadata: [...(callMetadata(settings, options) ?? [])],
    signal,
    timeoutMs: callTimeoutMs(settings, options, path),
    ctx: undefined,
  };
  return streamsRequests(kind)
    ? { ...call, stream: true, messages: input as Messages<unknown> } // checked when it is sent
    : { ...call, stream: false, message: input };
}

/** Makes the call itself, once for each attempt of the interceptors. */
function innermost(settings: ClientSettings, method: BoundMethod, options: CallOptions): Next {
  // When a request has passed the interceptors, the client's metadata is in it.
  const inner: ClientSettings = { ...settings, metadata: undefined };
  return async (request) => {
    const { signal, timeoutMs, metadata } = request;
    const header: MetadataList = [];
    const trailer: MetadataList = [];
    const own: CallOptions = {
      ...options,
      signal,
      ctx: undefined,
      timeoutMs,
      metadata,
      onHeader(metadata) {
        header.push(...metadata);
        options.onHeader?.(metadata);
      },
      onTrailer(metadata) {
        trailer.push(...metadata);
        options.onTrailer?.(metadata);
      },
    };
    const { result } = new ClientCall(inner, method, own, request.stream ? request.messages : request.message);
    return "then" in result
      ? { stream: false, message: await result, header, trailer }
      : { stream: true, messages: result, header, trailer };
  };
}

/** The stream of responses that comes out of the interceptors, which may have made it. */
class InterceptedStream extends BaseMessageStream {
  readonly #iterator: Promise<MessageIterator>;
  readonly #leave: () => void;
  readonly #release: () => void;
  #hasEnded = false;

  constructor(iterator: Promise<MessageIterator>, leave: () => void, release: () => void) {
    super();
    this.#iterator = iterator;
    this.#leave = leave;
    this.#release = release;
    // `next()` reports a failure. Without a call of it the rejection is not unhandled: there is no reader.
    iterator.catch(() => {});
  }

  async next(): Promise<ReadResult> {
    if (this.#hasEnded) return DONE;
    let result: IteratorResult<unknown, unknown> = DONE;
    try {
      result = await (await this.#iterator).next();
    } finally {
      if (result.done) this.#end();
    }
    return result.done ? DONE : { done: false, value: result.value };
  }

  async return(): Promise<ReadResult> {
    if (this.#hasEnded) return DONE;
    this.#end();
    // A generator of an interceptor that has not begun does not pass `return()` on to the call. The signal reaches the call.
    this.#leave();
    const iterator = await this.#iterator.catch(() => undefined); // a failed call has nothing to close
    await iterator?.return?.();
    return DONE;
  }

  #end(): void {
    this.#hasEnded = true;
    this.#release();
  }
}
