import type { End } from "../ends/types.ts";
import { checkDuration, MAXIMUM_TIMEOUT_MS } from "../limits.ts";
import { Code } from "../links/code.ts";
import { describeValue } from "../links/foreign_value.ts";
import { MethodKind } from "../links/method_kind.ts";
import { fieldOf } from "../links/thrown.ts";
import type { Metadata } from "../links/ticket.ts";
import { type MetadataInit, toMetadata } from "./call_metadata.ts";
import type { BoundMethod } from "./message_codec.ts";
import type { WindowLimits } from "./receive_window.ts";
import { localFailure } from "./rpc_error.ts";

/**
 * What bounds the calls that are made within it, above all a handler's `ctx`. A call in a scope ends with the scope, and its
 * timeout is never longer than what the scope has left.
 */
export interface CallScope {
  /** Aborts when the scope ends early. */
  readonly signal: AbortSignal;
  /** Milliseconds left, 0 when the scope has ended. */
  timeRemaining(): number;
}

/** The means to steer a running call. */
export interface CallControl {
  /** Cancels the call, which then fails with `Code.CANCELLED`. Does nothing when the call has ended. */
  cancel(): void;
  /**
   * Asks for another timeout of the whole call, counted from its start (S26). The service may allow less.
   *
   * @throws {TypeError} If it is not a number.
   * @throws {RangeError} If it is not above 0 or not finite.
   */
  changeTimeout(timeoutMs: number): void;
  /** Milliseconds left, 0 when the call has ended. */
  timeRemaining(): number;
}

/** The HTTP response that carries the answer to a call. */
export interface HttpResponseInfo {
  /** The status code. */
  readonly status: number;
  /** The headers. */
  readonly headers: Headers;
}

/**
 * Whether a transport's context is an HTTP response that has arrived. The context of a request without a response yet has the
 * same properties, without values.
 */
export function isHttpResponseInfo(value: unknown): value is HttpResponseInfo {
  // The headers are of the class that the `fetch` has them of.
  return typeof fieldOf(value, "status") === "number" && fieldOf(fieldOf(value, "headers"), "get") !== undefined;
}

/**
 * What the caller of a unary method can do without: its response. Such a call resolves to `undefined`, reports no headers, no
 * trailers and no HTTP response, and its error has a code and a message but no details. Calls of other kinds reject these
 * options with a `TypeError`.
 */
export interface DiscardOptions {
  /** Only sends the request: the call resolves when the request has been handed over, whatever happens to it then. */
  readonly oneWay?: true | undefined;
  /** Waits for the end of the call, and rejects if that is an error. The response is not sent. `oneWay` overrides it. */
  readonly discardResponse?: true | undefined;
}

/** The options of a call. */
export interface CallOptions extends DiscardOptions {
  /** Cancels the call when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call, above 0. The default is the client's `timeoutMs`, or what that has by default. */
  readonly timeoutMs?: number | undefined;
  /** Metadata for the handler, sent after the client's own. */
  readonly metadata?: MetadataInit | undefined;
  /** HTTP headers for this call alone. Headers belong to a request, so the call gets an exchange of its own. */
  readonly headers?: RequestInit["headers"] | undefined;
  /** The context of the handler that makes the call. Its deadline and its cancellation apply to the call too. */
  readonly ctx?: CallScope | undefined;
  /** Called when the call starts, with the means to steer it. */
  readonly onStart?: ((call: CallControl) => void) | undefined;
  /** Called with the handler's headers before the first response, or with none if the call ends without any. */
  readonly onHeader?: ((header: Metadata) => void) | undefined;
  /** Called with the handler's trailers when the call completes, with or without an error. */
  readonly onTrailer?: ((trailer: Metadata) => void) | undefined;
  /** Called with the status and the headers of the HTTP response, where the call goes over HTTP. */
  readonly onHttpResponse?: ((response: HttpResponseInfo) => void) | undefined;
}

/** What all calls of one client share. */
export interface ClientSettings {
  /** Where calls begin. */
  readonly end: End;
  /** Milliseconds for a call without a timeout of its own, if the client has an option for it. */
  readonly timeoutMs: number | undefined;
  /** Sent with each call. */
  readonly metadata: Metadata | undefined;
  /** The limits of the receive windows of response streams. */
  readonly window: WindowLimits;
}

/** The client's metadata and then the call's; `undefined` where there is none. Throws a `TypeError` if it is malformed. */
export function callMetadata(settings: ClientSettings, { metadata }: CallOptions): Metadata | undefined {
  if (metadata === undefined) return settings.metadata;
  return [...(settings.metadata ?? []), ...toMetadata(metadata)];
}

