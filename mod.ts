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
export {
  bidiStreaming,
  clientStreaming,
  type MessageType,
  type Method,
  type MethodFactory,
  MethodKind,
  type MethodOptions,
  type SchemaMethodOptions,
  type SerializerOptions,
  serverStreaming,
  unary,
} from "./src/rpc/method.ts";
export {
  bytesSerializer,
  cborSerializer,
  cborSerializerWith,
  jsonSerializer,
  type Serializer,
  textSerializer,
  type UniversalSerializer,
} from "./src/rpc/serializer.ts";
export { defineService, type MethodMap, type ServiceContract } from "./src/rpc/service_contract.ts";
export {
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type SchemaProperties,
  type SchemaResult,
  type StandardSchema,
  unchecked,
} from "./src/rpc/standard_schema.ts";

// Clients.
export { type Channel, connect } from "./src/channel/connect.ts";
export { createClient, type UrlClientOptions } from "./src/channel/create_client.ts";
export type { CallControl, CallOptions, DiscardOptions, HttpResponseInfo } from "./src/rpc/client_options.ts";
export type {
  BidiStreamingCall,
  CallArguments,
  Client,
  ClientMethod,
  ClientOptions,
  ClientStreamingCall,
  ServerStreamingCall,
  UnaryCall,
} from "./src/rpc/client.ts";

// Servers.
export { implement } from "./src/hono/implement.ts";
export { type TicketHandler, ticketHandler, type TicketHandlerOptions } from "./src/hono/ticket_handler.ts";
export type {
  AnyHandler,
  BidiStreamingHandler,
  ClientStreamingHandler,
  Handler,
  Handlers,
  Implementation,
  ServerStreamingHandler,
  UnaryHandler,
} from "./src/rpc/handlers.ts";
export { servicer, type ServicerOptions } from "./src/rpc/servicer.ts";

// Messages, metadata, errors, interceptors: what both sides of a call know.
export { Code, isCode } from "./src/links/code.ts";
export type { Metadata } from "./src/links/ticket.ts";
export type { CallScope } from "./src/rpc/client_options.ts";
export type { HandlerContext } from "./src/rpc/handlers.ts";
export type { MessageStream } from "./src/rpc/incoming_messages.ts";
export type {
  InterceptedCall,
  InterceptedRequest,
  InterceptedResponse,
  Interceptor,
  Next,
  SingleRequest,
  SingleResponse,
  StreamRequest,
  StreamResponse,
} from "./src/rpc/interceptor.ts";
export {
  type MetadataInit,
  type MetadataList,
  type MetadataValue,
  metadataValue,
  metadataValues,
} from "./src/rpc/call_metadata.ts";
export type { Messages } from "./src/rpc/outgoing_messages.ts";
export { type ErrorOrigin, RpcError, type RpcErrorOptions } from "./src/rpc/rpc_error.ts";
export type { WindowOptions } from "./src/rpc/receive_window.ts";

// Ends and links, for those who join them by hand.
export type { AsyncDisposal } from "./src/async_disposal.ts";
export type { Clock, Timer } from "./src/clock.ts";
export {
  type Completion,
  type End,
  type EndOptions,
  invocationEnd,
  NoSuchMethodError,
  type OperateOptions,
  type Operation,
  type OperationContext,
  type OperationSubscription,
  type Operator,
  type Outcome,
  OutcomeKind,
  type ProtocolReceiver,
  serviceEnd,
  type ServiceEndOptions,
  type Servicer,
  type Step,
} from "./src/ends/mod.ts";
export {
  CborError,
  type CborLimits,
  type CborOptions,
  EncodedPayload,
  type ExchangeEvent,
  ExchangeKind,
  type ExchangeOptions,
  type ExchangeReason,
  type FetchFunction,
  type HeadersSource,
  type HttpCallOptions,
  type HttpInvocationContext,
  type InvocationLink,
  invocationLink,
  type InvocationLinkOptions,
  MEDIA_TYPE,
  type ResponseLike,
  type ServiceLink,
  serviceLink,
  type ServiceLinkOptions,
  type SocketBytes,
  type SocketOrigins,
  type UpgradedSocket,
  type UpgradedSocketEvents,
  type UpgradeWebSocket,
  type WebSocketEvent,
  type WebSocketFunction,
  type WebSocketLike,
  type WireLimits,
} from "./src/transport/mod.ts";
export {
  joinLinks,
  type Link,
  newOperationId,
  NULL_LINK,
  type OperationId,
  type Protocol,
  ProtocolKind,
  Subscription,
  Termination,
  type Ticket,
  validateTicket,
} from "./src/links/mod.ts";
