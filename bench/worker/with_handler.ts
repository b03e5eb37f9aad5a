/** The same Worker with a handler that serves calls of all four kinds. */
import { Hono } from "hono";
import {
  bidiStreaming,
  clientStreaming,
  defineService,
  implement,
  serverStreaming,
  ticketHandler,
  unary,
} from "../../src/server.ts";

const Greeter = defineService("bench.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming<string, string>(),
});

const handler = ticketHandler(implement(Greeter, {
  hello: (name) => `Hello ${name}`,
  async *count(to) {
    for (let i = 1; i <= to; i++) yield i;
  },
  async sum(numbers) {
    let sum = 0;
    for await (const number of numbers) sum += number;
    return sum;
  },
  async *chat(lines) {
    for await (const line of lines) yield line;
  },
}));

export default new Hono().all("/rpc", handler).get("/", (context) => context.text("up"));
