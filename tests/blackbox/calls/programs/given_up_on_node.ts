/**
 * Serves on Node behind Hono's `timeout()`, which answers in place of a handler that takes its time, and prints what became of
 * a call for each kind of exchange, of its handler, and of a call after it.
 *
 * @module
 */
import process from "node:process";
import { serve } from "npm:@hono/node-server@1.19.19";
import { Hono } from "hono";
import { timeout } from "hono/timeout";
import {
  clientStreaming,
  createClient,
  defineService,
  type HandlerContext,
  implement,
  RpcError,
  ticketHandler,
  unary,
} from "@ticketlink/ticketlink";

const Desk = defineService("time.Desk", { ask: unary<number, string>(), list: clientStreaming<number, string>() });

/** Takes so many milliseconds, unless it is aborted; notes how long after the answer that was. */
async function work(ms: number, { signal }: HandlerContext): Promise<string> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      aborts.push(performance.now() - answeredAtMs);
      clearTimeout(timer);
      resolve();
    });
  });
  return `worked for ${ms} ms`;
}

let answeredAtMs = 0;
const aborts: number[] = [];
const errors: string[] = [];
const handler = ticketHandler(
  implement(Desk, {
    ask: work,
    async list(numbers, ctx) {
      let ms = 0;
      for await (const number of numbers) ms = number;
      return await work(ms, ctx);
    },
  }),
  { onError: (error) => errors.push(String(error)) },
);
const app = new Hono()
  .use(async (_context, next) => {
    await next();
    answeredAtMs = performance.now();
  })
  .use(timeout(150))
  .all("/rpc", handler);
// What Hono makes of errors that are no answers.
console.error = (error) => errors.push(String(error));
const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
await new Promise((resolve) => server.on("listening", resolve));
const address = server.address();
const port = typeof address === "object" ? address?.port : undefined;

const client = createClient(Desk, `http://127.0.0.1:${port}/rpc`, { exchange: "single", onError() {} });
const outcomes: string[] = [];
for (const call of [() => client.ask(5_000), () => client.list([5_000]), () => client.ask(0)]) {
  outcomes.push(await call().catch((error: unknown) => error instanceof RpcError ? error.message : String(error)));
  await new Promise((resolve) => setTimeout(resolve, 1_200));
}
console.log(JSON.stringify({ outcomes, aborts, errors }));
process.exit();
