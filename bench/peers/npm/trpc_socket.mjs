/** @import { Message, Peer } from "../peer.ts" */
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { WebSocket } from "ws";
import { Inbox } from "../inbox.mjs";
import { socketServer } from "./sockets.mjs";
import { routerOf } from "./trpc_router.mjs";
import { unavailable } from "./unavailable.mjs";

/**
 * tRPC over one WebSocket.
 *
 * @type {Peer}
 */
export const peer = {
  encoding: "text",
  cannot: ["clientStream", "bidi"],
  serve(service) {
    const { sockets, listening } = socketServer();
    applyWSSHandler({ wss: sockets, router: routerOf(service) });
    return listening();
  },
  connect(port) {
    const socket = createWSClient({
      url: `ws://127.0.0.1:${port}`,
      WebSocket: /** @type {any} */ (WebSocket),
    });
    /** @type {any} */
    const client = createTRPCClient({ links: [wsLink({ client: socket })] });
    return {
      unary: (message) => client.echo.mutate(message),
      async *serverStream(request) {
        /** @type {Inbox<Message>} */
        const inbox = new Inbox();
        const subscription = client.subscribe.subscribe(request, {
          onData: (/** @type {Message} */ message) => inbox.push(message),
          onError: (/** @type {Error} */ error) => inbox.end(error),
          onComplete: () => inbox.end(),
        });
        try {
          yield* inbox;
        } finally {
          subscription.unsubscribe();
        }
      },
      clientStream: unavailable,
      bidi: unavailable,
      close: () => socket.close(),
    };
  },
};
