import type { Context, Next } from "npm:hono@^4";
import { foreignText } from "../../links/foreign_value.ts";
import type { HttpRefusal } from "../server/http_refusal.ts";
import { type SocketBytes, SUBPROTOCOL } from "./web_socket.ts";

/** A server's WebSocket as Hono's helpers hand it over. */
export interface UpgradedSocket {
  /** The platform's own object. */
  readonly raw?: unknown;
  /** Sends a message. */
  send(data: SocketBytes): void;
  /** Closes it. */
  close(code?: number, reason?: string): void;
}

/** What a server's WebSocket tells. */
export interface UpgradedSocketEvents {
  /** It is there; not told on Workers. */
  onOpen(event: unknown, socket: UpgradedSocket): void;
  /** A message has come. */
  onMessage(event: { readonly data: unknown }, socket: UpgradedSocket): void;
  /** It is closed. */
  onClose(event: { readonly code?: number; readonly reason?: string }, socket: UpgradedSocket): void;
  /** It is broken. */
  onError(event: unknown, socket: UpgradedSocket): void;
}

/**
 * Hono's `upgradeWebSocket` for the platform: that of `hono/deno`, `hono/bun` or `hono/cloudflare-workers`, or the one that
 * `createNodeWebSocket()` of `@hono/node-ws` makes.
 */
export type UpgradeWebSocket = (
  createEvents: (context: Context) => UpgradedSocketEvents,
) => (context: Context, next: Next) => Promise<Response | void>;

/** The origins whose pages may open a WebSocket, beside the server's own. */
export type SocketOrigins = readonly string[] | "any";

/** Tells whether a request asks to become a WebSocket (RFC 6455 §4.2.1). */
export function isSocketRequest({ method, headers }: Request): boolean {
  return method === "GET" && hasToken(headers.get("upgrade"), "websocket");
}

/**
 * Finds what is wrong with a request that asks to become a WebSocket; `undefined` if nothing is. Browsers let a page of any
 * origin open one, with the cookies of the server and without asking it first, so the server has to look.
 */
export function checkSocketRequest({ url, headers }: Request, origins: SocketOrigins): HttpRefusal | undefined {
  const origin = headers.get("origin");
  if (origin === null || origins === "any" || origins.includes(origin)) return undefined;
  if (isOwnOrigin(origin, new URL(url), headers.get("host"))) return undefined;
  return {
    status: 403,
    text: `Cannot open an exchange: pages of origin ${
      foreignText(origin)
    } may not open a WebSocket here (socketOrigins)`,
  };
}

/** A server behind a proxy that ends TLS does not know its own scheme, but one that has TLS itself does. */
function isOwnOrigin(origin: string, url: URL, hostHeader: string | null): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  if (url.protocol === "https:" && protocol !== "https:") return false;
  // The default port of the origin's scheme may stand in the header.
  const own = `${protocol}//${hostHeader ?? url.host}`;
  return URL.canParse(own) && new URL(own).host === host;
}

/** Why there is no WebSocket; the request's fault, or that of how the server is set up. */
export interface UpgradeFailure {
  readonly refusal: HttpRefusal;
  /** What the platform has thrown, where it is not for what the request says. */
  readonly error?: unknown;
}

/** Makes a WebSocket of a request. Never throws. */
export async function upgradeRequest(
  upgrade: UpgradeWebSocket,
  context: Context,
  events: UpgradedSocketEvents,
): Promise<Response | UpgradeFailure> {
  // Deno cannot read a header any more, once the request is a WebSocket, unless they have been read before.
  for (const _header of context.req.raw.headers);
  try {
    const response = await upgrade(() => events)(context, () => Promise.resolve());
    return response === undefined ? { refusal: NOT_UPGRADED } : chooseProtocol(response, context);
  } catch (error) {
    return isHandshake(context.req.raw.headers) ? { refusal: NOT_UPGRADED, error } : { refusal: NOT_UPGRADED };
  }
}

const NOT_UPGRADED: HttpRefusal = Object.freeze({
  status: 400,
  text: "Cannot open an exchange: the request cannot be made a WebSocket",
});

/** There are no WebSockets here: the same status as for any other request that is no POST (P8.14). */
export const NO_SOCKETS: HttpRefusal = Object.freeze({
  status: 405,
  text: "Cannot open a WebSocket: the handler has no option upgradeWebSocket",
  headers: { allow: "POST" },
});

/** What platforms check themselves, and throw for (RFC 6455 §4.2.1). */
function isHandshake(headers: Headers): boolean {
  return hasToken(headers.get("connection"), "upgrade") && headers.get("sec-websocket-version") === "13" &&
    headers.get("sec-websocket-key")?.length === 24;
}

/** Browsers give a WebSocket up whose server does not choose among the subprotocols, and Workers do not by themselves. */
function chooseProtocol(response: Response, context: Context): Response {
  const name = "sec-websocket-protocol";
  if (response.status !== 101 || response.headers.has(name)) return response;
  if (hasToken(context.req.raw.headers.get(name), SUBPROTOCOL)) response.headers.set(name, SUBPROTOCOL);
  return response;
}

function hasToken(header: string | null, token: string): boolean {
  return header?.split(",").some((part) => part.trim().toLowerCase() === token) ?? false;
}
