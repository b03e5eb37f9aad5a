import { checkDuration, checkInteger, CLIENT_IDLE_MS, MAX_REQUEST_BYTES } from "../limits.ts";
import { ExchangeKind } from "../wire/mod.ts";
import { chooseExchange } from "./choose_exchange.ts";
import type { FetchFunction, HeadersSource, RequestTarget } from "./client_request.ts";
import { type ExchangeOptions, type ExchangeSettings, exchangeSettings } from "./exchange_settings.ts";
import { socketProblem, type SocketTarget } from "./socket_connection.ts";
import type { WebSocketFunction } from "./web_socket.ts";
import { INVOCATION_TURN } from "./turn_budget.ts";

/** Options of `invocationLink`. */
export interface InvocationLinkOptions extends ExchangeOptions {
  /**
   * What carries the requests: the global `fetch` by default; `app.request` of a Hono app, a service binding's
   * `fetch`.
   */
  readonly fetch?: FetchFunction | undefined;
  /** Headers of every request, or what makes them anew for each. */
  readonly headers?: HeadersSource | undefined;
  /** The kind of exchange; `"auto"` by default, the best that works here. */
  readonly exchange?: "auto" | ExchangeKind | undefined;
  /**
   * What opens the WebSocket of a *socket*; the platform's own constructor by default, which cannot send headers. Node has
   * one from version 22; before it, and for headers, take that of the package `ws`:
   * `(url, protocols, headers) => new WebSocket(url, protocols, { headers: Object.fromEntries(headers) })`.
   */
  readonly webSocket?: WebSocketFunction | undefined;
  /** Milliseconds that an exchange without operations is kept; 1,000 by default. */
  readonly idleMs?: number | undefined;
  /** Bytes that the request of a *single* exchange may have; 16 MiB by default. */
  readonly maxRequestBytes?: number | undefined;
}

/** {@linkcode InvocationLinkOptions}, checked and filled in. */
export interface InvocationSettings extends ExchangeSettings, RequestTarget, SocketTarget {
  readonly kind: ExchangeKind;
  readonly idleMs: number;
  readonly maxRequestBytes: number;
}

/**
 * Checks options and fills in what is not given.
 *
 * @throws {TypeError} If the URL cannot be parsed, or the kind of exchange is not supported or cannot be had here.
 * @throws {RangeError} If a number is out of its range.
 */
export function invocationSettings(url: string | URL, options: InvocationLinkOptions): InvocationSettings {
  const settings = {
    ...exchangeSettings(options, INVOCATION_TURN),
    url: checkUrl(url),
    // The global fetch is looked up at each call, as it may be replaced, and called without a receiver, as it must be.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    headers: options.headers,
    webSocket: options.webSocket,
    kind: chooseExchange(options.exchange ?? "auto"),
    idleMs: checkDuration("idleMs", options.idleMs ?? CLIENT_IDLE_MS),
    maxRequestBytes: checkInteger("maxRequestBytes", options.maxRequestBytes ?? MAX_REQUEST_BYTES),
  };
  const problem = settings.kind === ExchangeKind.SOCKET ? socketProblem(settings) : undefined;
  if (problem === undefined) return settings;
  throw new TypeError(`Cannot make an invocation link: exchange "socket" cannot be had here, ${problem}`);
}

/** A path alone is for the `fetch` to resolve, as browsers and `app.request` do. */
function checkUrl(url: string | URL): string {
  const text = String(url);
  if (text.startsWith("/") || URL.canParse(text)) return text;
  throw new TypeError(`Cannot make an invocation link: expected a URL or a path that begins with "/", got "${text}"`);
}
