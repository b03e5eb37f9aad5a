import { textOf } from "../../links/thrown.ts";
import type { ExchangeAnswer } from "./client_request.ts";
import { type ExchangeFailure, unsent, wireDown } from "../exchange/exchange_failure.ts";
import type { ExchangeSettings } from "../exchange/exchange_settings.ts";
import { readRefusalFrame } from "../../wire/mod.ts";
import { refusalFailure } from "./http_status.ts";
import type { HttpInvocationContext } from "./invocation_context.ts";
import { IncomingBody } from "../exchange/incoming_body.ts";
import { MessageStream, SocketMessages } from "../socket/socket_messages.ts";
import { closeSocket, describeClose, SocketClose, type WebSocketLike } from "../socket/web_socket.ts";
import { SocketSender } from "../socket/socket_sender.ts";

/** All that HTTP has to say: a WebSocket does not show the headers of its response. */
const UPGRADED: HttpInvocationContext = Object.freeze({ status: 101, headers: undefined });

/** What a WebSocket is to carry. */
export interface SocketRequest {
  /** The client's direction. */
  readonly body: ReadableStream<Uint8Array>;
  /** Aborts when the exchange is over. */
  readonly signal: AbortSignal;
  /** Takes what breaks the rules. */
  readonly lost: (failure: ExchangeFailure) => void;
}

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
export class ClientSocket {
  /** Resolves when the server has said something, or when it is known that it will not. */
  readonly answer: Promise<ExchangeAnswer>;
  readonly #socket: WebSocketLike;
  readonly #request: SocketRequest;
  readonly #sender: SocketSender;
  readonly #messages: SocketMessages;
  #incoming: MessageStream | undefined;
  #resolveAnswer!: (answer: ExchangeAnswer) => void;
  #state: "connecting" | "greeting" | "speaking" | "over" = "connecting";
  /** Takes what is to be sent; until the WebSocket is open, nothing. */
  #body: IncomingBody | undefined;
  /** All has been said. */
  #hasEnded = false;

  constructor(socket: WebSocketLike, { clock, maxBufferedBytes }: ExchangeSettings, request: SocketRequest) {
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

  /** What cannot be sent any more is dropped: the exchange learns from the other direction that it is lost. */
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

  /** All that has come has been read. */
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
