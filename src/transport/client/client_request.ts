import type { Clock } from "../../clock.ts";
import { foreignText, isBytes } from "../../links/foreign_value.ts";
import { Code } from "../../links/code.ts";
import { textOf } from "../../links/thrown.ts";
import type { Refusal } from "../../wire/control_item.ts";
import { readRefusalFrame } from "../../wire/refusal_frame.ts";
import type { HttpInvocationContext } from "./call_context.ts";
import { type ExchangeFailure, refusedUnbegun, wireDown, wireDownBy } from "../../exchange/exchange_failure.ts";
import { isExchangeMediaType, REQUEST_HEADERS } from "../../exchange/exchange_settings.ts";
import { type FetchedResponse, headerOf, readFetched } from "./fetched_response.ts";
import { type ByteSource, errorText, readBeginning } from "../../exchange/incoming_body.ts";
import { SecondMeter } from "../../exchange/rate_limit.ts";
import type { WholeBody } from "./repetition.ts";

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

/** A request. */
export interface ExchangeRequest<Body = WholeBody> {
  readonly body: Body;
  /** Headers of this one request; they replace those of the target that have the same name. */
  readonly headers: HeadersInit | undefined;
  readonly signal: AbortSignal;
  /** Whether it may reach, or have reached, a server more than once. */
  readonly isRepeatable: boolean;
  /** Called when the request leaves: an abort before that reaches no server. */
  readonly leaving?: () => void;
}

/** The answer to it; a WebSocket has only parts of a response of HTTP. */
export type ExchangeAnswer =
  | {
    readonly kind: "accepted";
    readonly response: HttpInvocationContext;
    readonly body: ByteSource;
    /** Whether the first chunk of the body is all of it. */
    readonly isWhole?: boolean;
    /** Whether the response has begun before its length was known. */
    readonly isStreamed?: boolean;
  }
  | { readonly kind: "refused"; readonly failure: ExchangeFailure };

/** `duplex` is not in every runtime's types yet; without it a stream is no body. */
interface StreamingRequestInit extends RequestInit {
  duplex?: "half";
}

/** Sends a request that is to become an exchange. Never throws. */
export async function requestExchange(target: RequestTarget, request: ExchangeRequest): Promise<ExchangeAnswer> {
  const sent = await sendRequest(target, request);
  if (sent.kind === "unanswered") return { kind: "refused", failure: sent.failure };
  const { status, headers, body, bodyProblem, isWhole } = sent.response;
  const contentType = headerOf(sent.response, "content-type");
  const encoding = headerOf(sent.response, "content-encoding");
  const isExchange = status === 200 && isExchangeMediaType(contentType);
  const isDecoded = encoding === null || DECODED.test(encoding);
  if (isExchange && isDecoded && body !== undefined) {
    const isStreamed = headerOf(sent.response, "content-length") === null;
    return { kind: "accepted", response: { status, headers }, body, isWhole, isStreamed };
  }
  const problem = isDecoded ? bodyProblem ?? "its body is empty" : `its content-encoding is ${foreignText(encoding)}`;
  const failure = await readFailure(sent.response, target, request.isRepeatable);
  if (isExchange) return { kind: "refused", failure: unusableResponse(problem) };
  return { kind: "refused", failure: status === 200 ? mediaTypeFailure(contentType) : failure };
}

/** The encodings that a `fetch` decodes, whoever has put them on (P8.3). Some show the header nevertheless. */
const DECODED = /^(identity|(x-)?gzip|deflate|br|zstd|[, ])*$/i;

/** What became of a request. A failure is passing if the next try may succeed. */
export type SentRequest =
  | { readonly kind: "answered"; readonly response: FetchedResponse }
  | { readonly kind: "unanswered"; readonly failure: ExchangeFailure; readonly isPassing: boolean };

/**
 * What Deno 2.9 (h2 0.4) says of a request whose stream has been refused, or is above the last one of a GOAWAY that is no
 * error: no server has processed it (RFC 9113 §8.7). Of those that it may have processed it says something else.
 */
const NOT_PROCESSED = /error received: (not a result of an error|refused stream)/;

/** Sends a request and waits for the response. Never throws. */
export async function sendRequest(target: RequestTarget, request: ExchangeRequest): Promise<SentRequest> {
  let headers: Record<string, string>;
  try {
    headers = await makeHeaders(target.headers, request.headers);
  } catch (error) {
    return unanswered({ ...wireDownBy("Cannot make the request's headers", error), isOwn: true }, false);
  }
  const { body, signal, leaving } = request;
  if (signal.aborted) return unanswered(wireDown("The exchange is over"), false);
  let fetched: unknown;
  try {
    // Redirects are not followed: another server must not get the call and its headers (P8.18).
    const init: StreamingRequestInit = { method: "POST", headers, body, signal, redirect: "manual" };
    if (!isBytes(body)) init.duplex = "half";
    leaving?.();
    fetched = await target.fetch(target.url, init);
  } catch (error) {
    const failure = wireDownBy("Cannot reach the server", error);
    if (!NOT_PROCESSED.test(textOf(failure.message))) return unanswered(failure, true);
    return unanswered(refusedUnbegun({ ...failure, retry: "later" }, request.isRepeatable), true);
  }
  const response = readFetched(fetched);
  return typeof response === "string" ? unanswered(unusableResponse(response), false) : { kind: "answered", response };
}

