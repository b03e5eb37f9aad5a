import type { Mutation } from "./mutation.ts";

/** Exchanges over WebSockets. */
export const SOCKET_MUTATIONS: readonly Mutation[] = [
  {
    name: "SocketMessages.#deliver",
    replace: "this.#pending === undefined || this.#isReadingBlob",
    with: "this.#pending === undefined",
    why: "P7.27: what comes after a blob overtakes it",
  },
  {
    name: "plainBytes",
    replace: "new Uint8Array(value.buffer, value.byteOffset, value.byteLength)",
    with: "new Uint8Array(value.buffer)",
    why: "P7.27: a message of a pool brings all of the pool",
  },
  {
    name: "SocketMessages.take",
    replace: "return this.#refuse(notBytes(data), SocketClose.NOT_BYTES);",
    with: "return;",
    why: "P7.29: text means nothing",
  },
  {
    name: "SocketMessages.take",
    replace: "if (length === 0) return;",
    with: "",
    why: "P7.28: messages without bytes keep an exchange alive",
  },
  {
    name: "SocketMessages.take",
    replace: "waitingBytes > this.#maxWaitingBytes",
    with: "length > this.#maxWaitingBytes",
    why: "P7.31: what waits to be read is without bound",
  },
  {
    name: "SocketMessages.end",
    replace: "this.#end ??= error;",
    with: "this.#waiting.clear(); this.#end ??= error;",
    why: "P7.34: a close overtakes what came before it",
  },
  {
    name: "SocketSender.#sendNext",
    replace: "bytes.byteLength <= MAX_SOCKET_MESSAGE_BYTES",
    with: "true",
    why: "P7.30: messages are as long as what there is to say",
  },
  {
    name: "SocketSender.#sendOn",
    replace: "this.#rest !== undefined && !backlog.isLong",
    with: "this.#rest !== undefined",
    why: "P7.32: what waits in the WebSocket is without bound",
  },
  {
    name: "SocketSender.stop",
    replace: "flush && this.#rest !== undefined",
    with: "false",
    why: "P7.32: what waits is lost when the WebSocket is closed",
  },
  {
    name: "SocketSender.stop",
    replace: "this.#backlog?.stop();",
    with: "",
    why: "P7.32: a backlog is watched for ever",
  },
  {
    name: "SocketBacklog.#lookIn",
    replace: "Math.min(2 * ms, MAX_SOCKET_LOOK_MS)",
    with: "ms",
    why: "§10, MAX_SOCKET_LOOK_MS: peers that do not read are looked at as often as ever",
  },
  {
    name: "bufferedAmount",
    replace:
      'if ("getBufferedAmount" in raw && typeof raw.getBufferedAmount === "function") return raw.getBufferedAmount();',
    with: "",
    why: "P7.32: what waits in a WebSocket of Bun is without bound",
  },
  {
    name: "SocketServerTransport.#adopt",
    replace: "if (this.#isClosed) this.#closeSocket(); else this.#sender.open(socket, socket.raw);",
    with: "this.#sender.open(socket, socket.raw);",
    why: "P7.35: a WebSocket that opens too late stays open",
  },
  {
    name: "SocketServerTransport.close",
    replace: "reason === undefined ? SocketClose.DONE : SocketClose.GIVEN_UP",
    with: "SocketClose.DONE",
    why: "P7.33: a WebSocket is closed in good order however it ends",
  },
  {
    name: "isOwnOrigin",
    replace: "new URL(own).host === host",
    with: "new URL(own).hostname.endsWith(new URL(origin).hostname)",
    why: "P8.15: the port of an origin does not matter",
  },
  {
    name: "isOwnOrigin",
    replace: 'if (url.protocol === "https:" && protocol !== "https:") return false;',
    with: "",
    why: "P8.15: a page without TLS is taken for the server's own",
  },
  {
    name: "upgradeRequest",
    replace: "for (const _header of context.req.raw.headers);",
    with: "",
    why: "on Deno no handler can read a header of the request",
  },
  {
    name: "HttpServiceLink.#openSocket",
    replace: 'exchange?.fail(wireDown("The request has not become a WebSocket"));',
    with: "",
    why: "P8.16: a request that is not upgraded stays an exchange",
  },
  {
    name: "SocketClientTransport.receive",
    replace: "this.#hasReceived ? message : message.then(this.#received)",
    with: "message.then(this.#received)",
    why: "P7.35: a refusal within an open exchange is taken for an answer",
  },
  {
    name: "SocketMessages.#refuse",
    replace: "isHeard = this.#pending !== undefined",
    with: "isHeard = false",
    why: "P9.9: a client does not say which rule its server broke",
  },
  {
    name: "SocketClientTransport.#listen",
    replace: 'socket.binaryType = "arraybuffer";',
    with: "",
    why: "every message is a blob, which has to be read one by one",
  },
  {
    name: "Exchange.#sendEnd",
    replace: "this.tickets.abandon(0, failure)",
    with: "queueMicrotask(() => this.tickets.abandon(0, failure))",
    why: "P9.9: where nothing more comes, operations end without the failure's code",
  },
  {
    name: "SocketSender.fail",
    replace: "pending?.reject(reason);",
    with: "",
    why: "what is sent over a WebSocket that has gone waits for ever",
  },
];
