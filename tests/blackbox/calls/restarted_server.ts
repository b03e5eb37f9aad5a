/**
 * A server as one runs it on Node: it serves on the port it is given, and when a line comes in it stops as README.md says
 * that servers are to be stopped. It ends with its standard input at the latest.
 *
 * @module
 */
import process from "node:process";
import { serve } from "npm:@hono/node-server@1.19.19";
import { createNodeWebSocket } from "npm:@hono/node-ws@1.3.1";
import { Hono } from "npm:hono@^4";
import { ticketHandler } from "@ticketlink/ticketlink/server";
import { calls, pause } from "./service.ts";

/** "Shut it down a second or two later, when clients whose connections were idle have heard of it as well." */
const SHUT_DOWN_MS = 1_000;

/** How long it waits for a moment in which no connection comes. */
const QUIET_MS = 5_000;

const app = new Hono();
const { injectWebSocket, upgradeWebSocket } = createNodeWebSocket({ app });
const handler = ticketHandler(calls(), { upgradeWebSocket, onError() {} });
app.all("/rpc", handler);
const server = serve({
  fetch: app.fetch,
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  serverOptions: { requestTimeout: 0 },
}, ({ port }) => console.log(port));
injectWebSocket(server);

/**
 * Waits for a turn of the event loop in which no connection has come, unless there is none soon: those that wait to be
 * accepted when a port is closed are reset with the requests that they have brought, which are many where the machine is
 * busy.
 */
async function quietTurn(): Promise<void> {
  let hasCome = true;
  server.on("connection", () => hasCome = true);
  for (const untilMs = performance.now() + QUIET_MS; hasCome && performance.now() < untilMs;) {
    hasCome = false;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

process.stdin.once("data", async () => {
  await handler.stop(10_000);
  await pause(SHUT_DOWN_MS);
  await quietTurn();
  server.close(() => process.exit());
});
process.stdin.once("end", () => process.exit());
