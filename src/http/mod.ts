/**
 * Links over HTTP: exchanges, the invocation link over `fetch` and the service link as a Hono handler.
 *
 * @module
 */
export type { HttpCallOptions } from "./client/call_options.ts";
export type { FetchFunction, HeadersSource, ResponseLike } from "./client/client_request.ts";
export type { ExchangeEvent, ExchangeReason } from "./client/exchange_event.ts";
export type { ExchangeOptions } from "./exchange/exchange_settings.ts";
export type { HttpInvocationContext } from "./client/invocation_context.ts";
export { type InvocationLink, invocationLink } from "./client/invocation_link.ts";
export type { InvocationLinkOptions } from "./client/invocation_options.ts";
export { type ServiceLink, serviceLink } from "./service/service_link.ts";
export type { ServiceLinkOptions } from "./service/service_options.ts";
export type { SocketOrigins } from "./service/socket_upgrade.ts";
export type { UpgradedSocket, UpgradedSocketEvents, UpgradeWebSocket } from "./service/upgraded_socket.ts";
export type { SocketBytes, WebSocketEvent, WebSocketFunction, WebSocketLike } from "./socket/web_socket.ts";
export {
  CborError,
  type CborLimits,
  type CborOptions,
  EncodedPayload,
  ExchangeKind,
  MEDIA_TYPE,
  type WireLimits,
} from "../wire/mod.ts";
