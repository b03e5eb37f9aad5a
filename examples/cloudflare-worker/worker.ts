/**
 * A server on Cloudflare Workers: `npm install && npm start`. What needs nothing but its own request is served by the
 * Worker itself; rooms, which join what several requests bring, are Durable Objects.
 */
import { Hono } from "hono";
import { upgradeWebSocket } from "hono/cloudflare-workers";
import { implement, ticketHandler } from "@ticketlink/ticketlink/server";
import { Greeter } from "./contract.ts";
import { Room } from "./room.ts";

export { Room };

interface Env {
  readonly ROOMS: DurableObjectNamespace<Room>;
}

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

export default new Hono<{ Bindings: Env }>()
  .all("/rpc", handler)
  .all("/rooms/:name", ({ env, req }) => env.ROOMS.get(env.ROOMS.idFromName(req.param("name"))).fetch(req.raw));
