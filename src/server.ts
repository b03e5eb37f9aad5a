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
} from "./rpc/method.ts";
export {
  bytesSerializer,
  cborSerializer,
  cborSerializerWith,
  jsonSerializer,
  type Serializer,
  textSerializer,
  type UniversalSerializer,
} from "./rpc/serializer.ts";
export { defineService, type MethodMap, type ServiceContract } from "./rpc/service_contract.ts";
export {
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type SchemaProperties,
  type SchemaResult,
  type StandardSchema,
  unchecked,
} from "./rpc/standard_schema.ts";

// Servers.
export { implement } from "./hono/implement.ts";
export { type TicketHandler, ticketHandler, type TicketHandlerOptions } from "./hono/ticket_handler.ts";
export type {
  AnyHandler,
  BidiStreamingHandler,
  ClientStreamingHandler,
  Handler,
  Handlers,
  Implementation,
  ServerStreamingHandler,
  UnaryHandler,
} from "./rpc/handlers.ts";
export { servicer, type ServicerOptions } from "./rpc/servicer.ts";

// Messages, metadata, errors, interceptors: what both sides of a call know.
export { Code, isCode } from "./links/code.ts";
export type { Metadata } from "./links/ticket.ts";
export type { CallScope } from "./rpc/client_options.ts";
export type { HandlerContext } from "./rpc/handlers.ts";
export type { MessageStream } from "./rpc/incoming_messages.ts";
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
} from "./rpc/interceptor.ts";
export {
  type MetadataInit,
  type MetadataList,
  type MetadataValue,
  metadataValue,
  metadataValues,
} from "./rpc/call_metadata.ts";
export type { Messages } from "./rpc/outgoing_messages.ts";
export { type ErrorOrigin, RpcError, type RpcErrorOptions } from "./rpc/rpc_error.ts";
export type { WindowOptions } from "./rpc/receive_window.ts";

// Ends and links, for those who join them by hand.
export type { AsyncDisposal } from "./async_disposal.ts";
export type { Clock, Timer } from "./clock.ts";
export type {
  Completion,
  End,
  EndOptions,
  OperateOptions,
  Operation,
  OperationContext,
  OperationSubscription,
  Operator,
  ProtocolReceiver,
  Servicer,
  Step,
} from "./ends/types.ts";
export { type Outcome, OutcomeKind } from "./ends/outcome.ts";
export { serviceEnd, type ServiceEndOptions } from "./ends/service_end.ts";
export { NoSuchMethodError } from "./ends/served_operation.ts";
export {
  CborError,
  type CborLimits,
  type CborOptions,
  ExchangeKind,
  type ExchangeOptions,
  MEDIA_TYPE,
  type WireLimits,
} from "./transport/mod.ts";
export { type ServiceLink, serviceLink } from "./transport/service_link.ts";
export type { ServiceLinkOptions } from "./transport/service_options.ts";
export type {
  SocketBytes,
  SocketOrigins,
  UpgradedSocket,
  UpgradedSocketEvents,
  UpgradeWebSocket,
} from "./transport/mod.ts";
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
} from "./links/mod.ts";
