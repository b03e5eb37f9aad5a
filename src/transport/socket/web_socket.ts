import { foreignText } from "../../links/foreign_value.ts";

/** The WebSocket subprotocol that clients ask for. */
export const SUBPROTOCOL = "ticketlink";

/** An event of a WebSocket, as far as it matters here. */
export interface WebSocketEvent {
  /** Which event it is. */
  readonly type: string;
  /** What has come: bytes of some kind, or text. */
  readonly data?: unknown;
  /** How the WebSocket was closed. */
  readonly code?: number;
  /** Why it was closed. */
  readonly reason?: string;
  /** What went wrong. */
  readonly message?: string;
}

/** A message of bytes: `Uint8Array<ArrayBuffer>`, by a name that TypeScript knows before 5.7, too. */
export type SocketBytes = ReturnType<Uint8ArrayConstructor["of"]>;

/** A client's WebSocket: the platform's, or that of the package `ws`. */
export interface WebSocketLike {
  /** How bytes are to arrive; set to `"arraybuffer"`. */
  binaryType: string;
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  /** Sends a message. */
  send(data: SocketBytes): void;
  /** Closes it. */
  close(code?: number, reason?: string): void;
  /** Listens. */
  addEventListener(type: "open" | "message" | "close" | "error", listener: (event: WebSocketEvent) => void): void;
}

/**
 * Opens a WebSocket: with the platform's own constructor, or with one that can send headers.
 *
 * @param url Where to, as `ws:` or `wss:`.
 * @param protocols The subprotocols to ask for.
 * @param headers The headers of the link and of the call; without a function of one's own, there must be none.
 * @returns The WebSocket, on its way.
 */
export type WebSocketFunction = (url: string, protocols: string[], headers: Headers) => WebSocketLike;

/**
 * Codes with which WebSockets are closed (PROTOCOL.md §7). Browsers and Deno let clients use 1000 and those from 3000 to
 * 4999 alone.
 */
export const SocketClose: Readonly<{ DONE: 1000; NOT_BYTES: 1003; TOO_BIG: 1009; GIVEN_UP: 4000 }> = Object.freeze({
  /** Both sides have sent their end items. */
  DONE: 1000,
  /** A message was text. */
  NOT_BYTES: 1003,
  /** A message was too long. */
  TOO_BIG: 1009,
  /** The exchange is over and not everything was sent. The end item says why, if there is one. */
  GIVEN_UP: 4000,
});

/** Added to the HTTP status of a refusal where it is too late for an HTTP answer, for people who watch the network. */
const REFUSED = 4_000;
/** Bytes of UTF-8 that a reason may have (RFC 6455 §5.5). */
const MAX_REASON_BYTES = 123;

/** The close code for a request that has become a WebSocket but not an exchange. */
export function closeCodeOf(status: number): number {
  return REFUSED + status;
}

/** Cuts a text down to what a reason may have. */
export function closeReason(text: string): string {
  const buffer = new Uint8Array(MAX_REASON_BYTES);
  const { read } = new TextEncoder().encodeInto(text, buffer);
  return text.slice(0, read);
}

/** Describes how a WebSocket was closed. */
export function describeClose({ code, reason }: { readonly code?: number; readonly reason?: string }): string {
  const why = reason === undefined || reason === "" ? "" : `, ${foreignText(reason)}`;
  return `the WebSocket was closed with code ${code ?? "none"}${why}`;
}

/** Closes a WebSocket. Some throw if they are closed already, which changes nothing. */
export function closeSocket(
  socket: { close(code?: number, reason?: string): void },
  code: number,
  reason: string = "",
): void {
  try {
    socket.close(code, reason);
  } catch {
    // It is closed already, or on its way.
  }
}
