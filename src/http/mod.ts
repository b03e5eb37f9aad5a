/**
 * Links over HTTP: exchanges, the invocation link over `fetch` and the service link as a Hono handler.
 *
 * @module
 */
export type { HttpCallOptions } from "./call_options.ts";
export type { FetchFunction, HeadersSource } from "./client_request.ts";
export type { ExchangeEvent, ExchangeReason } from "./exchange_event.ts";
export type { ExchangeOptions } from "./exchange_settings.ts";
export type { HttpInvocationContext } from "./invocation_context.ts";
export { type InvocationLink, invocationLink } from "./invocation_link.ts";
export type { InvocationLinkOptions } from "./invocation_options.ts";
export { type ServiceLink, serviceLink } from "./service_link.ts";
export type { ServiceLinkOptions } from "./service_options.ts";
export type { SocketOrigins } from "./socket_upgrade.ts";
export type {
  UpgradedSocket,
  UpgradedSocketEvents,
  UpgradeWebSocket,
  WebSocketEvent,
  WebSocketFunction,
  WebSocketLike,
} from "./web_socket.ts";
export { type CborLimits, EncodedPayload, ExchangeKind, MEDIA_TYPE, type WireLimits } from "../wire/mod.ts";
