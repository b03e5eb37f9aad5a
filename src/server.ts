/**
 * What serves services: contracts, handlers and the Hono handler, without the client.
 *
 * @example Serve a service on a route of an application
 * ```ts
 * import { defineService, implement, ticketHandler, unary } from "@ticketlink/ticketlink/server";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "npm:hono@^4";
 *
 * const Greeter = defineService("demo.Greeter", { hello: unary<string, string>() });
 * await using handler = ticketHandler(implement(Greeter, { hello: (name) => `Hello, ${name}` }));
 * const app = new Hono().all("/rpc", handler);
 * assertEquals((await app.request("/rpc", { method: "POST" })).status, 415);
 * ```
 *
 * @module
 */

// Contracts.
export { MethodKind } from "./links/method_kind.ts";
export { bidiStreaming, clientStreaming, type Method, serverStreaming, unary } from "./rpc/method.ts";
export {
  bytesSerializer,
  cborSerializer,
  cborSerializerWith,
  jsonSerializer,
  type Serializer,
  textSerializer,
} from "./rpc/serializer.ts";
export { defineService, type ServiceContract } from "./rpc/service_contract.ts";
export { type SchemaResult, type StandardSchema, unchecked } from "./rpc/standard_schema.ts";

// Servers.
export { implement } from "./hono/implement.ts";
export { type TicketHandler, ticketHandler, type TicketHandlerOptions } from "./hono/ticket_handler.ts";
export { ValueKey } from "./rpc/call_values.ts";
export type { CallScope } from "./rpc/client_options.ts";
export type { Handler, HandlerContext, Handlers, Implementation } from "./rpc/handlers.ts";
export type { SocketOrigins, UpgradeWebSocket } from "./transport/socket/upgrade.ts";

// Messages, metadata, errors, interceptors: what both sides of a call know.
export { Code, isCode } from "./links/code.ts";
export type { Metadata } from "./links/ticket.ts";
export { type MetadataInit, metadataValue, metadataValues } from "./rpc/call_metadata.ts";
export type { MessageStream } from "./rpc/incoming_messages.ts";
export type { InterceptedRequest, InterceptedResponse, Interceptor } from "./rpc/interceptor.ts";
export type { Messages } from "./rpc/outgoing_messages.ts";
export { RpcError, type RpcErrorOptions } from "./rpc/rpc_error.ts";
