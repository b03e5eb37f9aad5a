import type { End } from "../ends/mod.ts";
import { checkDuration } from "../limits.ts";
import { Code, type Metadata } from "../links/mod.ts";
import { type MetadataInit, toMetadata } from "./call_metadata.ts";
import type { WindowLimits } from "./receive_window.ts";
import { localFailure } from "./rpc_error.ts";

/**
 * What bounds the calls that are made within it: a handler's `ctx`, above all. A call in a scope ends with it, and takes no
 * longer than the scope has left.
 */
export interface CallScope {
  /** Aborts when the scope ends before its time. */
  readonly signal: AbortSignal;
  /** Milliseconds left, 0 if it is over. */
  timeRemaining(): number;
}

/** A running call, for who wants to steer it. */
export interface CallControl {
  /** Cancels the call; it then fails with `Code.CANCELLED`. Ignored when it has ended. */
  cancel(): void;
  /**
   * Asks for another timeout of the whole call, counted from its beginning (S26). The service may allow less.
   *
   * @throws {TypeError} If it is no number.
   * @throws {RangeError} If it is not above 0 or not finite.
   */
  changeTimeout(timeoutMs: number): void;
  /** Milliseconds left, 0 when the call has ended. */
  timeRemaining(): number;
}

/** What an HTTP exchange says of a call before its first message. */
export interface HttpResponseInfo {
  /** The status code. */
  readonly status: number;
  /** The headers. */
  readonly headers: Headers;
}

/**
 * Tells whether a transport's word is that of an HTTP exchange whose response is there.
 *
 * @param value The transport's context value.
 * @returns Whether it tells of a response. Over HTTP the fields are there before their values are.
 */
export function isHttpResponseInfo(value: unknown): value is HttpResponseInfo {
  if (typeof value !== "object" || value === null || !("status" in value && "headers" in value)) return false;
  const { status, headers } = value;
  // They are of the class that the `fetch` has them of.
  return typeof status === "number" && typeof headers === "object" && headers !== null && "get" in headers;
}

/** What can be said with each call, beside its message. */
export interface CallOptions {
  /** Cancels the call when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call, above 0; what the client was made with by default. */
  readonly timeoutMs?: number | undefined;
  /** Pairs for the handler, after those that the client was made with. */
  readonly metadata?: MetadataInit | undefined;
  /** HTTP headers for this call alone. They belong to a request, so the call gets an exchange of its own. */
  readonly headers?: RequestInit["headers"] | undefined;
  /** The handler's context on whose behalf the call is made: its deadline and its cancellation hold for the call too. */
  readonly ctx?: CallScope | undefined;
  /** Called at once, with the means to steer the call. */
  readonly onStart?: ((call: CallControl) => void) | undefined;
  /** Called with the handler's headers before the first response; with none if it ended without a word. */
  readonly onHeader?: ((header: Metadata) => void) | undefined;
  /** Called with the handler's trailers when the call completes, be it with an error. */
  readonly onTrailer?: ((trailer: Metadata) => void) | undefined;
  /** Called with the status and the headers of the HTTP response, where the call goes over HTTP. */
  readonly onHttpResponse?: ((response: HttpResponseInfo) => void) | undefined;
}

/**
 * A call whose response is not wanted. Without it there are no headers, no trailers and no HTTP response to tell of, and an
 * error has a code and a message, but no details.
 */
export interface DiscardOptions extends CallOptions {
  /**
   * Sends the request and no more: resolves when it has been handed over, and tells nothing of what became of it.
   */
  readonly oneWay?: true | undefined;
  /** Waits for the end, and rejects if it is an error; the response itself is not sent. Nothing beside `oneWay`. */
  readonly discardResponse?: true | undefined;
}

/** What all calls of one client share. */
export interface CallSite {
  /** Where they begin. */
  readonly end: End;
  /** Milliseconds of a call that says nothing else. */
  readonly timeoutMs: number;
  /** Pairs that go with each call. */
  readonly metadata: Metadata | undefined;
  /** What the windows of their response streams are held to. */
  readonly window: WindowLimits;
}

/**
 * Makes the metadata of a call: the client's pairs, then its own.
 *
 * @param site What all calls of the client share.
 * @param options What the caller says.
 * @returns The pairs, or `undefined` where nobody says any.
 * @throws {TypeError} If what the caller says is no metadata.
 */
export function callMetadata(site: CallSite, { metadata }: CallOptions): Metadata | undefined {
  if (metadata === undefined) return site.metadata;
  const own = toMetadata(metadata);
  return site.metadata === undefined ? own : [...site.metadata, ...own];
}

/**
 * Tells how long a call may take: as long as it or its client says, and no longer than its scope has left.
 *
 * @param site What all calls of the client share.
 * @param options What the caller says.
 * @param path The method, as `service/method`, for the error.
 * @returns Milliseconds, above 0.
 * @throws {RangeError} If what the caller says is not a duration.
 * @throws {RpcError} If the scope has no time left.
 */
export function callTimeoutMs(site: CallSite, { timeoutMs, ctx }: CallOptions, path: string): number {
  const own = checkDuration("timeoutMs", timeoutMs ?? site.timeoutMs);
  if (ctx === undefined) return own;
  const left = ctx.timeRemaining();
  if (left > 0) return Math.min(own, left);
  throw localFailure(Code.DEADLINE_EXCEEDED, `Cannot call ${path}: its scope has no time left`);
}
