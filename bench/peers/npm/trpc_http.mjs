/** @import { Peer } from "../peer.ts" */
import { createTRPCClient, httpBatchStreamLink } from "@trpc/client";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { listening } from "./listening.mjs";
import { routerOf } from "./trpc_router.mjs";
import { unavailable } from "./unavailable.mjs";

/**
 * tRPC over HTTP: what is called in one turn is one request, and its answers stream.
 *
 * @type {Peer}
 */
export const peer = {
  encoding: "text",
  cannot: ["clientStream", "bidi"],
  connections: "per stream",
  serve: (service) => listening(createHTTPServer({ router: routerOf(service) })),
  connect(port) {
    /** @type {any} */
    const client = createTRPCClient({
      links: [httpBatchStreamLink({ url: `http://127.0.0.1:${port}` })],
    });
    return {
      unary: (message) => client.echo.mutate(message),
      serverStream: async function* (request) {
        yield* await client.produce.query(request);
      },
      clientStream: unavailable,
      bidi: unavailable,
      close: () => {},
    };
  },
};
