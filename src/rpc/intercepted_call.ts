import { Code } from "../links/mod.ts";
import type { MetadataList } from "./call_metadata.ts";
import { type Caller, callForMany, callForOne, callForOutcome, NO_OPTIONS, wantsNoResponse } from "./client_method.ts";
import { callMetadata, type CallOptions, type CallSite, callTimeoutMs, type DiscardOptions } from "./client_options.ts";
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

type Result = IteratorResult<unknown, undefined>;

const DONE: Result = Object.freeze({ done: true, value: undefined });

/** The stream of responses that interceptors bring back, which may be made by them. */
export class InterceptedStream implements MessageStream<unknown> {
  readonly #iterator: Promise<MessageIterator>;
  readonly #abort: CallAbort;
  readonly #path: string;
  #over = false;

  /**
   * @param response What the interceptors bring back.
   * @param abort What cancels the call.
   * @param path The method, as `service/method`.
   */
  constructor(response: Promise<InterceptedResponse>, abort: CallAbort, path: string) {
    this.#abort = abort;
    this.#path = path;
    this.#iterator = response.then((settled) => {
      if (settled.stream) return iteratorOf(settled.messages, path);
      throw localFailure(Code.INTERNAL, `An interceptor answered ${path} with a single response`);
    });
    // Who asks for a message learns of a failure; if nobody does, nobody wants to know.
    this.#iterator.catch(() => {});
  }

  async next(): Promise<Result> {
    if (this.#over) return DONE;
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
    if (this.#over) return DONE;
    this.#end();
    // An interceptor's generator that has not begun passes no `return` on to the call; the signal always reaches it.
    this.#abort.abort(localFailure(Code.CANCELLED, `Call ${this.#path} was cancelled: its consumer left`));
    const iterator = await this.#iterator.catch(() => undefined); // a call that failed has nothing to be closed
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
    this.#over = true;
    this.#abort.release();
  }
}

/**
 * One signal for a call whose caller may give several. It aborts with the first of them, until it is released.
 */
class CallAbort implements EventListenerObject {
  readonly #sources: readonly AbortSignal[];
  readonly #controller = new AbortController();

  /** @param options What the caller says. */
  constructor({ signal, ctx }: CallOptions) {
    this.#sources = [signal, ctx?.signal].filter((source) => source !== undefined);
    for (const source of this.#sources) source.addEventListener("abort", this);
    this.handleEvent();
  }

  /** Aborts with the first of the caller's signals. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** One of the caller's signals has aborted. */
  handleEvent(): void {
    const aborted = this.#sources.find((source) => source.aborted);
    if (aborted !== undefined) this.abort(aborted.reason);
  }

  /** Aborts. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Listens no more. */
  release(): void {
    for (const source of this.#sources) source.removeEventListener("abort", this);
  }
}
