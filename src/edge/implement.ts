import type { Context } from "npm:hono@^4";
import { type Handlers, implement as implementContract, type Implementation } from "../rpc/handlers.ts";
import type { MethodMap, ServiceContract } from "../rpc/service_contract.ts";

/**
 * Implements a service: one handler for each of its methods. A handler takes a message or a stream of them and its
 * context; it gives back a message or a stream, or a promise of it, and throws an `RpcError` where there is none.
 *
 * `ctx.http` is Hono's `Context`; one with an environment's types is said as `ctx: HandlerContext<Context<Env>>`.
 *
 * @param contract What is implemented.
 * @param handlers The handlers by method name, in an object or an instance of a class, which is their `this`.
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
  return implementContract(contract, handlers);
}
