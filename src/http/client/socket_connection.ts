import { textOf } from "../../links/thrown.ts";
import { Code } from "../../links/mod.ts";
import { ExchangeKind } from "../../wire/mod.ts";
import { type ExchangeAnswer, joinHeaders } from "./client_request.ts";
import { ClientSocket } from "./client_socket.ts";
import type { Connection, ConnectionRequest } from "./connection.ts";
import { wireDown } from "../exchange/exchange_failure.ts";
import type { ExchangeSettings } from "../exchange/exchange_settings.ts";
import { type SocketTarget, socketUrl } from "./socket_target.ts";
import { SUBPROTOCOL, type WebSocketLike } from "../socket/web_socket.ts";

/** A WebSocket. */
export function socketConnection(settings: SocketTarget & ExchangeSettings): Connection {
  return { kind: ExchangeKind.SOCKET, open: (request) => openSocket(settings, request), greeted: () => {} };
}

async function openSocket(
  settings: SocketTarget & ExchangeSettings,
  request: ConnectionRequest,
): Promise<ExchangeAnswer> {
  const { headers } = request;
  if (headers !== undefined && settings.webSocket === undefined) return HEADERS_UNSENT;
  try {
    const socket = await newSocket(settings, headers);
    return await new ClientSocket(socket, settings, request).answer;
  } catch (error) {
    return { kind: "refused", failure: wireDown(`Cannot open a WebSocket: ${textOf(error)}`) };
  }
}

const HEADERS_UNSENT: ExchangeAnswer = Object.freeze({
  kind: "refused",
  failure: {
    ...wireDown("Cannot send the call's headers: a WebSocket sends none, unless the link has an option webSocket"),
    code: Code.UNIMPLEMENTED,
  },
});

async function newSocket(
  { url, headers, webSocket = newPlatformSocket }: SocketTarget,
  own: HeadersInit | undefined,
): Promise<WebSocketLike> {
  const all = await joinHeaders(headers, own);
  return webSocket(socketUrl(url) ?? url, [SUBPROTOCOL], all);
}

function newPlatformSocket(url: string, protocols: string[]): WebSocketLike {
  return new WebSocket(url, protocols);
}
