/**
 * Makes twelve calls at once on one signal, as the argument says, and prints what the runtime warns of.
 *
 * @module
 */
import process from "node:process";
import { Hono } from "hono";
import { createClient, defineService, implement, type Interceptor, ticketHandler, unary } from "@ticketlink/ticketlink";

const Fan = defineService("signals.Fan", { one: unary<number, number>(), all: unary<number, number>() });

const warnings: string[] = [];
process.on("warning", (warning) => warnings.push(warning.message));

const [how] = process.argv.slice(2);
const passingOn: Interceptor = (next) => (request) => next(request);
const app = new Hono();
const client = createClient(Fan, "http://fan.example/rpc", {
  fetch: app.request,
  interceptors: how?.endsWith("-intercepted") ? [passingOn] : [],
});
const handler = ticketHandler(implement(Fan, {
  one: (number) => number,
  async all(count, ctx) {
    const calls = Array.from({ length: count }, (_, number) => client.one(number, { ctx }));
    return (await Promise.all(calls)).length;
  },
}));
app.all("/rpc", handler);

if (how?.startsWith("ctx")) await client.all(12);
else {
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 12 }, (_, number) => client.one(number, { signal })));
}
// A warning comes in a turn of its own.
await new Promise((resolve) => setTimeout(resolve, 20));
console.log(JSON.stringify(warnings));
await client[Symbol.asyncDispose]();
await handler.stop(0);
