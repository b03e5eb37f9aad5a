import type { HeadersSource } from "../client/client_request.ts";
import type { WebSocketFunction } from "./web_socket.ts";

/** Where the WebSockets of a link go. */
export interface SocketTarget {
  readonly url: string;
  readonly headers: HeadersSource | undefined;
  /** What opens them, where the platform's own constructor is not to. */
  readonly webSocket: WebSocketFunction | undefined;
}

/** Finds why no WebSocket can be had here; `undefined` if nothing is known to be in the way. */
export function socketProblem({ url, headers, webSocket }: SocketTarget): string | undefined {
  if (socketUrl(url) === undefined) return `"${url}" is no URL that a WebSocket can have`;
  if (webSocket !== undefined) return undefined;
  if (typeof globalThis.WebSocket !== "function") return "there is no WebSocket here, and no option webSocket";
  if (headers !== undefined) return "a WebSocket sends no headers, unless there is an option webSocket";
  return undefined;
}

/** The address of a WebSocket that is meant by one of HTTP, or by a path of the page's server. */
export function socketUrl(url: string): string | undefined {
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
