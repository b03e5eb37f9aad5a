/** @import { Peer } from "../peer.ts" */
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/websocket";
import { RPCHandler } from "@orpc/server/ws";
import { clientOf, routerOf } from "./orpc_router.mjs";
import { openSocket, socketServer } from "./sockets.mjs";

/**
 * oRPC over one WebSocket.
 *
 * @type {Peer}
 */
export const peer = {
  encoding: "text",
  cannot: [],
  serve(service) {
    const { sockets, listening } = socketServer();
    const handler = new RPCHandler(routerOf(service));
    sockets.on("connection", (socket) => void handler.upgrade(socket));
    return listening();
  },
  async connect(port) {
    const websocket = await openSocket(port);
    return clientOf(
      createORPCClient(new RPCLink({ websocket })),
      () => websocket.close(),
    );
  },
};
