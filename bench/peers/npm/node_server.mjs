import { serve } from "@hono/node-server";

/**
 * @param {import("../http_server.mjs").FetchHandler} fetch
 * @param {string} hostname
 * @returns {Promise<import("../peer.ts").PeerServer>}
 */
export function serveOnNode(fetch, hostname) {
  return new Promise((resolve) => serve({ fetch, hostname, port: 0 }, resolve));
}
