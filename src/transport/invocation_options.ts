import { checkDuration, checkInteger, CLIENT_IDLE_MS, MAX_REQUEST_BYTES, PROBE_TIMEOUT_MS } from "../limits.ts";
import { checkGroups } from "../option_groups.ts";
import { ExchangeKind } from "../wire/exchange_kind.ts";
import type { FetchFunction, HeadersSource } from "./client/client_request.ts";
import { type OpenStreams, openStreamsFrom } from "./client/open_streams.ts";
import type { SingleSettings } from "./single/collected_request.ts";
import {
  type ExchangeLimits,
  type ExchangeOptions,
  exchangeSettings,
  type ExchangeTimeouts,
} from "../exchange/exchange_settings.ts";
import type { SliceLength } from "../exchange/fair_scheduler.ts";
import { isBrowser } from "./client/repetition.ts";
import { socketProblem, type SocketTarget } from "./socket/socket_url.ts";
import type { StreamExchangeSettings } from "./client/stream_exchange.ts";
import type { WebSocketFunction } from "./socket/web_socket.ts";

/** What a server may push, and what of a request may be collected. */
export interface InvocationLinkLimits extends ExchangeLimits {
  /** Bytes that the request of a *single* exchange may have; 16 MiB by default. */
  readonly maxRequestBytes?: number | undefined;
}

/** How long a client waits for a server, and keeps what it does not use. */
export interface InvocationLinkTimeouts extends ExchangeTimeouts {
  /**
   * Milliseconds that operations wait at most to know whether *duplex* works where that is not known yet, if `exchange` is
   * `"auto"`; 2,000 by default. Unary and server-streaming ones do not wait for that. In a browser, server streams that are to
   * share an exchange wait as long at most to know what the server offers.
   * It is also how long the response to a server-streaming one may take to begin, on a request of its own: platforms that
   * hold responses back until they are complete carry no streams.
   */
  readonly probeTimeoutMs?: number | undefined;
  /** Milliseconds that an exchange without operations is kept; 1,000 by default. */
  readonly idleMs?: number | undefined;
}

/**
 * The second part of a client: what carries several calls on one exchange. The first part needs it for *duplex*, *pair* and
 * *socket*, and for whatever streams both ways. The entry point `./engine` exports it.
 */
export interface Engine {
  /** The kinds of exchange that it carries calls on. */
  readonly kinds: readonly ExchangeKind[];
}

/** Options of `invocationLink`. */
export interface InvocationLinkOptions extends ExchangeOptions {
  /** What the server may push. */
  readonly limits?: InvocationLinkLimits | undefined;
  /** How long to wait. */
  readonly timeouts?: InvocationLinkTimeouts | undefined;
  /**
   * What carries the requests: the global `fetch` by default; `app.request` of a Hono app, a service binding's
   * `fetch`. It must not send a request a second time by itself, since calls could run twice then.
   */
  readonly fetch?: FetchFunction | undefined;
  /** Headers of every request, or what makes them anew for each. */
  readonly headers?: HeadersSource | undefined;
  /** The kind of exchange; `"auto"` by default, the best that works here for each operation. */
  readonly exchange?: "auto" | ExchangeKind | undefined;
  /**
   * What opens the WebSocket of a *socket*; the platform's own constructor by default, which cannot send headers, and which
   * `"auto"` does not use beside an option `fetch`. Node has
   * one from version 22; before it, and for headers, take that of the package `ws`:
   * `(url, protocols, headers) => new WebSocket(url, protocols, { headers: Object.fromEntries(headers) })`.
   */
  readonly webSocket?: WebSocketFunction | undefined;
  /**
   * Is called when an exchange is opened, and says of which kind it is and why; and when a server has refused calls, so that
   * they wait for the next try.
   */
  readonly onExchange?: ((event: ExchangeEvent) => void) | undefined;
  /**
   * What carries several calls on one exchange, at once: the export `engine` of the entry point `./engine`. Without it, it is
   * loaded by `import()` when a call needs it.
   */
  readonly engine?: Engine | undefined;
  /**
   * Where chance comes from, a number from 0 up to 1 at a time, for the pauses before another try; `Math.random` by
   * default.
   */
  readonly random?: (() => number) | undefined;
}

/**
 * Why an exchange is of the kind that it is, or is not there:
 *
 * - `"asked"`: the option `exchange` says so;
 * - `"browser"`: browsers have no *duplex*, and over HTTP/1.1 six connections to an origin, which streams must leave for other
 *   calls;
 * - `"unknown"`: whether *duplex* works here is not known yet, and this operation needs none;
 * - `"probe"`: it is to find out whether *duplex* works here, and carries operations if it does;
 * - `"works"`: it has worked here before;
 * - `"fallback"`: what would be better does not work here;
 * - `"refused"`: a server has refused it before a call on it began. The call waits, and begins again on another one.
 */
export type ExchangeReason = "asked" | "browser" | "unknown" | "probe" | "works" | "fallback" | "refused";

