import { Code } from "../links/mod.ts";
import { ExchangeKind } from "../wire/mod.ts";
import { type ExchangeAnswer, type HeadersSource, joinHeaders } from "./client_request.ts";
import { ClientSocket } from "./client_socket.ts";
import type { Connection, ConnectionRequest } from "./connection.ts";
import { textOf, wireDown } from "./exchange_failure.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import { SUBPROTOCOL, type WebSocketFunction, type WebSocketLike } from "./web_socket.ts";

/** Where the WebSockets of a link go. */
export interface SocketTarget {
  readonly url: string;
  readonly headers: HeadersSource | undefined;
  /** What opens them, where the platform's own constructor is not to. */
  readonly webSocket: WebSocketFunction | undefined;
}

/** A WebSocket. */
export function socketConnection(settings: SocketTarget & ExchangeSettings): Connection {
  return { kind: ExchangeKind.SOCKET, open: (request) => openSocket(settings, request), greeted: () => {} };
}

/** Finds why no WebSocket can be had here; `undefined` if nothing is known to be in the way. */
export function socketProblem({ url, headers, webSocket }: SocketTarget): string | undefined {
  if (socketUrl(url) === undefined) return `"${url}" is no URL that a WebSocket can have`;
  if (webSocket !== undefined) return undefined;
  if (typeof globalThis.WebSocket !== "function") return "there is no WebSocket here, and no option webSocket";
  if (headers !== undefined) return "a WebSocket sends no headers, unless there is an option webSocket";
  return undefined;
}

async function openSocket(
  settings: SocketTarget & ExchangeSettings,
  request: ConnectionRequest,
): Promise<ExchangeAnswer> {
  const { headers } = request;
  if (headers !== undefined && settings.webSocket === undefined) return HEADERS_UNSENT;
  try {
    const socket = await newSocket(settings, headers);
    return await new ClientSocket(socket, settings, request).answer;
  } catch (error) {
    return { kind: "refused", failure: wireDown(`Cannot open a WebSocket: ${textOf(error)}`) };
  }
}

const HEADERS_UNSENT: ExchangeAnswer = Object.freeze({
  kind: "refused",
  failure: {
    ...wireDown("Cannot send the call's headers: a WebSocket sends none, unless the link has an option webSocket"),
    code: Code.UNIMPLEMENTED,
  },
});

async function newSocket(
  { url, headers, webSocket = newPlatformSocket }: SocketTarget,
  own: HeadersInit | undefined,
): Promise<WebSocketLike> {
  const all = await joinHeaders(headers, own);
  return webSocket(socketUrl(url) ?? url, [SUBPROTOCOL], all);
}

function newPlatformSocket(url: string, protocols: string[]): WebSocketLike {
  return new WebSocket(url, protocols);
}

/** The address of a WebSocket that is meant by one of HTTP, or by a path of the page's server. */
function socketUrl(url: string): string | undefined {
  const base = "location" in globalThis ? globalThis.location?.href : undefined;
  if (!URL.canParse(url, base)) return undefined;
  const parsed = new URL(url, base);
  const protocol = PROTOCOLS.get(parsed.protocol);
  if (protocol === undefined) return undefined;
  parsed.protocol = protocol;
  // A WebSocket's has none.
  parsed.hash = "";
  return parsed.href;
}

const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ["http:", "ws:"],
  ["https:", "wss:"],
  ["ws:", "ws:"],
  ["wss:", "wss:"],
]);
