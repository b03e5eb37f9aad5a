import type { Context, Handler } from "npm:hono@^4";
import { serviceEnd, type ServiceEndOptions } from "../ends/mod.ts";
import { serviceLink } from "../http/service_link.ts";
import type { ServiceLinkOptions } from "../http/service_options.ts";
import { joinLinks } from "../links/mod.ts";
import type { Implementation } from "../rpc/implement.ts";
import { servicer, type ServicerOptions } from "../rpc/servicer.ts";

/** How services are served over HTTP: what the servicer, the end and the link can be told. */
export interface TicketHandlerOptions extends ServicerOptions, ServiceEndOptions, ServiceLinkOptions {
  /**
   * Told of whatever goes wrong and no caller can be told of: what handlers throw that is no `RpcError`, above all. Writes
   * to `console.error` by default.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A Hono handler that serves services. */
export interface TicketHandler extends Handler, AsyncDisposable {
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
  const end = serviceEnd(servicer(implementations, options), options);
  const link = serviceLink(options);
  joinLinks(end, link);
  end.start();
  const stop = async (graceMs: number): Promise<void> => {
    await link.stop(graceMs);
    await end.stop(0);
  };
  const handler = (context: Context, next: () => Promise<void>) => link.handler(context, next);
  return Object.assign(handler, { stop, [Symbol.asyncDispose]: (): Promise<void> => stop(0) });
}
