// @ts-check
/** @import { Peer, Service } from "./peer.ts" */
import { Hono } from "hono";
import { serveFetch } from "./http_server.mjs";

const NO_STREAMS = () => {
  throw new Error("There are no streams");
};

/**
 * What a plain request costs without us: JSON through a route of Hono, by bare `fetch`, as Hono's own client does it.
 *
 * @type {Peer}
 */
export const peer = {
  encoding: "text",
  cannot: ["serverStream", "clientStream", "bidi"],
  connections: "per call",
  serve: (/** @type {any} */ service) =>
    serveFetch(new Hono().post("/echo", async (context) => context.json(service.echo(await context.req.json()))).fetch),
  connect: (port) => ({
    async unary(message) {
      const headers = { "content-type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify(message) };
      return await (await fetch(`http://127.0.0.1:${port}/echo`, init)).json();
    },
    serverStream: NO_STREAMS,
    clientStream: NO_STREAMS,
    bidi: NO_STREAMS,
    close: () => {},
  }),
};
