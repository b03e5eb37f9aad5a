/** The server on Node: cleartext, and HTTP/2 over TLS. */
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import process from "node:process";
// @ts-ignore What is in npm/ is not in the import map.
import { serve } from "@hono/node-server";
// @ts-ignore What is in npm/ is not in the import map.
import { createNodeWebSocket } from "@hono/node-ws";
import * as library from "@ticketlink/ticketlink/server";
import { conformanceApp } from "./conformance_app.ts";

const [cert, key] = process.argv.slice(2, 4).map((path) => readFileSync(path));
const { serverOptions, handlerOptions } = JSON.parse(process.argv[4] ?? "{}");
let sockets;
const { app: { fetch } } = conformanceApp(library, (app) => {
  sockets = createNodeWebSocket({ app });
  return sockets.upgradeWebSocket;
}, handlerOptions);

function listen(options) {
  return new Promise((resolve) => {
    const server = serve({ fetch, hostname: "127.0.0.1", port: 0, ...options }, ({ port }) => resolve(port));
    sockets.injectWebSocket(server);
  });
}

const plain = await listen({ serverOptions });
const secure = await listen({ createServer: createSecureServer, serverOptions: { cert, key, allowHTTP1: true } });
console.log(JSON.stringify({ plain, secure }));
