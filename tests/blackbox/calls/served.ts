import type { MiddlewareHandler } from "hono";
import { upgradeWebSocket } from "hono/deno";
import type { FetchFunction } from "@ticketlink/ticketlink";
import type { Implementation, TicketHandlerOptions } from "@ticketlink/ticketlink/server";
import { serving } from "./serving.ts";

/** How services are served to a test. */
export interface ServedOptions extends TicketHandlerOptions {
  /** What runs before the handler. */
  readonly middleware?: MiddlewareHandler;
}

/** Services on a port of loopback, until they are disposed of. */
export interface Served extends AsyncDisposable {
  /** Where they are. */
  readonly url: string;
  /** The same without a network. */
  readonly fetch: FetchFunction;
  /** What `onError` was told, call by call. */
  readonly told: readonly (readonly unknown[])[];
}

/** Serves services on all four carriers, and keeps what goes wrong. */
export function serve(implementation: Implementation, { middleware, ...options }: ServedOptions = {}): Served {
  const told: unknown[][] = [];
  const server = serving(implementation, {
    upgradeWebSocket,
    onError: (...args: unknown[]) => void told.push(args),
    before: (app) => void (middleware === undefined || app.use(middleware)),
    ...options,
  });
  return {
    url: server.url,
    fetch: server.app.request,
    told,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
