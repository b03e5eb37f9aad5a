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
  CborError,
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

// Clients.
export { type Channel, connect } from "./channel/connect.ts";
export { createClient, type UrlClientOptions } from "./channel/create_client.ts";
export type { CallControl, CallOptions, DiscardOptions, HttpResponseInfo } from "./rpc/client_options.ts";
export type {
  BidiStreamingCall,
  CallArguments,
  Client,
  ClientMethod,
  ClientOptions,
  ClientStreamingCall,
  ServerStreamingCall,
  UnaryCall,
} from "./rpc/client.ts";

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
  Step,
} from "./ends/types.ts";
export { type Outcome, OutcomeKind } from "./ends/outcome.ts";
export { invocationEnd } from "./ends/invocation_end.ts";
export { type InvocationLink, invocationLink } from "./transport/invocation_link.ts";
export type { ExchangeEvent, ExchangeReason, InvocationLinkOptions } from "./transport/invocation_options.ts";
export type { HttpCallOptions, HttpInvocationContext } from "./transport/client/call_context.ts";
export type { FetchFunction, HeadersSource, ResponseLike } from "./transport/client/client_request.ts";
export type { ExchangeOptions } from "./exchange/exchange_settings.ts";
export type { SocketBytes, WebSocketEvent, WebSocketFunction, WebSocketLike } from "./transport/socket/web_socket.ts";
export type { CborLimits, CborOptions, ExchangeKind, WireLimits } from "./wire/mod.ts";
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
