/**
 * What calls services: contracts, clients and channels, without any code of a server.
 *
 * @example Make a client: nothing is sent before its first call
 * ```ts
 * import { createClient, defineService, unary } from "@ticketlink/ticketlink/client";
 * import { assertEquals } from "@std/assert";
 *
 * const Greeter = defineService("demo.Greeter", { hello: unary<string, string>() });
 * await using greeter = createClient(Greeter, "https://example.com/rpc");
 * assertEquals(Object.keys(greeter), ["hello"]);
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

// Clients.
export { type Channel, connect } from "./channel/connect.ts";
export { createClient, type UrlClientOptions } from "./channel/create_client.ts";
export type { Client, ClientMethod, ClientOptions } from "./rpc/client.ts";
export type { CallControl, CallOptions, CallScope, DiscardOptions, HttpResponseInfo } from "./rpc/client_options.ts";
export type { FetchFunction, HeadersSource } from "./transport/client/client_request.ts";
export type { ExchangeEvent } from "./transport/invocation_options.ts";
export type { WebSocketFunction } from "./transport/socket/web_socket.ts";

// Messages, metadata, errors, interceptors: what both sides of a call know.
export { Code, isCode } from "./links/code.ts";
export type { Metadata } from "./links/ticket.ts";
export { type MetadataInit, metadataValue, metadataValues } from "./rpc/call_metadata.ts";
export type { MessageStream } from "./rpc/incoming_messages.ts";
export type { InterceptedRequest, InterceptedResponse, Interceptor } from "./rpc/interceptor.ts";
export type { Messages } from "./rpc/outgoing_messages.ts";
export { RpcError, type RpcErrorOptions } from "./rpc/rpc_error.ts";
export { ExchangeKind } from "./wire/exchange_kind.ts";
