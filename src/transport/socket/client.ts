import { Code } from "../../links/code.ts";
import { textOf } from "../../links/thrown.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import { readRefusalFrame } from "../../wire/refusal_frame.ts";
import type { HttpInvocationContext } from "../client/call_context.ts";
import type { Connection, ConnectionRequest } from "../client/client_exchange.ts";
import { type ExchangeAnswer, type HeadersSource, joinHeaders, refusalFailure } from "../client/client_request.ts";
import { type ExchangeFailure, unsent, wireDown } from "../../exchange/exchange_failure.ts";
import type { ExchangeSettings } from "../../exchange/exchange_settings.ts";
import { IncomingBody } from "../../exchange/incoming_body.ts";
import { MessageStream, SocketMessages } from "./socket_messages.ts";
import { SocketSender } from "./socket_sender.ts";
import {
  closeSocket,
  describeClose,
  SocketClose,
  SUBPROTOCOL,
  type WebSocketFunction,
  type WebSocketLike,
} from "./web_socket.ts";

/** Where the WebSockets of a link go. */
export interface SocketTarget {
  readonly url: string;
  readonly headers: HeadersSource | undefined;
  /** What opens them, where the platform's own constructor is not to. */
  readonly webSocket: WebSocketFunction | undefined;
}

/** Finds why no WebSocket can be had here; `undefined` if nothing is known to be in the way. */
export function socketProblem({ url, headers, webSocket }: SocketTarget): string | undefined {
  if (socketUrl(url) === undefined) return `"${url}" is no URL that a WebSocket can have`;
  if (webSocket !== undefined) return undefined;
  if (typeof globalThis.WebSocket !== "function") return "there is no WebSocket here, and no option webSocket";
  if (headers !== undefined) return "a WebSocket sends no headers, unless there is an option webSocket";
  return undefined;
}

/** The address of a WebSocket that is meant by one of HTTP, or by a path of the page's server. */
function socketUrl(url: string): string | undefined {
  const base = "location" in globalThis ? globalThis.location?.href : undefined;
  if (!URL.canParse(url, base)) return undefined;
  const parsed = new URL(url, base);
  const protocol = PROTOCOLS.get(parsed.protocol);
  if (protocol === undefined) return undefined;
  parsed.protocol = protocol;
  // A WebSocket's has none.
  parsed.hash = "";
  return parsed.href;
}

const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ["http:", "ws:"],
  ["https:", "wss:"],
  ["ws:", "ws:"],
  ["wss:", "wss:"],
]);

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

/** All that is known of the response: a WebSocket does not show its headers. */
const UPGRADED: HttpInvocationContext = Object.freeze({ status: 101, headers: undefined });

/**
 * A client's WebSocket that carries an exchange: it takes the client's direction from a stream and makes a stream of the
 * server's.
 *
 * ```text
 * connecting ──open──▶ greeting ──first message──▶ speaking
 *     └────────────────────┴─────────close─────────────┴────▶ over
 * ```
 *
 * Until it is *speaking*, what goes wrong is the answer; then it is an error of the stream.
 */
class ClientSocket {
  /** Resolves with the first message of the server, or when it is known that none comes. */
  readonly answer: Promise<ExchangeAnswer>;
  readonly #socket: WebSocketLike;
  readonly #request: ConnectionRequest;
  readonly #sender: SocketSender;
  readonly #messages: SocketMessages;
  #incoming: MessageStream | undefined;
  #resolveAnswer!: (answer: ExchangeAnswer) => void;
  #state: "connecting" | "greeting" | "speaking" | "over" = "connecting";
  /** Takes what is to be sent; until the WebSocket is open, nothing. */
  #body: IncomingBody | undefined;
  /** The end item has been sent. */
  #hasEnded = false;

  constructor(socket: WebSocketLike, { clock, maxBufferedBytes }: ExchangeSettings, request: ConnectionRequest) {
    this.#socket = socket;
    this.#request = request;
    this.answer = new Promise((resolve) => this.#resolveAnswer = resolve);
    this.#sender = new SocketSender(clock, socket, socket, {
      drained: () => this.#body?.resume(),
      broken: () => this.#messages.end("the WebSocket takes nothing more"),
    });
    this.#messages = new SocketMessages(maxBufferedBytes, {
      bytes: (bytes) => this.#received(bytes),
      ended: (why) => this.#ended(why),
      refused: (failure) => this.#refused(failure),
    });
    this.#listen();
  }

  #listen(): void {
    this.#socket.binaryType = "arraybuffer";
    this.#socket.addEventListener("open", () => this.#opened());
    this.#socket.addEventListener("message", ({ data }) => this.#messages.take(data));
    this.#socket.addEventListener("close", (event) => this.#messages.end(describeClose(event)));
    // Not every platform closes a WebSocket that could not be opened.
    this.#socket.addEventListener("error", ({ message }) => this.#messages.end(message || "the WebSocket has failed"));
    this.#request.signal.addEventListener("abort", this.#aborted);
    if (this.#request.signal.aborted) this.#aborted();
  }

  #opened(): void {
    if (this.#state !== "connecting") return;
    this.#state = "greeting";
    this.#body = new IncomingBody(this.#request.body, {
      chunk: (bytes) => this.#send(bytes),
      ended: () => this.#hasEnded = true,
      failed: () => {},
    });
  }

  /** Drops what cannot be sent any more: the exchange learns from the other direction that the connection is lost. */
  #send(bytes: Uint8Array): void {
    if (this.#state === "over") return;
    this.#body?.pause();
    // The chunks of an exchange are on buffers of their own; the type of a stream does not say so.
    this.#sender.send(bytes as Uint8Array<ArrayBuffer>);
  }

  #received(bytes: Uint8Array): void {
    if (this.#state === "over") return;
    // A refusal is the only message of its server. No runtime opens a WebSocket twice by itself.
    const refusal = this.#incoming === undefined ? readRefusalFrame(bytes) : undefined;
    if (refusal !== undefined) return this.#end(refusalFailure(refusal, false));
    this.#incoming ??= this.#accept();
    this.#incoming.push(bytes);
  }

  #accept(): MessageStream {
    this.#state = "speaking";
    const incoming = new MessageStream(this.#messages);
    this.#resolveAnswer({ kind: "accepted", response: UPGRADED, body: incoming.stream.getReader() });
    return incoming;
  }

  /** All messages have been read. */
  #ended(why: string): void {
    this.#incoming?.fail(new Error(why));
    if (this.#state !== "connecting") return this.#end(wireDown(`Lost the connection: ${why}`));
    this.#end(unsent(wireDown(`Cannot reach the server: ${why}`)));
  }

  #refused(failure: ExchangeFailure): void {
    if (this.#incoming === undefined) return this.#end(failure);
    // The server is told, so that the WebSocket is closed only when the exchange is over.
    this.#request.lost(failure);
    this.#incoming.fail(new Error(textOf(failure.message)));
  }

  readonly #aborted = (): void => this.#end(wireDown("The exchange is over"));

  #end(failure: ExchangeFailure): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#request.signal.removeEventListener("abort", this.#aborted);
    this.#messages.stop();
    this.#sender.stop(this.#hasEnded);
    this.#body?.resume();
    closeSocket(this.#socket, this.#hasEnded ? SocketClose.DONE : SocketClose.GIVEN_UP);
    this.#resolveAnswer({ kind: "refused", failure });
  }
}
