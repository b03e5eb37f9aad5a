/** A server on Bun: `bun install && bun start`, on the port that PORT names, 8000 by default. */
import process from "node:process";
import { Hono } from "hono";
import { upgradeWebSocket, websocket } from "hono/bun";
import { implement, ticketHandler } from "@ticketlink/ticketlink/server";
import { Greeter } from "./contract.ts";

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
const app = new Hono().all("/rpc", handler);

const server = Bun.serve({
  fetch: app.fetch,
  websocket,
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 8000),
});
console.log(`http://127.0.0.1:${server.port}/rpc`);

process.once("SIGTERM", async () => {
  await handler.stop(10_000);
  await server.stop();
});
