/** The WebSocket subprotocol that clients ask for. */
export const SUBPROTOCOL = "ticketlink";

/** What a WebSocket tells, as far as it matters here. */
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
