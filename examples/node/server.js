/** A server on Node: `npm install && npm start`, on the port that PORT names, 8000 by default. */
import process from "node:process";
import { serve } from "@hono/node-server";
import { createNodeWebSocket } from "@hono/node-ws";
import { implement, ticketHandler } from "@ticketlink/ticketlink/server";
import { Hono } from "hono";
import { Greeter } from "./contract.js";

const app = new Hono();
const { injectWebSocket, upgradeWebSocket } = createNodeWebSocket({ app });
const handler = ticketHandler(
  implement(Greeter, {
    hello: (name) => `Hello, ${name}`,
    async *count(to) {
      for (let number = 0; number < to; number++) yield number;
    },
    async sum(numbers) {
      let total = 0;
      for await (const number of numbers) total += number;
      return total;
    },
    async *chat(lines) {
      for await (const line of lines) yield `You said: ${line}`;
    },
  }),
  { upgradeWebSocket },
);
app.all("/rpc", handler);

const server = serve({
  fetch: app.fetch,
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 8000),
  // Node ends requests after five minutes by default, also those whose bodies still come.
  serverOptions: { requestTimeout: 0 },
}, ({ port }) => console.log(`http://127.0.0.1:${port}/rpc`));
injectWebSocket(server);

process.once("SIGTERM", async () => {
  await handler.stop(10_000);
  server.close();
});