function unanswered(failure: ExchangeFailure, isPassing: boolean): SentRequest {
  return { kind: "unanswered", failure, isPassing };
}

/** As a plain object, which every `fetch` understands; not all take `Headers` of another class for headers. */
async function makeHeaders(
  source: HeadersSource | undefined,
  own: HeadersInit | undefined,
): Promise<Record<string, string>> {
  if (source === undefined && own === undefined) return { ...REQUEST_HEADERS };
  return { ...Object.fromEntries(await joinHeaders(source, own)), ...REQUEST_HEADERS };
}

/** The headers of a link and, over them, those of one call. */
export async function joinHeaders(source: HeadersSource | undefined, own: HeadersInit | undefined): Promise<Headers> {
  const headers = new Headers(typeof source === "function" ? await source() : source);
  new Headers(own).forEach((value, name) => headers.set(name, value));
  return headers;
}

/** Reads an answer that is no exchange. Only a refusal item is a statement of the server; anything else is a mere status. */
export async function readFailure(
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

/** The statuses that say more than their hundreds do, after gRPC's table for HTTP statuses. */
const CODE_OF_STATUS: ReadonlyMap<number, Code> = new Map<number, Code>([
  [400, Code.INTERNAL],
  [401, Code.UNAUTHENTICATED],
  [403, Code.PERMISSION_DENIED],
  [404, Code.UNIMPLEMENTED],
  [405, Code.UNIMPLEMENTED],
  [408, Code.UNAVAILABLE],
  [413, Code.RESOURCE_EXHAUSTED],
  [415, Code.UNIMPLEMENTED],
  [429, Code.UNAVAILABLE],
  [500, Code.INTERNAL],
  [501, Code.UNIMPLEMENTED],
  [502, Code.UNAVAILABLE],
  [503, Code.UNAVAILABLE],
  [504, Code.UNAVAILABLE],
]);

/**
 * What an answer that is not an exchange means to the operations that wait for one. A status does not say who has sent it,
 * and when: they may have begun.
 */
function statusFailure(status: number, text: string): ExchangeFailure {
  const said = text === "" ? "" : `: ${foreignText(text)}`;
  const code = CODE_OF_STATUS.get(status) ?? Code.UNKNOWN;
  return { ...wireDown(`The server answered with status ${status}${said}`), code, status };
}

/** What a refusal item means to them (P8.13). The runtime may have sent them more than once if it is repeatable. */
export function refusalFailure({ status, message }: Refusal, isRepeatable: boolean): ExchangeFailure {
  const failure = statusFailure(status, typeof message === "string" ? message : "");
  return refusedUnbegun(status === 503 ? { ...failure, retry: "later" } : failure, isRepeatable);
}

/** What an answer of success but of another kind means: something that is not a service link has answered. */
function mediaTypeFailure(contentType: string | null): ExchangeFailure {
  const got = contentType === null ? "none" : foreignText(contentType);
  return { ...wireDown(`The server answered with content type ${got}, which is no exchange`), code: Code.UNKNOWN };
}

/**
 * What a redirect means, which is not followed (P8.18). Some runtimes show neither the status, which is 0 then, nor the
 * location. Only the origin of the location is told: the rest may be a secret.
 */
function redirectFailure(status: number, location: string | null, url: string): ExchangeFailure {
  const base = URL.canParse(url) ? url : undefined;
  const isKnown = location !== null && URL.canParse(location, base);
  const where = isKnown ? ` to ${foreignText(new URL(location, base).origin)}` : "";
  const shown = status === 0 ? "" : ` with status ${status}`;
  return { ...wireDown(`The request was redirected${where}${shown}, and redirects are not followed`), status };
}

/** What it means that no exchange can be read from the response of `fetch`. */
function unusableResponse(problem: string): ExchangeFailure {
  return { ...wireDown(`Cannot use the response of fetch: ${problem}`), code: Code.INTERNAL };
}

/**
 * Requests that are reset in a second before they are answered. Servers take many of them for an attack ("rapid reset",
 * CVE-2023-44487) and close the HTTP/2 connection under all that is on it: those that build on hyper, as `Deno.serve` does,
 * beyond 20 that they have not taken up yet.
 */
const MAX_ABORTS_PER_SECOND = 16;

/** Milliseconds that further ones wait for their answer. By then a server that works has taken the request up. */
const ABORT_DELAY_MS = 1_000;

/** Gives up requests that have not been answered, and not too many of them at once. */
export class RequestAborts {
  readonly #clock: Clock;
  readonly #meter = new SecondMeter(MAX_ABORTS_PER_SECOND);
  readonly #waiting = new Set<Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Aborts a request: at once, or after a while if it is not answered by then. Its owner closes the response. */
  giveUp(abort: AbortController, answered: Promise<void>): void {
    const clock = this.#clock;
    if (this.#meter.count(clock.now())) return abort.abort();
    const over = new Promise<void>((resolve) => {
      const timer = clock.setTimer(() => {
        abort.abort();
        resolve();
      }, ABORT_DELAY_MS);
      void answered.then(() => {
        clock.clearTimer(timer);
        resolve();
      });
    });
    this.#waiting.add(over);
    void over.then(() => this.#waiting.delete(over));
  }

  /** Resolves when all that have been given up are answered or aborted. */
  async settled(): Promise<void> {
    await Promise.all(this.#waiting);
  }
}
