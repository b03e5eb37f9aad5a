/** The server on Bun: cleartext, and HTTP/2 over TLS. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { upgradeWebSocket, websocket } from "hono/bun";
import * as library from "@ticketlink/ticketlink/server";
import { conformanceApp } from "./conformance_app.ts";

const [cert, key] = process.argv.slice(2, 4).map((path) => readFileSync(path));
const { serverOptions, handlerOptions } = JSON.parse(process.argv[4] ?? "{}");
const { app: { fetch } } = conformanceApp(library, () => upgradeWebSocket, handlerOptions);
const options = { ...serverOptions, fetch, websocket, hostname: "127.0.0.1", port: 0 };
const plain = Bun.serve(options).port;
const secure = Bun.serve({ ...options, http2: true, tls: { cert, key } }).port;
console.log(JSON.stringify({ plain, secure }));
