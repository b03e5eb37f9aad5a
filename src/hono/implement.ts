import type { Context } from "npm:hono@^4";
import type { AnyHandler, Handlers, Implementation } from "../rpc/handlers.ts";
import type { MethodMap, ServiceContract } from "../rpc/service_contract.ts";

/**
 * Implements a service: one handler for each of its methods. A handler takes a message or a stream of messages, and its
 * context. It returns a message or a stream, or a promise of either, and throws an `RpcError` to fail the call.
 *
 * `ctx.http` is Hono's `Context`. Where that has the types of an environment, write `ctx: HandlerContext<Context<Env>>`.
 *
 * @param contract The service.
 * @param handlers The handlers by method name, in an object or an instance of a class, which becomes their `this`.
 * @returns The implementation.
 * @throws {TypeError} If a method has no handler.
 *
 * @example A handler that knows whom it serves
 * ```ts
 * import { createClient, defineService, implement, ticketHandler, unary } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "npm:hono@^4";
 *
 * const WhoAmI = defineService("demo.WhoAmI", { tell: unary<void, string>() });
 * await using handler = ticketHandler(implement(WhoAmI, {
 *   tell: (_nothing, ctx) => ctx.http?.req.header("authorization") ?? "nobody",
 * }));
 * const app = new Hono().all("/rpc", handler);
 *
 * await using client = createClient(WhoAmI, "/rpc", { fetch: app.request, headers: { authorization: "Ada" } });
 * assertEquals(await client.tell(), "Ada");
 * ```
 */
export function implement<Methods extends MethodMap, Http = Context>(
  contract: ServiceContract<Methods>,
  handlers: Handlers<Methods, Http>,
): Implementation {
  const given: Readonly<Record<string, unknown>> = handlers;
  const bound = new Map<string, AnyHandler>();
  for (const name of Object.keys(contract.methods)) {
    const handler = given[name];
    if (typeof handler !== "function") {
      throw new TypeError(`Cannot implement ${contract.name}: method "${name}" has no handler`);
    }
    bound.set(name, handler.bind(handlers));
  }
  return Object.freeze({ contract, handlers: bound });
}
