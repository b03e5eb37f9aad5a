import { mostUnreadBytes } from "../../exchange/exchange_settings.ts";
import { Code } from "../../links/code.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import { readRefusalFrame } from "../../wire/refusal_frame.ts";
import type { HttpInvocationContext } from "../client/call_context.ts";
import type { Carrier, ClientTransport, TransportRequest } from "../client/client_exchange.ts";
import { joinHeaders, refusalFailure } from "../client/client_request.ts";
import { type ExchangeFailure, wireDown, wireDownBy } from "../../exchange/exchange_failure.ts";
import { TransportError, unsent } from "../../exchange/transport_failure.ts";
import type { ExchangeSettings } from "../../exchange/exchange_settings.ts";
import { SOCKET_TRAITS, SocketMessages } from "./socket_messages.ts";
import { SocketSender } from "./socket_sender.ts";
import { type SocketTarget, socketUrl } from "./socket_url.ts";
import { closeReason, closeSocket, describeClose, SocketClose, SUBPROTOCOL, type WebSocketLike } from "./web_socket.ts";

/** A WebSocket. */
export function socketCarrier(settings: SocketTarget & ExchangeSettings): Carrier {
  return { kind: ExchangeKind.SOCKET, open: (request) => new SocketClientTransport(settings, request) };
}

const HEADERS_UNSENT: ExchangeFailure = Object.freeze({
  ...wireDown("Cannot send the call's headers: a WebSocket sends none, unless the link has an option webSocket"),
  code: Code.UNIMPLEMENTED,
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

/** All that is known of the response: a WebSocket does not show its headers. */
const UPGRADED: HttpInvocationContext = Object.freeze({ status: 101, headers: undefined });

/**
 * The client's side of a WebSocket.
 *
 * ```text
 * connecting ──open──▶ open ──close()──▶ closed
 *     └──────close()───────────────────────┘
 * ```
 */
class SocketClientTransport implements ClientTransport {
  readonly traits = SOCKET_TRAITS;
  readonly #request: TransportRequest;
  readonly #sender: SocketSender;
  readonly #messages: SocketMessages;
  #socket: WebSocketLike | undefined;
  #state: "connecting" | "open" | "closed" = "connecting";
  #hasReceived = false;
  #hasEnded = false;

  constructor(settings: SocketTarget & ExchangeSettings, request: TransportRequest) {
    this.#request = request;
    this.#sender = new SocketSender(settings.clock, () => this.#lose("the WebSocket takes nothing more"));
    this.#messages = new SocketMessages(mostUnreadBytes(settings), {
      // Who hears of it tells the server why, before the WebSocket is closed.
      refused: (code, reason, isHeard) => isHeard || this.#closeSocket(code, closeReason(reason)),
      over: (error) => this.#sender.fail(error),
    });
    // All failures go to who receives, so this promise never rejects.
    void this.#connect(settings);
  }

  send(chunk: Uint8Array<ArrayBuffer>): void | Promise<void> {
    return this.#sender.send(chunk);
  }

  receive(): Promise<Uint8Array | undefined> {
    const message = this.#messages.receive();
    return this.#hasReceived ? message : message.then(this.#received);
  }

  closeSend(): void {
    this.#hasEnded = true;
  }

  close(reason?: Error): void {
    this.#state = "closed";
    this.#messages.stop();
    this.#sender.stop(this.#hasEnded);
    this.#closeSocket(reason === undefined ? SocketClose.DONE : SocketClose.GIVEN_UP);
  }

  #closeSocket(code: number, reason?: string): void {
    if (this.#socket !== undefined) closeSocket(this.#socket, code, reason);
  }

  async #connect(settings: SocketTarget & ExchangeSettings): Promise<void> {
    const { headers } = this.#request;
    if (headers !== undefined && settings.webSocket === undefined) return this.#fail(HEADERS_UNSENT);
    try {
      this.#socket = await newSocket(settings, headers);
      if (this.#isClosed) closeSocket(this.#socket, SocketClose.GIVEN_UP);
      else this.#listen(this.#socket);
    } catch (error) {
      this.#fail(wireDownBy("Cannot open a WebSocket", error));
    }
  }

  /** In a method of its own, since the compiler does not see that the state changes while a promise is awaited. */
  get #isClosed(): boolean {
    return this.#state === "closed";
  }

  #listen(socket: WebSocketLike): void {
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => this.#opened(socket));
    socket.addEventListener("message", ({ data }) => this.#messages.take(data));
    socket.addEventListener("close", (event) => this.#lose(describeClose(event)));
    // Not every platform closes a WebSocket that could not be opened.
    socket.addEventListener("error", ({ message }) => this.#lose(message || "the WebSocket has failed"));
  }

  #opened(socket: WebSocketLike): void {
    if (this.#state !== "connecting") return;
    this.#state = "open";
    this.#sender.open(socket, socket);
  }

  /** A refusal is the only message of its server. No runtime opens a WebSocket twice by itself. */
  readonly #received = (bytes: Uint8Array | undefined): Uint8Array | undefined => {
    if (bytes === undefined) return undefined;
    const refusal = readRefusalFrame(bytes);
    if (refusal !== undefined) throw new TransportError(refusalFailure(refusal, false));
    this.#hasReceived = true;
    this.#request.opened(UPGRADED);
    return bytes;
  };

  #lose(why: string): void {
    if (this.#state !== "connecting") return this.#fail(wireDown(`Lost the connection: ${why}`));
    this.#fail(unsent(wireDown(`Cannot open a WebSocket: ${why}; if the server refused it, its onError says why`)));
  }

  #fail(failure: ExchangeFailure): void {
    this.#messages.end(new TransportError(failure));
  }
}
