import type { Mutation } from "./mutation.ts";

/** Exchanges over WebSockets. */
export const SOCKET_MUTATIONS: readonly Mutation[] = [
  {
    file: "src/transport/socket/socket_messages.ts",
    text: "    if (isWanted && isBytes(message)) return this.#events.bytes(message);\n",
    replacement: "    if (isBytes(message)) return this.#events.bytes(message);\n",
    why: "P7.27: what comes after a blob overtakes it",
  },
  {
    file: "src/exchange/incoming_body.ts",
    text: "new Uint8Array(value.buffer, value.byteOffset, value.byteLength)",
    replacement: "new Uint8Array(value.buffer)",
    why: "P7.27: a message of a pool brings all of the pool",
  },
  {
    file: "src/transport/socket/socket_messages.ts",
    text: "    if (message === undefined) return this.#refuse(notBytes(data), SocketClose.NOT_BYTES);\n",
    replacement: "    if (message === undefined) return;\n",
    why: "P7.29: text means nothing",
  },
  {
    file: "src/transport/socket/socket_messages.ts",
    text: "    if (length === 0) return;\n",
    replacement: "",
    why: "P7.28: messages without bytes keep an exchange alive",
  },
  {
    file: "src/transport/socket/socket_messages.ts",
    text: "    if (waitingBytes > this.#maxWaitingBytes) {\n",
    replacement: "    if (length > this.#maxWaitingBytes) {\n",
    why: "P7.31: what waits to be read is without bound",
  },
  {
    file: "src/transport/socket/socket_messages.ts",
    text: "  end(why: string): void {\n    this.#end ??= why;\n    this.#deliver();\n",
    replacement:
      "  end(why: string): void {\n    this.#waiting.clear();\n    this.#end ??= why;\n    this.#deliver();\n",
    why: "P7.34: a close overtakes what came before it",
  },
  {
    file: "src/transport/socket/socket_sender.ts",
    text: "const isLast = bytes.byteLength <= MAX_SOCKET_MESSAGE_BYTES;",
    replacement: "const isLast = true;",
    why: "P7.30: messages are as long as what there is to say",
  },
  {
    file: "src/transport/socket/socket_sender.ts",
    text: "    if (this.#backlog.isLong) this.#backlog.whenShort(this.#sendOn);\n    else this.#events.drained();\n",
    replacement: "    this.#events.drained();\n",
    why: "P7.32: what waits in the WebSocket is without bound",
  },
  {
    file: "src/transport/socket/socket_sender.ts",
    text: "while (flush && this.#rest !== undefined)",
    replacement: "while (false && this.#rest !== undefined)",
    why: "P7.32: what waits is lost when the WebSocket is closed",
  },
  {
    file: "src/transport/socket/socket_sender.ts",
    text: "    this.#backlog.stop();\n",
    replacement: "",
    why: "P7.32: a backlog is watched for ever",
  },
  {
    file: "src/transport/socket/socket_sender.ts",
    text: "Math.min(2 * ms, MAX_SOCKET_LOOK_MS)",
    replacement: "ms",
    why: "§10, MAX_SOCKET_LOOK_MS: peers that do not read are looked at as often as ever",
  },
  {
    file: "src/transport/socket/socket_sender.ts",
    text:
      'if ("getBufferedAmount" in raw && typeof raw.getBufferedAmount === "function") return raw.getBufferedAmount();',
    replacement: "",
    why: "P7.32: what waits in a WebSocket of Bun is without bound",
  },
  {
    file: "src/transport/socket/server.ts",
    text: "    if (!incoming.peerHasEnded) return incoming.chunk(bytes);\n",
    replacement: "    if (incoming !== undefined) return incoming.chunk(bytes);\n",
    why: "P6.9: messages may follow the end item",
  },
  {
    file: "src/transport/socket/server.ts",
    text: "    if (this.#isOver) return this.#close();\n",
    replacement: "",
    why: "P7.35: a WebSocket that opens too late stays open",
  },
  {
    file: "src/transport/socket/server.ts",
    text: "const isThrough = this.#hasEnded && this.exchange.incoming.peerHasEnded;",
    replacement: "const isThrough = true;",
    why: "P7.33: a WebSocket is closed in good order however it ends",
  },
  {
    file: "src/transport/socket/server.ts",
    text: "    this.exchange.incoming.failed(reason);\n    this.#source.cancel(reason);\n",
    replacement: "    this.exchange.incoming.failed(reason);\n",
    why: "P7.34: a client that has ended and left is not missed",
  },
  {
    file: "src/transport/socket/upgrade.ts",
    text: "new URL(own).host === host;",
    replacement: "new URL(own).hostname.endsWith(new URL(origin).hostname);",
    why: "P8.15: the port of an origin does not matter",
  },
  {
    file: "src/transport/socket/upgrade.ts",
    text: '  if (url.protocol === "https:" && protocol !== "https:") return false;\n',
    replacement: "",
    why: "P8.15: a page without TLS is taken for the server's own",
  },
  {
    file: "src/transport/socket/upgrade.ts",
    text: "  for (const _header of context.req.raw.headers);\n",
    replacement: "",
    why: "on Deno no handler can read a header of the request",
  },
  {
    file: "src/transport/service_link.ts",
    text: "    transport.abandon();\n",
    replacement: "",
    why: "P8.16: a request that is not upgraded stays an exchange",
  },
  {
    file: "src/transport/socket/client.ts",
    text: "this.#incoming === undefined ? readRefusalFrame(bytes) : undefined",
    replacement: "readRefusalFrame(bytes)",
    why: "P7.35: a refusal within an open exchange is taken for an answer",
  },
  {
    file: "src/transport/socket/client.ts",
    text: "    this.#request.lost(failure);\n",
    replacement: "",
    why: "P9.9: a client does not say which rule its server broke",
  },
  {
    file: "src/transport/socket/client.ts",
    text: '    this.#socket.binaryType = "arraybuffer";\n',
    replacement: "",
    why: "every message is a blob, which has to be read one by one",
  },
  {
    file: "src/exchange/exchange.ts",
    text: "    if (failure !== undefined) this.tickets.abandon(0, failure);\n",
    replacement: "    if (failure !== undefined) queueMicrotask(() => this.tickets.abandon(0, failure));\n",
    why: "P9.9: where nothing more comes, operations end without the failure's code",
  },
];