/** What an invocation link says of an exchange. */
export interface ExchangeEvent {
  /** The kind of exchange. */
  readonly kind: ExchangeKind;
  /** The origin that it goes to; empty for a path alone outside of browsers. */
  readonly origin: string;
  /** Why it is of that kind. */
  readonly reason: ExchangeReason;
  /** What there is to know beside that, for people: what a server has said, or what to beware of. */
  readonly message?: string | undefined;
}

/** {@linkcode InvocationLinkOptions}, checked and filled in. */
export interface InvocationSettings extends Omit<StreamExchangeSettings, "maxSentBytes">, SingleSettings, SocketTarget {
  readonly kind: "auto" | ExchangeKind;
  /** Whether requests go another way than by the platform's `fetch`, so that its WebSockets may reach another server, or none. */
  readonly hasOwnFetch: boolean;
  /** Whether there can be no *duplex*, since this is a browser. */
  readonly inBrowser: boolean;
  /** What takes a connection of the browser's as long as it lasts, of all links to the origin; `undefined` elsewhere. */
  readonly streams: OpenStreams | undefined;
  readonly probeTimeoutMs: number;
  readonly onExchange: ((event: ExchangeEvent) => void) | undefined;
}

/** How long one turn of reading may be: the only neighbours are the own program and what it shows, a frame of an animation. */
const INVOCATION_SLICE: SliceLength = Object.freeze({ operations: 1_024, endings: 1_024, ms: 16 });

/**
 * Checks options and fills in what is not given.
 *
 * @throws {TypeError} If the URL cannot be parsed or has credentials, the kind of exchange is not supported or cannot be had
 * here, or an option stands in the wrong place.
 * @throws {RangeError} If a number is out of its range.
 */
export function invocationSettings(url: string | URL, options: InvocationLinkOptions): InvocationSettings {
  checkGroups(options, "client");
  const { limits = {}, timeouts = {} } = options;
  const target = checkUrl(url);
  const inBrowser = isBrowser(globalThis);
  const settings = {
    ...exchangeSettings(options, INVOCATION_SLICE),
    url: target,
    fetch: options.fetch ?? globalFetch,
    hasOwnFetch: options.fetch !== undefined && options.fetch !== globalThis.fetch,
    headers: options.headers,
    webSocket: options.webSocket,
    kind: checkExchange(options.exchange ?? "auto"),
    inBrowser,
    streams: inBrowser ? openStreamsFrom(target) : undefined,
    probeTimeoutMs: checkDuration("probeTimeoutMs", timeouts.probeTimeoutMs ?? PROBE_TIMEOUT_MS),
    onExchange: options.onExchange,
    random: options.random ?? Math.random,
    idleMs: checkDuration("idleMs", timeouts.idleMs ?? CLIENT_IDLE_MS),
    maxRequestBytes: checkInteger("maxRequestBytes", limits.maxRequestBytes ?? MAX_REQUEST_BYTES),
  };
  const problem = kindProblem(settings);
  if (problem === undefined) return settings;
  throw new TypeError(`Cannot make an invocation link: exchange "${settings.kind}" cannot be had here, ${problem}`);
}

/**
 * Says why a kind of exchange that is asked for cannot be had here. Firefox would send the name of a stream in its place,
 * and Chromium waits for the end of the request; a `fetch` of the page's own need not be the browser's.
 */
function kindProblem(settings: InvocationSettings): string | undefined {
  if (settings.kind === ExchangeKind.SOCKET) return socketProblem(settings);
  if (settings.kind !== ExchangeKind.DUPLEX || !settings.inBrowser || settings.hasOwnFetch) return undefined;
  return 'no browser streams both ways in one request: "pair" and "socket" carry the same calls';
}

/** The global `fetch` is looked up at each call, as it may be replaced, and called without a receiver, as it must be. */
function globalFetch(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, init);
}

/**
 * A path alone is for the `fetch` to resolve, as browsers and `app.request` do. "localhost:8000/rpc" is a URL without a host,
 * whose scheme is "localhost". Credentials are no part of what `fetch` takes, and no message shows them.
 */
function checkUrl(url: string | URL): string {
  const text = String(url);
  const base = text.startsWith("/") ? "http://localhost" : undefined;
  const parsed = URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (parsed?.host && !parsed.username && !parsed.password) return text;
  throw new TypeError(
    'Cannot make an invocation link: expected a URL with a host and without credentials, or a path that begins with "/", ' +
      `got "${text.replace(/^[^]*@/, "…@")}"`,
  );
}

/**
 * Checks the kind of exchange that is asked for.
 *
 * @throws {TypeError} If it is not supported.
 */
function checkExchange(asked: "auto" | ExchangeKind): "auto" | ExchangeKind {
  const kinds = Object.values(ExchangeKind);
  if (asked === "auto" || kinds.includes(asked)) return asked;
  throw new TypeError(
    `Cannot make an invocation link: expected exchange "auto" or one of ${kinds.join(", ")}, got "${asked}"`,
  );
}
