import { ASYNC_DISPOSE } from "../dispose_symbol.ts";
import type { Context, Handler } from "npm:hono@^4";
import type { AsyncDisposal } from "../async_disposal.ts";
import type { ServiceEndOptions } from "../ends/service_end.ts";
import type { ServiceLinkLimits, ServiceLinkOptions, ServiceLinkTimeouts } from "../transport/service_options.ts";
import type { ExchangeFlow } from "../exchange/exchange_settings.ts";
import type { Implementation } from "../rpc/handlers.ts";
import type { WindowOptions } from "../rpc/receive_window.ts";
import { servicer, type ServicerOptions } from "../rpc/servicer.ts";
import { IsolatedServerScopes, ServerScope } from "./server_scope.ts";

/** The options of {@linkcode ticketHandler}: those of the servicer, the end and the link. */
export interface TicketHandlerOptions extends ServicerOptions, Omit<ServiceLinkOptions, "onError"> {
  /** What clients may push. */
  readonly limits?: ServiceLinkLimits & Pick<ServiceEndOptions, "maxHeldTickets"> | undefined;
  /** How far either side runs ahead of the other. */
  readonly flow?: WindowOptions & ExchangeFlow | undefined;
  /** How long to wait, and how long calls may take. */
  readonly timeouts?:
    | ServiceLinkTimeouts & Pick<ServiceEndOptions, "defaultTimeoutMs" | "maximumTimeoutMs">
    | undefined;
  /**
   * Receives errors that no caller can be told of, above all what handlers throw that is not an `RpcError`, with the call that
   * they belong to; nothing stands there for those of a connection. Writes to `console.error` by default.
   */
  readonly onError?: ServicerOptions["onError"];
  /**
   * What the calls of different requests may share. `"none"` isolates nothing. `"request"` gives each request an end, a
   * link and timers of its own, which Cloudflare Workers require, and has no exchanges of kind *pair*. The default is
   * `"request"` on Workers and `"none"` everywhere else. Requests of a Durable Object may share everything: set `"none"`
   * there.
   */
  readonly isolation?: "request" | "none" | undefined;
}

/** A Hono handler that serves services. */
export interface TicketHandler extends Handler, AsyncDisposal {
  /**
   * Refuses new calls and gives running ones time to end. Call it before you shut the HTTP server down. Disposing of the
   * handler does the same with no time to end.
   *
   * @param graceMs Milliseconds that running calls may take, from 0.
   * @returns Resolves when every call and every exchange has ended.
   * @throws {RangeError} If `graceMs` is not a finite number from 0.
   */
  stop(graceMs: number): Promise<void>;
}

/**
 * Makes the Hono handler that serves services. It mounts on any route, after any middleware.
 *
 * @param implementations One service, or several.
 * @param options How they are served.
 * @returns The handler.
 * @throws {TypeError} If two services have the same name, or an option is of the wrong kind.
 * @throws {RangeError} If a number among the options is out of its range.
 *
 * @example Mount it on a route
 * ```ts
 * import { defineService, implement, ticketHandler, unary } from "@ticketlink/ticketlink/server";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "npm:hono@^4";
 *
 * const Greeter = defineService("demo.Greeter", { hello: unary<string, string>() });
 * const handler = ticketHandler(implement(Greeter, { hello: (name) => `Hello, ${name}` }));
 * const app = new Hono().all("/rpc", handler);
 *
 * assertEquals((await app.request("/rpc")).status, 405);
 * await handler.stop(0);
 * ```
 */
export function ticketHandler(
  implementations: Implementation | readonly Implementation[],
  options: TicketHandlerOptions = {},
): TicketHandler {
  const served = servicer(implementations, options);
  const { isolation = defaultIsolation(globalThis.navigator), onError } = options;
  const shared = { ...options, onError: onError && ((error: unknown) => onError(error, {})) };
  const scope = isolation === "request" ? new IsolatedServerScopes(served, shared) : new ServerScope(served, shared);
  const stop = (graceMs: number): Promise<void> => scope.stop(graceMs);
  const handler = (context: Context, next: () => Promise<void>) => scope.handle(context, next);
  return Object.assign(handler, { stop, [ASYNC_DISPOSE]: (): Promise<void> => stop(0) });
}

/**
 * The isolation that a platform needs. Workers have had their name in `navigator.userAgent` since 2022. Exported for its
 * test.
 */
export function defaultIsolation(navigator: { readonly userAgent: string } | undefined): "request" | "none" {
  return navigator?.userAgent === "Cloudflare-Workers" ? "request" : "none";
}
