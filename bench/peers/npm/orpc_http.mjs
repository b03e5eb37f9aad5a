/** @import { Peer } from "../peer.ts" */
import { createServer } from "node:http";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/fetch";
import { BatchLinkPlugin } from "@orpc/client/plugins";
import { RPCHandler } from "@orpc/server/node";
import { BatchHandlerPlugin } from "@orpc/server/plugins";
import { listening } from "./listening.mjs";
import { clientOf, routerOf } from "./orpc_router.mjs";

/** Only these can be batched. */
const UNARY = ["echo"];
const MAX_BATCH = 1_000;

/**
 * oRPC over HTTP: unary calls of one turn are one request.
 *
 * @type {Peer}
 */
export const peer = {
  encoding: "text",
  // Node's `fetch` refuses the request that oRPC makes of a stream: "duplex option is required when sending a body".
  cannot: ["clientStream", "bidi"],
  connections: "per stream",
  serve(service) {
    const handler = new RPCHandler(routerOf(service), {
      plugins: [new BatchHandlerPlugin({ maxSize: MAX_BATCH })],
    });
    return listening(
      createServer((request, response) => void handler.handle(request, response)),
    );
  },
  connect(port) {
    const batches = new BatchLinkPlugin({
      groups: [{ condition: () => true, context: {} }],
      maxSize: MAX_BATCH,
      exclude: ({ path }) => !UNARY.includes(path.join(".")),
    });
    const link = new RPCLink({
      url: `http://127.0.0.1:${port}`,
      plugins: [batches],
    });
    return clientOf(createORPCClient(link));
  },
};
