// @ts-check
/** @import { PeerServer } from "./peer.ts" */

/** @typedef {(request: Request) => Response | Promise<Response>} FetchHandler */

/** @type {any} What only Deno and only Bun have. */
const { Deno, Bun } = globalThis;
const hostname = "127.0.0.1";

/**
 * Serves on loopback with what the runtime offers for that; on Node with `@hono/node-server`.
 *
 * @param {FetchHandler} handler
 * @returns {Promise<PeerServer>}
 */
export async function serveFetch(handler) {
  if (Deno !== undefined) {
    return Deno.serve({ port: 0, hostname, onListen: () => {} }, handler).addr;
  }
  // By default Bun cuts exchanges after ten seconds of silence and after 128 MiB.
  if (Bun !== undefined) {
    return Bun.serve({
      port: 0,
      hostname,
      idleTimeout: 0,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: handler,
    });
  }
  const { serveOnNode } = await import(
    new URL("./npm/node_server.mjs", import.meta.url).href
  );
  return serveOnNode(handler, hostname);
}
