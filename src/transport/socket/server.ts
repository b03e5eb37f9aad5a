import { mostUnreadBytes } from "../../exchange/exchange_settings.ts";
import type { Protocol } from "../../links/ticket.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import { refusalFrame } from "../../wire/refusal_writer.ts";
import type { HttpRefusal } from "../server/http_refusal.ts";
import type { ServiceExchangeSettings, ServiceTransport } from "../server/service_transport.ts";
import { SOCKET_TRAITS, SocketMessages } from "./socket_messages.ts";
import { SocketSender } from "./socket_sender.ts";
import type { UpgradedSocket, UpgradedSocketEvents } from "./upgrade.ts";
import { closeCodeOf, closeReason, closeSocket, describeClose, SocketClose } from "./web_socket.ts";

/** How a WebSocket is to be closed. */
interface Closing {
  readonly code: number;
  readonly reason?: string;
  /** A message that is sent before. */
  readonly lastMessage?: Uint8Array<ArrayBuffer>;
}

/**
 * The server's side of a WebSocket. The object comes with the first event; on Workers, which do not report the opening, that
 * is the first message.
 */
export class SocketServerTransport implements ServiceTransport {
  readonly traits = SOCKET_TRAITS;
  readonly kinds = [ExchangeKind.SOCKET];
  readonly context: Protocol;
  readonly #sender: SocketSender;
  readonly #messages: SocketMessages;
  #socket: UpgradedSocket | undefined;
  #hasEnded = false;
  #closing: Closing | undefined;
  #isClosed = false;

  constructor(settings: ServiceExchangeSettings, context: Protocol) {
    this.context = context;
    this.#sender = new SocketSender(settings.clock, () => this.#lose("the WebSocket takes nothing more"));
    this.#messages = new SocketMessages(mostUnreadBytes(settings), {
      refused: (code, reason, isHeard) => this.#refuse({ code, reason: closeReason(reason) }, isHeard),
      over: (error) => this.#sender.fail(error),
    });
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
      this.#lose(describeClose(event));
    },
    onError: (_event, socket) => {
      this.#adopt(socket);
      this.#lose("the WebSocket has failed");
    },
  };

  send(chunk: Uint8Array<ArrayBuffer>): void | Promise<void> {
    return this.#sender.send(chunk);
  }

  receive(): Promise<Uint8Array | undefined> {
    return this.#messages.receive();
  }

  closeSend(): void {
    this.#hasEnded = true;
  }

  close(reason?: Error): void {
    this.#isClosed = true;
    this.#messages.stop();
    this.#sender.stop(this.#hasEnded);
    this.#closing ??= { code: reason === undefined ? SocketClose.DONE : SocketClose.GIVEN_UP };
    this.#closeSocket();
  }

  opened(): void {}

  refused({ status, text }: HttpRefusal): void {
    this.#closing ??= {
      code: closeCodeOf(status),
      reason: closeReason(text),
      lastMessage: refusalFrame(status, text),
    };
  }

  #adopt(socket: UpgradedSocket): void {
    if (this.#socket !== undefined) return;
    this.#socket = socket;
    askForBytes(socket.raw);
    if (this.#isClosed) this.#closeSocket();
    else this.#sender.open(socket, socket.raw);
  }

  #lose(why: string): void {
    this.#messages.end(new Error(why));
  }

  /** Who hears of it tells the client why, before the WebSocket is closed. */
  #refuse(closing: Closing, isHeard: boolean): void {
    this.#closing ??= closing;
    if (!isHeard) this.#closeSocket();
  }

  #closeSocket(): void {
    if (this.#socket === undefined || this.#closing === undefined) return;
    const { code, reason, lastMessage } = this.#closing;
    if (lastMessage !== undefined) sendLast(this.#socket, lastMessage);
    closeSocket(this.#socket, code, reason);
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
