import { Code } from "../links/code.ts";
import { MethodKind, streamsRequests, streamsResponses } from "../links/method_kind.ts";
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
import { awaitMessage, checkResult, iteratorOf, type MessageIterator, type Messages } from "./outgoing_messages.ts";
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
  // One signal in place of the several of a call.
  const controller = new AbortController();
  const isStream = streamsResponses(method.kind);
  const hold = holding(() => onAbort(options, (reason) => controller.abort(reason)));
  const perform = async (): Promise<unknown> => {
    let letGo: (() => void) | undefined;
    try {
      checkCallOptions(options, method.path);
      letGo = hold();
      const next = intercept(interceptors, innermost(settings, method, options, hold));
      const response = await next(requestOf(settings, method, options, input, controller.signal));
      if (response.stream === isStream) return response.stream ? response.messages : response.message;
      const brought = response.stream ? "a stream" : "a single response";
      throw localFailure(Code.INTERNAL, `An interceptor answered ${method.path} with ${brought}`);
    } catch (error) {
      return rejection(error);
    } finally {
      letGo?.();
    }
  };
  if (!isStream) return perform();
  const stream = new InterceptedStream(
    async () => iteratorOf(await perform(), method.path),
    () => controller.abort(cancellation(method.path, LEFT)),
    hold,
  );
  if (method.kind === MethodKind.BIDI_STREAMING) stream.begin();
  return stream;
}

/** Says that something of a call goes on. Returns a function that says that it is over, to be called once. */
type Hold = () => () => void;

/**
 * Listens to the signals of a call as long as something of it goes on: an interceptor, an attempt, a reader who waits. A stream
 * that nobody reads must not keep a listener on a signal that outlives it.
 */
function holding(listen: () => () => void): Hold {
  let holders = 0;
  let release: () => void;
  return () => {
    if (holders++ === 0) release = listen();
    return () => {
      if (--holders === 0) release();
    };
  };
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
function innermost(settings: ClientSettings, method: BoundMethod, options: CallOptions, hold: Hold): Next {
  // When a request has passed the interceptors, the client's metadata is in it.
  const inner: ClientSettings = { ...settings, metadata: undefined };
  return async (request) => {
    const { signal, timeoutMs, metadata } = request;
    const header: MetadataList = [];
    const trailer: MetadataList = [];
    let letGo: (() => void) | undefined;
    const own: CallOptions = {
      ...options,
      signal,
      ctx: undefined,
      timeoutMs,
      metadata,
      onStart(call) {
        letGo = hold();
        options.onStart?.(call);
      },
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
    const { result } = new ClientCall(inner, method, own, input, () => letGo?.());
    return "then" in result
      ? { stream: false, message: await result, header, trailer }
      : { stream: true, messages: result, header, trailer };
  };
}

/** The stream of responses that comes out of the interceptors, which may have made it. */
class InterceptedStream extends BaseMessageStream {
  readonly #open: () => Promise<MessageIterator>;
  readonly #abort: () => void;
  readonly #hold: Hold;
  /** None before the call has begun. */
  #iterator: Promise<MessageIterator> | undefined;

  constructor(open: () => Promise<MessageIterator>, abort: () => void, hold: Hold) {
    super();
    this.#open = open;
    this.#abort = abort;
    this.#hold = hold;
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
    let letGo: (() => void) | undefined;
    try {
      const iterator = await this.begin();
      letGo = this.#hold();
      const { done, value } = checkResult(await iterator.next());
      const message = await awaitMessage(value, () => iterator.return?.());
      if (!done && !this.isOver) return { done: false, value: message };
    } catch (error) {
      // When the consumer has left, that is why it fails.
      if (!this.isOver) {
        this.isOver = true;
        return rejection(error);
      }
    } finally {
      letGo?.();
    }
    this.isOver = true;
    return DONE;
  }

  protected async leave(): Promise<void> {
    if (this.#iterator === undefined) return;
    // A generator of an interceptor that has not begun does not pass `return()` on to the call. The signal reaches the call.
    this.#abort();
    const iterator = await this.#iterator.catch(() => undefined); // a failed call has nothing to close
    await iterator?.return?.();
  }
}
