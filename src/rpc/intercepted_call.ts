import { Code } from "../links/code.ts";
import type { MetadataList } from "./call_metadata.ts";
import { cancellation, ClientCall, LEFT } from "./client_call.ts";
import {
  callMetadata,
  type CallOptions,
  callTimeoutMs,
  checkCallOptions,
  type ClientSettings,
  onAbort,
} from "./client_options.ts";
import { BaseMessageStream, DONE, type ReadResult } from "./incoming_messages.ts";
import { intercept, type InterceptedRequest, type Interceptor, type Next } from "./interceptor.ts";
import type { BoundMethod } from "./message_codec.ts";
import { MethodKind, streamsRequests, streamsResponses } from "./method.ts";
import { checkResult, iteratorOf, type MessageIterator, type Messages } from "./outgoing_messages.ts";
import { rejection } from "./rejection.ts";
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
  const isStream = streamsResponses(method.kind);
  let release: (() => void) | undefined;
  const perform = async (): Promise<unknown> => {
    try {
      checkCallOptions(options, method.path);
      release = onAbort(options, (reason) => controller.abort(reason));
      const next = intercept(interceptors, innermost(settings, method, options));
      const response = await next(requestOf(settings, method, options, input, controller.signal));
      if (response.stream === isStream) return response.stream ? response.messages : response.message;
      const brought = response.stream ? "a stream" : "a single response";
      throw localFailure(Code.INTERNAL, `An interceptor answered ${method.path} with ${brought}`);
    } catch (error) {
      return rejection(error);
    } finally {
      if (!isStream) release?.();
    }
  };
  if (!isStream) return perform();
  const stream = new InterceptedStream(
    async () => iteratorOf(await perform(), method.path),
    () => controller.abort(cancellation(method.path, LEFT)),
    () => release?.(),
  );
  if (method.kind === MethodKind.BIDI_STREAMING) stream.begin();
  return stream;
}

function requestOf(
  settings: ClientSettings,
  method: BoundMethod,
  options: CallOptions,
  input: unknown,
  signal: AbortSignal,
): InterceptedRequest {
  const { service, name, kind } = method;
  const call = {
    service,
    method: name,
    kind,
    metadata: [...(callMetadata(settings, options) ?? [])],
    signal,
    timeoutMs: callTimeoutMs(settings, options, method),
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
  readonly #open: () => Promise<MessageIterator>;
  readonly #abort: () => void;
  readonly #release: () => void;
  /** None before the call has begun. */
  #iterator: Promise<MessageIterator> | undefined;

  constructor(open: () => Promise<MessageIterator>, abort: () => void, release: () => void) {
    super();
    this.#open = open;
    this.#abort = abort;
    this.#release = release;
  }

  /** Begins the call, once. */
  begin(): Promise<MessageIterator> {
    if (this.#iterator === undefined) {
      this.#iterator = this.#open();
      // `next()` reports a failure. Without a call of it the rejection is not unhandled: there is no reader.
      this.#iterator.catch(() => {});
    }
    return this.#iterator;
  }

  async next(): Promise<ReadResult> {
    if (this.isOver) return DONE;
    try {
      const { done, value } = checkResult(await (await this.begin()).next());
      const message = await value;
      if (!done && !this.isOver) return { done: false, value: message };
    } catch (error) {
      // When the consumer has left, that is why it fails.
      if (!this.isOver) {
        this.#end();
        return rejection(error);
      }
    }
    this.#end();
    return DONE;
  }

  protected async leave(): Promise<void> {
    this.#release();
    if (this.#iterator === undefined) return;
    // A generator of an interceptor that has not begun does not pass `return()` on to the call. The signal reaches the call.
    this.#abort();
    const iterator = await this.#iterator.catch(() => undefined); // a failed call has nothing to close
    await iterator?.return?.();
  }

  #end(): void {
    this.isOver = true;
    this.#release();
  }
}
