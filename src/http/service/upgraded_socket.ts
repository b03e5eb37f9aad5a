import type { Context, Next } from "npm:hono@^4";
import type { SocketBytes } from "../socket/web_socket.ts";

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
