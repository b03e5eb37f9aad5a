/**
 * Streaming RPC over nothing but HTTP bodies: typed calls of four kinds between anything that has `fetch` and anything that
 * runs Hono.
 *
 * @example Contract, server and client
 * ```ts
 * import { createClient, defineService, implement, serverStreaming, ticketHandler, unary } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "npm:hono@^4";
 *
 * const Greeter = defineService("demo.Greeter", {
 *   hello: unary<string, string>(),
 *   count: serverStreaming<number, number>(),
 * });
 *
 * await using handler = ticketHandler(implement(Greeter, {
 *   hello: (name) => `Hello, ${name}`,
 *   async *count(n) {
 *     for (let i = 0; i < n; i++) yield i;
 *   },
 * }));
 * const app = new Hono().all("/rpc", handler);
 *
 * // Elsewhere this is a URL, and `fetch` is the platform's.
 * await using greeter = createClient(Greeter, "/rpc", { fetch: app.request });
 * assertEquals(await greeter.hello("Ada"), "Hello, Ada");
 * const numbers: number[] = [];
 * for await (const n of greeter.count(3)) numbers.push(n);
 * assertEquals(numbers, [0, 1, 2]);
 * ```
 *
 * @module
 */

// Contracts.
export { MethodKind } from "./src/links/method_kind.ts";
export { bidiStreaming, clientStreaming, type Method, serverStreaming, unary } from "./src/rpc/method.ts";
export {
  bytesSerializer,
  cborSerializer,
  cborSerializerWith,
  jsonSerializer,
  type Serializer,
  textSerializer,
} from "./src/rpc/serializer.ts";
export { defineService, type ServiceContract } from "./src/rpc/service_contract.ts";
export { type SchemaResult, type StandardSchema, unchecked } from "./src/rpc/standard_schema.ts";

// Clients.
export { type Channel, connect } from "./src/channel/connect.ts";
export { createClient, type UrlClientOptions } from "./src/channel/create_client.ts";
export type { Client, ClientOptions } from "./src/rpc/client.ts";
export type { CallOptions, DiscardOptions, HttpResponseInfo } from "./src/rpc/client_options.ts";
export type { FetchFunction } from "./src/transport/client/client_request.ts";

// Servers.
export { implement } from "./src/hono/implement.ts";
export { type TicketHandler, ticketHandler, type TicketHandlerOptions } from "./src/hono/ticket_handler.ts";
export { ValueKey } from "./src/rpc/call_values.ts";
export type { HandlerContext, Handlers, Implementation } from "./src/rpc/handlers.ts";

// Messages, metadata, errors, interceptors: what both sides of a call know.
export { Code, isCode } from "./src/links/code.ts";
export type { Metadata } from "./src/links/ticket.ts";
export { type MetadataInit, metadataValue, metadataValues } from "./src/rpc/call_metadata.ts";
export type { MessageStream } from "./src/rpc/incoming_messages.ts";
export type { InterceptedRequest, InterceptedResponse, Interceptor } from "./src/rpc/interceptor.ts";
export type { Messages } from "./src/rpc/outgoing_messages.ts";
export { RpcError, type RpcErrorOptions } from "./src/rpc/rpc_error.ts";
export { ExchangeKind } from "./src/wire/exchange_kind.ts";
