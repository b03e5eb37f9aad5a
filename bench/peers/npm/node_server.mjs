import { serve } from "@hono/node-server";

/**
 * @param {import("../http_server.mjs").FetchHandler} fetch
 * @param {string} hostname
 * @returns {Promise<import("../peer.ts").PeerServer>}
 */
export function serveOnNode(fetch, hostname) {
  // By default Node cuts requests after five minutes, whatever goes on in them; the floor has one for all that it does.
  const serverOptions = { requestTimeout: 0 };
  return new Promise((resolve) => serve({ fetch, hostname, port: 0, serverOptions }, resolve));
}
