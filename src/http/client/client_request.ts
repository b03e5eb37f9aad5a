import type { Clock } from "../../clock.ts";
import { Code } from "../../links/mod.ts";
import { readErrorText } from "../exchange/error_text.ts";
import { type ExchangeFailure, textOf, wireDown } from "../exchange/exchange_failure.ts";
import { isExchangeMediaType, REFUSED_HEADER, REQUEST_HEADERS } from "../exchange/headers.ts";
import type { HttpInvocationContext } from "./invocation_context.ts";
import { mediaTypeFailure, statusFailure } from "./http_status.ts";

/** A `fetch`: the global one, `app.request` of a Hono app, a service binding's. */
export type FetchFunction = (url: string, init: RequestInit) => Response | Promise<Response>;

/**
 * Headers, or what makes them anew for each request. They are what `fetch` takes, by a name that Node's types have as well
 * as the DOM's.
 *
 * @typeParam Init What `fetch` takes.
 */
export type HeadersSource<Init = NonNullable<RequestInit["headers"]>> = Init | (() => Init | Promise<Init>);

/** Where the requests of a link go. */
export interface RequestTarget {
  readonly url: string;
  readonly fetch: FetchFunction;
  readonly headers: HeadersSource | undefined;
  readonly clock: Clock;
}

/** What is asked. */
export interface ExchangeRequest<Body = ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>> {
  readonly body: Body;
  /** Headers of this one request; they replace those of the target that have the same name. */
  readonly headers: HeadersInit | undefined;
  readonly signal: AbortSignal;
  /** Called when the request leaves: an abort before that is no word to anybody. */
  readonly leaving?: () => void;
}

/** What came of it; the response is that of HTTP, as far as there is one. */
export type ExchangeAnswer =
  | { readonly kind: "accepted"; readonly response: HttpInvocationContext; readonly body: ReadableStream<Uint8Array> }
  | { readonly kind: "refused"; readonly failure: ExchangeFailure };

/** What became of one request of a pair. */
export type PartAnswer =
  | { readonly kind: "taken" }
  | {
    readonly kind: "refused";
    /** The status; `undefined` if there was no answer. */
    readonly status: number | undefined;
    /** Whether another attempt may do better. */
    readonly isPassing: boolean;
    readonly failure: ExchangeFailure;
  };

/** Answers that say nothing of the part: the server, or something on the way, is busy or away. */
const PASSING_STATUSES: readonly number[] = [408, 429, 502, 503, 504];

/** `duplex` is not in every runtime's types yet; without it a stream is no body. */
interface StreamingRequestInit extends RequestInit {
  duplex?: "half";
}

/** Sends a request that is to become an exchange. Never throws. */
export async function requestExchange(target: RequestTarget, request: ExchangeRequest): Promise<ExchangeAnswer> {
  const sent = await send(target, request);
  return sent instanceof Response ? await readAnswer(sent, target.clock) : { kind: "refused", failure: sent.failure };
}

/** Sends one request of a pair that is open. Never throws. */
export async function postPart(target: RequestTarget, request: ExchangeRequest): Promise<PartAnswer> {
  const sent = await send(target, request);
  if (!(sent instanceof Response)) return { kind: "refused", status: undefined, ...sent };
  const { status, body } = sent;
  const text = await readErrorText(body, target.clock);
  if (status === 204) return { kind: "taken" };
  const failure = statusFailure(status, text, false);
  const isPassing = PASSING_STATUSES.includes(status);
  // Behind this URL there was an exchange: it is not the kind of exchange that is missing (§8).
  return {
    kind: "refused",
    status,
    isPassing,
    failure: status === 404 ? { ...failure, code: Code.UNAVAILABLE } : failure,
  };
}

/** Why there is no response. Headers that cannot be made are not made by trying again. */
interface Unsent {
  readonly failure: ExchangeFailure;
  readonly isPassing: boolean;
}

async function send(target: RequestTarget, request: ExchangeRequest): Promise<Response | Unsent> {
  let headers: Headers;
  try {
    headers = await makeHeaders(target.headers, request.headers);
  } catch (error) {
    return { failure: wireDown(`Cannot make the request's headers: ${textOf(error)}`), isPassing: false };
  }
  const { body, signal, leaving } = request;
  if (signal.aborted) return { failure: wireDown("The exchange is over"), isPassing: false };
  try {
    const init: StreamingRequestInit = { method: "POST", headers, body, signal };
    if (body instanceof ReadableStream) init.duplex = "half";
    leaving?.();
    return await target.fetch(target.url, init);
  } catch (error) {
    return { failure: wireDown(`Cannot reach the server: ${describe(error)}`), isPassing: true };
  }
}

async function makeHeaders(source: HeadersSource | undefined, own: HeadersInit | undefined): Promise<Headers> {
  const headers = await joinHeaders(source, own);
  for (const [name, value] of Object.entries(REQUEST_HEADERS)) headers.set(name, value);
  return headers;
}

/** The headers of a link and, over them, those of one call. */
export async function joinHeaders(source: HeadersSource | undefined, own: HeadersInit | undefined): Promise<Headers> {
  const headers = new Headers(typeof source === "function" ? await source() : source);
  new Headers(own).forEach((value, name) => headers.set(name, value));
  return headers;
}

async function readAnswer(response: Response, clock: Clock): Promise<ExchangeAnswer> {
  const contentType = response.headers.get("content-type");
  if (response.status === 200 && response.body !== null && isExchangeMediaType(contentType)) {
    return { kind: "accepted", response, body: response.body };
  }
  const text = await readErrorText(response.body, clock);
  const failure = response.status === 200
    ? mediaTypeFailure(contentType)
    : statusFailure(response.status, text, response.headers.has(REFUSED_HEADER));
  return { kind: "refused", failure };
}

/** Node says "fetch failed" and keeps why in the cause. */
function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? ` (${textOf(error.cause)})` : "";
  return `${textOf(error)}${cause}`;
}