/** Milliseconds of a unary call for which nobody names a timeout: as long as a patient person waits. */
const UNARY_TIMEOUT_MS = 60_000;

/**
 * The timeout of a call: its own, the client's or that of its kind, and no more than its scope has left. Throws a
 * `RangeError` if the call's own is not a duration, and an `RpcError` if the scope has no time left.
 */
export function callTimeoutMs(
  settings: ClientSettings,
  { timeoutMs, ctx }: CallOptions,
  { kind, path }: Pick<BoundMethod, "kind" | "path">,
): number {
  const byDefault = kind === MethodKind.UNARY ? UNARY_TIMEOUT_MS : MAXIMUM_TIMEOUT_MS;
  const own = checkDuration("timeoutMs", timeoutMs ?? settings.timeoutMs ?? byDefault);
  const left = ctx?.timeRemaining() ?? Infinity;
  if (left > 0) return Math.min(own, left);
  throw localFailure(Code.DEADLINE_EXCEEDED, `Cannot call ${path}: its scope has no time left`);
}

/** The options of a call that is made without any. */
export const NO_OPTIONS: CallOptions = Object.freeze({});

/** What the options have to be that are checked nowhere else, if they are given. */
const TYPES: readonly (readonly [name: string, type: string])[] = /* @__PURE__ */ Object.entries(
  {
    onStart: "function",
    onHeader: "function",
    onTrailer: "function",
    onHttpResponse: "function",
    oneWay: "boolean",
    discardResponse: "boolean",
  } satisfies { readonly [Name in keyof CallOptions]?: string },
);

/** Checks what a caller without types may have got wrong. Throws a `TypeError` that names the option. */
export function checkCallOptions(options: CallOptions, path: string): void {
  const check = (name: string, type: string, value: unknown, isRight: boolean): void => {
    if (isRight) return;
    throw new TypeError(`Cannot call ${path}: ${name} must be of type ${type}, got ${describeValue(value)}`);
  };
  check("its options", "object", options, Object(options) === options);
  for (const signal of signalsOf(options)) check("signal", "AbortSignal", signal, isSignal(signal));
  for (const [name, type] of TYPES) {
    const value = fieldOf(options, name);
    check(name, type, value, value === undefined || typeof value === type);
  }
}

/** Not by its class: a signal may be of another realm or of a package. */
function isSignal(value: unknown): boolean {
  return typeof fieldOf(value, "aborted") === "boolean" &&
    ["addEventListener", "removeEventListener"].every((name) => typeof fieldOf(value, name) === "function");
}

/** What the call's signal and that of its scope are, where there are any. */
function signalsOf({ signal, ctx }: CallOptions): readonly AbortSignal[] {
  return [signal, ctx?.signal].filter((source) => source !== undefined);
}

const NOTHING = (): void => {};

/**
 * Calls back with the reason when the call's signal or that of its scope aborts, or at once if one has aborted. Returns a
 * function that ends this.
 */
export function onAbort(options: CallOptions, callback: (reason: unknown) => void): () => void {
  const signals = signalsOf(options);
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) {
    callback(aborted.reason);
    return NOTHING;
  }
  const releases = signals.map((signal) => listen(signal, callback));
  return () => releases.forEach((release) => release());
}

/** What waits for a signal. */
interface Waiting {
  readonly callbacks: Set<(reason: unknown) => void>;
  readonly listener: () => void;
}

/** All calls on a signal share one listener: of more than ten of them Node warns as of a leak. */
const WAITING = /* @__PURE__ */ new WeakMap<AbortSignal, Waiting>();

/** Calls back when a signal aborts. Returns a function that ends this, and removes the listener with the last callback. */
function listen(signal: AbortSignal, callback: (reason: unknown) => void): () => void {
  let waiting = WAITING.get(signal);
  if (waiting === undefined) {
    const callbacks: Waiting["callbacks"] = new Set();
    const listener = () => callbacks.forEach((callback) => callback(signal.reason));
    waiting = { callbacks, listener };
    WAITING.set(signal, waiting);
    signal.addEventListener("abort", listener);
  }
  const { callbacks, listener } = waiting;
  callbacks.add(callback);
  return () => {
    if (!callbacks.delete(callback) || callbacks.size > 0) return;
    WAITING.delete(signal);
    signal.removeEventListener("abort", listener);
  };
}
