import { Code } from "../links/code.ts";
import type { MetadataList } from "./call_metadata.ts";
import { type AnyClientMethod, callForOutcome, callForResponse, callForStream, NO_OPTIONS } from "./client_method.ts";
import {
  callMetadata,
  type CallOptions,
  callTimeoutMs,
  type ClientSettings,
  discardsResponse,
} from "./client_options.ts";
import type { MessageStream } from "./incoming_messages.ts";
import {
  intercept,
  type InterceptedRequest,
  type InterceptedResponse,
  type Interceptor,
  type Next,
} from "./interceptor.ts";
import type { BoundMethod } from "./message_codec.ts";
import { streamsRequests, streamsResponses } from "./method.ts";
import { iteratorOf, type MessageIterator } from "./outgoing_messages.ts";
import { localFailure } from "./rpc_error.ts";

/** Makes the function that calls a method through interceptors, the outermost first. */
export function interceptedClientMethod(
  settings: ClientSettings,
  method: BoundMethod,
  interceptors: readonly Interceptor[],
): AnyClientMethod {
  // When a request has passed the interceptors, the client's metadata is in it.
  const inner: ClientSettings = { ...settings, metadata: undefined };
  const perform = (input: unknown, options: CallOptions, abort: CallAbort): Promise<InterceptedResponse> => {
    const next = intercept(interceptors, innermost(inner, method, options));
    return start(next, () => requestOf(settings, method, input, options, abort));
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

/** Turns an error that is thrown while the request is made into a rejection. */
async function start(next: Next, request: () => InterceptedRequest): Promise<InterceptedResponse> {
  return await next(request());
}

function requestOf(
  settings: ClientSettings,
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
    metadata: [...(callMetadata(settings, options) ?? [])],
    signal,
    timeoutMs: callTimeoutMs(settings, options, path),
    ctx: undefined,
  };
  return streamsRequests(kind)
    ? { ...call, stream: true, messages: input as Iterable<unknown> } // checked when it is sent
    : { ...call, stream: false, message: input };
}

/** Makes the call itself, once for each attempt of the interceptors. */
function innermost(settings: ClientSettings, method: BoundMethod, options: CallOptions): Next {
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
      return { stream: true, messages: callForStream(settings, method, input, own), header, trailer };
    }
    const message = discardsResponse(options)
      ? await callForOutcome(settings, method, input, own)
      : await callForResponse(settings, method, input, own);
    return { stream: false, message, header, trailer };
  };
}

type Result = IteratorResult<unknown, undefined>;

const DONE: Result = Object.freeze({ done: true, value: undefined });

/** The stream of responses that comes out of the interceptors, which may have made it. */
class InterceptedStream implements MessageStream<unknown> {
  readonly #iterator: Promise<MessageIterator>;
  readonly #abort: CallAbort;
  readonly #path: string;
  #hasEnded = false;

  constructor(response: Promise<InterceptedResponse>, abort: CallAbort, path: string) {
    this.#abort = abort;
    this.#path = path;
    this.#iterator = response.then((settled) => {
      if (settled.stream) return iteratorOf(settled.messages, path);
      throw localFailure(Code.INTERNAL, `An interceptor answered ${path} with a single response`);
    });
    // `next()` reports a failure. Without a call of it the rejection is not unhandled: there is no reader.
    this.#iterator.catch(() => {});
  }

  async next(): Promise<Result> {
    if (this.#hasEnded) return DONE;
    try {
      const result = await (await this.#iterator).next();
      if (!result.done) return { done: false, value: result.value };
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#end();
    return DONE;
  }

  async return(): Promise<Result> {
    if (this.#hasEnded) return DONE;
    this.#end();
    // A generator of an interceptor that has not begun does not pass `return()` on to the call. The signal reaches the call.
    this.#abort.abort(localFailure(Code.CANCELLED, `Call ${this.#path} was cancelled: its consumer left`));
    const iterator = await this.#iterator.catch(() => undefined); // a failed call has nothing to close
    await iterator?.return?.();
    return DONE;
  }

  async throw(error: unknown): Promise<Result> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #end(): void {
    this.#hasEnded = true;
    this.#abort.release();
  }
}

/** One signal in place of the several of a call. It aborts with the first of them, until it is released. */
class CallAbort implements EventListenerObject {
  readonly #sources: readonly AbortSignal[];
  readonly #controller = new AbortController();

  constructor({ signal, ctx }: CallOptions) {
    this.#sources = [signal, ctx?.signal].filter((source) => source !== undefined);
    for (const source of this.#sources) source.addEventListener("abort", this);
    this.handleEvent();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** One of the caller's signals has aborted. */
  handleEvent(): void {
    const aborted = this.#sources.find((source) => source.aborted);
    if (aborted !== undefined) this.abort(aborted.reason);
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Removes the listeners. */
  release(): void {
    for (const source of this.#sources) source.removeEventListener("abort", this);
  }
}
