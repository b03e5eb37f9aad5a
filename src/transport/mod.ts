/**
 * Links over HTTP: exchanges, the invocation link over `fetch` and the service link as a Hono handler.
 *
 * @module
 */
export type { HttpCallOptions, HttpInvocationContext } from "./client/call_context.ts";
export type { FetchFunction, HeadersSource, ResponseLike } from "./client/client_request.ts";
export type { ExchangeOptions } from "../exchange/exchange_settings.ts";
export { type InvocationLink, invocationLink } from "./invocation_link.ts";
export type { ExchangeEvent, ExchangeReason, InvocationLinkOptions } from "./invocation_options.ts";
export { type ServiceLink, serviceLink } from "./service_link.ts";
export type { ServiceLinkOptions } from "./service_options.ts";
export type { SocketOrigins, UpgradedSocket, UpgradedSocketEvents, UpgradeWebSocket } from "./socket/upgrade.ts";
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
