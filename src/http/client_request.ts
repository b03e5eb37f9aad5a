import type { Clock } from "../clock.ts";
import { readErrorText } from "./error_text.ts";
import { type ExchangeFailure, textOf, wireDown } from "./exchange_failure.ts";
import { isExchangeMediaType, REQUEST_HEADERS } from "./headers.ts";
import type { HttpInvocationContext } from "./invocation_context.ts";
import { mediaTypeFailure, statusFailure } from "./http_status.ts";

/** A `fetch`: the global one, `app.request` of a Hono app, a service binding's. */
export type FetchFunction = (url: string, init: RequestInit) => Response | Promise<Response>;

/** Headers, or what makes them anew for each request. */
export type HeadersSource = HeadersInit | (() => HeadersInit | Promise<HeadersInit>);

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
}

/** What came of it; the response is that of HTTP, as far as there is one. */
export type ExchangeAnswer =
  | { readonly kind: "accepted"; readonly response: HttpInvocationContext; readonly body: ReadableStream<Uint8Array> }
  | { readonly kind: "refused"; readonly failure: ExchangeFailure };

/** `duplex` is not in every runtime's types yet; without it a stream is no body. */
interface StreamingRequestInit extends RequestInit {
  duplex?: "half";
}

/** Sends a request that is to become an exchange. Never throws. */
export async function requestExchange(target: RequestTarget, request: ExchangeRequest): Promise<ExchangeAnswer> {
  let headers: Headers;
  try {
    headers = await makeHeaders(target.headers, request.headers);
  } catch (error) {
    return { kind: "refused", failure: wireDown(`Cannot make the request's headers: ${textOf(error)}`) };
  }
  try {
    const { body, signal } = request;
    const init: StreamingRequestInit = { method: "POST", headers, body, signal };
    if (body instanceof ReadableStream) init.duplex = "half";
    return await readAnswer(await target.fetch(target.url, init), target.clock);
  } catch (error) {
    return { kind: "refused", failure: wireDown(`Cannot reach the server: ${describe(error)}`) };
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
  const failure = response.status === 200 ? mediaTypeFailure(contentType) : statusFailure(response.status, text);
  return { kind: "refused", failure };
}

/** Node says "fetch failed" and keeps why in the cause. */
function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? ` (${textOf(error.cause)})` : "";
  return `${textOf(error)}${cause}`;
}
