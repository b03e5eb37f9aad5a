/**
 * A server for Deno Deploy: `deno serve --port 8000 examples/deno-deploy/main.ts`. There it is the entry point as it is;
 * in a project of its own, `deno add jsr:@ticketlink/ticketlink npm:hono` finds what it imports.
 */
import { Hono } from "hono";
import { upgradeWebSocket } from "npm:hono@^4/deno";
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

export default { fetch: app.fetch } satisfies Deno.ServeDefaultExport;
