import { Hono } from "npm:hono@^4";
import { implement, RpcError, ticketHandler } from "@ticketlink/ticketlink/server";
import { Greeter } from "./contract.ts";

/** A Hono app with the service at `/rpc`. */
export const app = new Hono();

/** The handler, to be stopped when the server goes. */
export const handler = ticketHandler(implement(Greeter, {
  hello(name) {
    if (name === "") throw new RpcError("invalid_argument", "A name is needed");
    return `Hello, ${name}`;
  },
  async *count(limit) {
    for (let i = 0; i < limit; i++) yield i;
  },
  async sum(numbers) {
    let total = 0;
    for await (const number of numbers) total += number;
    return total;
  },
  async *chat(messages) {
    for await (const message of messages) yield `You said: ${message}`;
  },
}));

app.all("/rpc", handler);
