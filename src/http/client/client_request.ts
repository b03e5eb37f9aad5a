import { causeOf, textOf } from "../../links/thrown.ts";
import type { Clock } from "../../clock.ts";
import { Code } from "../../links/mod.ts";
import { isBytes } from "../../links/foreign_value.ts";
import { readRefusalFrame } from "../../wire/mod.ts";
import { type ByteSource, errorText, readBeginning } from "../exchange/incoming_body.ts";
import { type ExchangeFailure, wireDown } from "../exchange/exchange_failure.ts";
import { isExchangeMediaType, REQUEST_HEADERS } from "../exchange/exchange_settings.ts";
import { type FetchedResponse, headerOf, readFetched } from "./fetched_response.ts";
import type { HttpInvocationContext } from "./invocation_context.ts";
import { mediaTypeFailure, redirectFailure, refusalFailure, statusFailure, unusableResponse } from "./http_status.ts";
import type { WholeBody } from "./unrepeated_body.ts";

/**
 * A response, of whichever class: the platform's own, or that of a library such as `undici` or `node-fetch`. Its body is a
 * stream or another async iterable of bytes, or can be had by `arrayBuffer()`.
 */
export interface ResponseLike {
  /** The status. */
  readonly status: number;
  /** The headers. */
  readonly headers: {
    /** The value of a header, `null` if there is none. */
    get(name: string): string | null;
  };
  /** The body. */
  readonly body?: unknown;
}

/** A `fetch`: the global one, `app.request` of a Hono app, a service binding's, or that of a library. */
export type FetchFunction = (url: string, init: RequestInit) => ResponseLike | PromiseLike<ResponseLike>;

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
export interface ExchangeRequest<Body = WholeBody> {
  readonly body: Body;
  /** Headers of this one request; they replace those of the target that have the same name. */
  readonly headers: HeadersInit | undefined;
  readonly signal: AbortSignal;
  /** Whether what it brings may reach, or have reached, a server more than once. */
  readonly isRepeatable: boolean;
  /** Called when the request leaves: an abort before that is no word to anybody. */
  readonly leaving?: () => void;
}

/** What came of it; the response is that of HTTP, as far as there is one. */
export type ExchangeAnswer =
  | { readonly kind: "accepted"; readonly response: HttpInvocationContext; readonly body: ByteSource }
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
  if (sent.kind === "unanswered") return { kind: "refused", failure: sent.failure };
  const { status, headers, body, bodyProblem } = sent.response;
  const contentType = headerOf(sent.response, "content-type");
  const isExchange = status === 200 && isExchangeMediaType(contentType);
  if (isExchange && body !== undefined) return { kind: "accepted", response: { status, headers }, body };
  if (isExchange) return { kind: "refused", failure: unusableResponse(bodyProblem ?? "its body is empty") };
  const failure = await readFailure(sent.response, target, request.isRepeatable);
  return { kind: "refused", failure: status === 200 ? mediaTypeFailure(contentType) : failure };
}

/** Sends one request of a pair that is open. Never throws. */
export async function postPart(target: RequestTarget, request: ExchangeRequest): Promise<PartAnswer> {
  const sent = await send(target, request);
  if (sent.kind === "unanswered") return { ...sent, kind: "refused", status: undefined };
  const { status } = sent.response;
  const failure = await readFailure(sent.response, target, request.isRepeatable);
  if (status === 204) return { kind: "taken" };
  const isPassing = PASSING_STATUSES.includes(status);
  // Behind this URL there was an exchange: it is not the kind of exchange that is missing (§8).
  return {
    kind: "refused",
    status,
    isPassing,
    failure: status === 404 ? { ...failure, code: Code.UNAVAILABLE } : failure,
  };
}

/** What came of a request; headers that cannot be made are not made by trying again. */
type Sent =
  | { readonly kind: "answered"; readonly response: FetchedResponse }
  | { readonly kind: "unanswered"; readonly failure: ExchangeFailure; readonly isPassing: boolean };

async function send(target: RequestTarget, request: ExchangeRequest): Promise<Sent> {
  let headers: Record<string, string>;
  try {
    headers = await makeHeaders(target.headers, request.headers);
  } catch (error) {
    return unanswered(wireDown(`Cannot make the request's headers: ${textOf(error)}`), false);
  }
  const { body, signal, leaving } = request;
  if (signal.aborted) return unanswered(wireDown("The exchange is over"), false);
  let fetched: unknown;
  try {
    // Elsewhere nobody is to get the call and what the headers tell of its caller (P8.18).
    const init: StreamingRequestInit = { method: "POST", headers, body, signal, redirect: "manual" };
    if (!isBytes(body)) init.duplex = "half";
    leaving?.();
    fetched = await target.fetch(target.url, init);
  } catch (error) {
    return unanswered(wireDown(`Cannot reach the server: ${describe(error)}`), true);
  }
  const response = readFetched(fetched);
  return typeof response === "string" ? unanswered(unusableResponse(response), false) : { kind: "answered", response };
}

function unanswered(failure: ExchangeFailure, isPassing: boolean): Sent {
  return { kind: "unanswered", failure, isPassing };
}

/** As a plain object, which every `fetch` understands; not all take `Headers` of another class for headers. */
async function makeHeaders(
  source: HeadersSource | undefined,
  own: HeadersInit | undefined,
): Promise<Record<string, string>> {
  return { ...Object.fromEntries(await joinHeaders(source, own)), ...REQUEST_HEADERS };
}

/** The headers of a link and, over them, those of one call. */
export async function joinHeaders(source: HeadersSource | undefined, own: HeadersInit | undefined): Promise<Headers> {
  const headers = new Headers(typeof source === "function" ? await source() : source);
  new Headers(own).forEach((value, name) => headers.set(name, value));
  return headers;
}

/** Reads an answer that is no exchange: a refusal item is the server's word, anything else is but a status. */
async function readFailure(
  response: FetchedResponse,
  target: RequestTarget,
  isRepeatable: boolean,
): Promise<ExchangeFailure> {
  const { status, body, isRedirect } = response;
  const beginning = await readBeginning(body, target.clock);
  if (isRedirect) return redirected(response, target);
  const isOurs = isExchangeMediaType(headerOf(response, "content-type"));
  const refusal = isOurs ? readRefusalFrame(beginning) : undefined;
  return refusal?.status === status
    ? refusalFailure(refusal, isRepeatable)
    : statusFailure(status, errorText(beginning));
}

function redirected(response: FetchedResponse, { url }: RequestTarget): ExchangeFailure {
  return redirectFailure(response.status, headerOf(response, "location"), url);
}

/** Node says "fetch failed" and keeps why in the cause. */
function describe(error: unknown): string {
  const cause = causeOf(error);
  return cause === undefined ? textOf(error) : `${textOf(error)} (${textOf(cause)})`;
}
