/** @import { Peer } from "../peer.ts" */
import "./socket_global.mjs";
import { newWebSocketRpcSession } from "capnweb";
import { BenchTarget, streamOf } from "./capnweb_target.mjs";
import { openSocket, socketServer } from "./sockets.mjs";

/**
 * Cap'n Web over one WebSocket.
 *
 * @type {Peer}
 */
export const peer = {
  encoding: "text",
  cannot: [],
  serve(service) {
    const { sockets, listening } = socketServer();
    sockets.on(
      "connection",
      (socket) =>
        newWebSocketRpcSession(
          /** @type {any} */ (socket),
          new BenchTarget(service),
        ),
    );
    return listening();
  },
  async connect(port) {
    const socket = await openSocket(port);
    /** @type {any} */
    const stub = newWebSocketRpcSession(socket);
    return {
      unary: (message) => stub.echo(message),
      serverStream: async function* (request) {
        yield* await stub.produce(request);
      },
      clientStream: (messages) => stub.consume(streamOf(messages)),
      bidi: async function* (messages) {
        yield* await stub.echoAll(streamOf(messages));
      },
      close: () => socket.close(),
    };
  },
};
