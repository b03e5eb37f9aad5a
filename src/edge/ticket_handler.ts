import type { Context, Handler } from "npm:hono@^4";
import type { AsyncDisposal } from "../async_disposal.ts";
import type { ServiceEndOptions } from "../ends/mod.ts";
import type { ServiceLinkOptions } from "../http/service/service_options.ts";
import type { Implementation } from "../rpc/handlers.ts";
import { servicer, type ServicerOptions } from "../rpc/servicer.ts";
import { IsolatedSites, SharedSite } from "./service_site.ts";

/** How services are served over HTTP: what the servicer, the end and the link can be told. */
export interface TicketHandlerOptions extends ServicerOptions, ServiceEndOptions, ServiceLinkOptions {
  /**
   * Told of whatever goes wrong and no caller can be told of: what handlers throw that is no `RpcError`, above all. Writes
   * to `console.error` by default.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * What the calls of different requests may share: `"none"` separates nothing, `"request"` gives each request an end, a
   * link and timers of its own, as Cloudflare Workers insist on, and has no exchange of kind *pair*. `"request"` by
   * default on Workers, `"none"` everywhere else. In a Durable Object, whose requests may share everything, say
   * `"none"`.
   */
  readonly isolation?: "request" | "none" | undefined;
}

/** A Hono handler that serves services. */
export interface TicketHandler extends Handler, AsyncDisposal {
  /**
   * Takes no more calls and lets those that run go on for a while. It is to be called before the HTTP server is shut
   * down. Disposing of the handler is the same without grace.
   *
   * @param graceMs Milliseconds that calls may go on, from 0.
   * @returns Resolves when every call and every exchange is over.
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
  const isIsolated = (options.isolation ?? defaultIsolation(globalThis.navigator)) === "request";
  const site = isIsolated ? new IsolatedSites(served, options) : new SharedSite(served, options);
  const stop = (graceMs: number): Promise<void> => site.stop(graceMs);
  const handler = (context: Context, next: () => Promise<void>) => site.handle(context, next);
  return Object.assign(handler, { stop, [Symbol.asyncDispose]: (): Promise<void> => stop(0) });
}

/**
 * What isolation a platform needs; exported for its test.
 *
 * @param navigator What the platform says of itself: Workers have named themselves there since 2022.
 */
export function defaultIsolation(navigator: { readonly userAgent: string } | undefined): "request" | "none" {
  return navigator?.userAgent === "Cloudflare-Workers" ? "request" : "none";
}
