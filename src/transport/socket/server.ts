import type { Clock } from "../../clock.ts";
import { Code } from "../../links/code.ts";
import type { Protocol } from "../../links/ticket.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import { refusalFrame } from "../../wire/refusal_frame.ts";
import { type ExchangeFailure, violation, wireDown } from "../../exchange/exchange_failure.ts";
import type { HttpRefusal } from "../server/http_refusal.ts";
import type { ChunkSink, ChunkSource } from "../../exchange/outgoing_chunks.ts";
import { ServiceExchange, type ServiceExchangeLink } from "../server/service_exchange.ts";
import type { ServiceExchangeSettings, ServiceTransport } from "../server/service_transport.ts";
import { SocketMessages } from "./socket_messages.ts";
import { SocketSender } from "./socket_sender.ts";
import type { UpgradedSocket, UpgradedSocketEvents } from "./upgrade.ts";
import { closeCodeOf, closeReason, closeSocket, describeClose, SocketClose } from "./web_socket.ts";

/** P6.9: the end item is the last frame. */
const AFTER_THE_END = violation(Code.INTERNAL, "Cannot go on with the exchange: got a message after the end item");

/** How a WebSocket is to be closed. */
interface Closing {
  readonly code: number;
  readonly reason?: string;
  /** A message that is sent before. */
  readonly lastMessage?: Uint8Array<ArrayBuffer>;
}

/**
 * A WebSocket that carries a *socket* exchange to a server. The object comes with the first event; on Workers, which do not
 * report the opening, that is the first message.
 */
export class SocketTransport implements ServiceTransport, ChunkSink {
  /** The exchange. */
  readonly exchange: ServiceExchange;
  readonly kinds = [ExchangeKind.SOCKET];
  readonly context: Protocol;
  readonly sink: ChunkSink = this;
  readonly #clock: Clock;
  readonly #messages: SocketMessages;
  #source!: ChunkSource;
  #socket: UpgradedSocket | undefined;
  #sender: SocketSender | undefined;
  /** The end item has been sent. */
  #hasEnded = false;
  #closing: Closing | undefined;
  #isOver = false;

  constructor(link: ServiceExchangeLink, settings: ServiceExchangeSettings, context: Protocol) {
    this.context = context;
    this.#clock = settings.clock;
    this.#messages = this.#newMessages(settings.maxBufferedBytes);
    this.exchange = new ServiceExchange(link, settings, this);
    this.exchange.incoming.attach(this.#messages);
  }

  /** What the platform tells of the WebSocket. */
  readonly events: UpgradedSocketEvents = {
    onOpen: (_event, socket) => this.#adopt(socket),
    onMessage: ({ data }, socket) => {
      this.#adopt(socket);
      this.#messages.take(data);
    },
    onClose: (event, socket) => {
      this.#adopt(socket);
      this.#messages.end(describeClose(event));
    },
    onError: (_event, socket) => {
      this.#adopt(socket);
      this.#messages.end("the WebSocket has failed");
    },
  };

  /** There will be no WebSocket. */
  abandon(): void {
    this.exchange.fail(wireDown("The request has not become a WebSocket"));
  }

  open(source: ChunkSource): void {
    this.#source = source;
  }

  chunk(bytes: Uint8Array<ArrayBuffer>): void {
    this.#sender?.send(bytes);
  }

  end(): void {
    this.#hasEnded = true;
  }

  /** The WebSocket is closed in {@linkcode closed}. */
  cut(): void {}

  opened(): void {}

  refused({ status, text }: HttpRefusal): void {
    this.#closing ??= {
      code: closeCodeOf(status),
      reason: closeReason(text),
      lastMessage: refusalFrame(status, text),
    };
  }

  closed(): void {
    this.#isOver = true;
    this.#sender?.stop(this.#hasEnded);
    const isThrough = this.#hasEnded && this.exchange.incoming.peerHasEnded;
    this.#closing ??= { code: isThrough ? SocketClose.DONE : SocketClose.GIVEN_UP };
    this.#close();
  }

  #adopt(socket: UpgradedSocket): void {
    if (this.#socket !== undefined) return;
    this.#socket = socket;
    askForBytes(socket.raw);
    if (this.#isOver) return this.#close();
    this.#sender = new SocketSender(this.#clock, socket, socket.raw, {
      drained: () => queueMicrotask(() => this.#source.pull()),
      broken: () => this.#messages.end("the WebSocket takes nothing more"),
    });
    this.#source.pull();
  }

  #close(): void {
    if (this.#socket === undefined || this.#closing === undefined) return;
    const { code, reason, lastMessage } = this.#closing;
    if (lastMessage !== undefined) sendLast(this.#socket, lastMessage);
    closeSocket(this.#socket, code, reason);
  }

  #newMessages(maxBytes: number): SocketMessages {
    return new SocketMessages(maxBytes, {
      bytes: (bytes) => this.#received(bytes),
      ended: (why) => this.#lost(why),
      refused: (failure, code) => this.#refuse(failure, code),
    });
  }

  #received(bytes: Uint8Array): void {
    const { incoming } = this.exchange;
    if (!incoming.peerHasEnded) return incoming.chunk(bytes);
    this.#messages.stop();
    this.#refuse(AFTER_THE_END, SocketClose.GIVEN_UP);
  }

  #refuse(failure: ExchangeFailure, code: number): void {
    this.#closing ??= { code, reason: closeReason(String(failure.message)) };
    this.exchange.fail(failure);
    // Nothing more is read, so the end of the direction is not waited for.
    this.exchange.incoming.ended();
  }

  #lost(why: string): void {
    const reason = new Error(why);
    this.exchange.incoming.failed(reason);
    this.#source.cancel(reason);
  }
}

/** Sends a last message. A WebSocket that is closed already may throw, which does not matter. */
function sendLast(socket: UpgradedSocket, bytes: Uint8Array<ArrayBuffer>): void {
  try {
    socket.send(bytes);
  } catch {
    // The client has left.
  }
}

/** Asks for bytes where blobs are the default, which can be read only later. */
function askForBytes(raw: unknown): void {
  if (typeof raw === "object" && raw !== null && "binaryType" in raw && raw.binaryType === "blob") {
    raw.binaryType = "arraybuffer";
  }
}
