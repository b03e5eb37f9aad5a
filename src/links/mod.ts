/**
 * What calls stand on, for those who join its parts by hand: tickets and links, ends, transports, the wire. And the types
 * that the signatures of the other entry points name.
 *
 * @example Record what passes
 * ```ts
 * import { type Link, NULL_LINK, type Ticket } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: Ticket[] = [];
 * const recorder: Link = { acceptTicket: (ticket) => seen.push(ticket), joinLink() {} };
 * recorder.joinLink(NULL_LINK);
 * recorder.acceptTicket({ operationId: "a", sequenceNumber: 0, payload: "hello" });
 * assertEquals(seen[0]?.payload, "hello");
 * ```
 *
 * @module
 */

// Tickets and links.
export { Code, isCode } from "./code.ts";
export { joinLinks, type Link, NULL_LINK } from "./link.ts";
export { MethodKind } from "./method_kind.ts";
export {
  type Metadata,
  newOperationId,
  type OperationId,
  type Protocol,
  ProtocolKind,
  Subscription,
  Termination,
  type Ticket,
} from "./ticket.ts";
export type { Transport, TransportFailure, TransportTraits } from "./transport.ts";
export { validateTicket } from "./validate_ticket.ts";

// Ends, and what serves services at one.
export { invocationEnd } from "../ends/invocation_end.ts";
export { type Outcome, OutcomeKind } from "../ends/outcome.ts";
export { NoSuchMethodError } from "../ends/served_operation.ts";
export { serviceEnd, type ServiceEndOptions } from "../ends/service_end.ts";
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
} from "../ends/types.ts";
export { servicer, type ServicerOptions } from "../rpc/servicer.ts";

// Transports.
export type { ExchangeFlow, ExchangeLimits, ExchangeOptions, ExchangeTimeouts } from "../exchange/exchange_settings.ts";
export type { HttpCallOptions, HttpInvocationContext } from "../transport/client/call_context.ts";
export type { FetchFunction, HeadersSource, ResponseLike } from "../transport/client/client_request.ts";
export { type InvocationLink, invocationLink } from "../transport/invocation_link.ts";
export type {
  ExchangeEvent,
  ExchangeReason,
  InvocationLinkLimits,
  InvocationLinkOptions,
  InvocationLinkTimeouts,
} from "../transport/invocation_options.ts";
export { type ServiceLink, serviceLink } from "../transport/service_link.ts";
export type { ServiceLinkLimits, ServiceLinkOptions, ServiceLinkTimeouts } from "../transport/service_options.ts";
export type {
  SocketOrigins,
  UpgradedSocket,
  UpgradedSocketEvents,
  UpgradeWebSocket,
} from "../transport/socket/upgrade.ts";
export type { SocketBytes, WebSocketEvent, WebSocketFunction, WebSocketLike } from "../transport/socket/web_socket.ts";

// The wire.
export { CborError } from "../cbor/cbor_error.ts";
export type { CborLimits, CborOptions } from "../cbor/profile.ts";
export { EncodedPayload } from "../wire/encoded_payload.ts";
export { ExchangeKind } from "../wire/exchange_kind.ts";
export { MEDIA_TYPE } from "../wire/media_type.ts";
export type { WireLimits } from "../wire/wire_limits.ts";

// What signatures name.
export type { AsyncDisposal } from "../async_disposal.ts";
export type { Clock, Timer } from "../clock.ts";
export type { MetadataList, MetadataValue } from "../rpc/call_metadata.ts";
export type { CallValues } from "../rpc/call_values.ts";
export type { CallArguments, ClientMethod } from "../rpc/client.ts";
export type { CallControl, CallScope } from "../rpc/client_options.ts";
export type { AnyHandler, Handler } from "../rpc/handlers.ts";
export type {
  InterceptedCall,
  Next,
  SingleRequest,
  SingleResponse,
  StreamRequest,
  StreamResponse,
} from "../rpc/interceptor.ts";
export type {
  MessageType,
  MethodFactory,
  MethodOptions,
  SchemaMethodOptions,
  SerializerOptions,
} from "../rpc/method.ts";
export type { WindowOptions } from "../rpc/receive_window.ts";
export type { ErrorOrigin } from "../rpc/rpc_error.ts";
export type { UniversalSerializer } from "../rpc/serializer.ts";
export type { MethodMap } from "../rpc/service_contract.ts";
export type { SchemaInput, SchemaIssue, SchemaOutput, SchemaProperties } from "../rpc/standard_schema.ts";
