// @ts-check
/**
 * What a call costs in one process, where client and server meet in `app.request`: over a plain request, over a duplex
 * exchange that is open already, and as JSON through Hono. Prints microseconds of processor time for each call, and how many
 * times those of JSON that is.
 *
 * @module
 */
/** @import * as ClientModule from "../src/client.ts" */
/** @import * as ServerModule from "../src/server.ts" */
import process from "node:process";
import { Hono } from "hono";

const library = process.env["TICKETLINK_LIBRARY"] ?? new URL("../src/", import.meta.url).href;
const extension = "Deno" in globalThis ? "ts" : "js";
/** @type {typeof ClientModule} */
const { createClient, defineService, unary } = await import(`${library}client.${extension}`);
/** @type {typeof ServerModule} */
const { implement, ticketHandler } = await import(`${library}server.${extension}`);

const Echo = defineService("bench.Echo", { echo: unary() });
const app = new Hono()
  .all("/rpc", /** @type {any} */ (ticketHandler(implement(Echo, { echo: (message) => message }))))
  .post("/echo", async (context) => context.json(await context.req.json()));
const fetch = /** @type {any} */ (app.request);
const message = "x".repeat(100);
const headers = { "content-type": "application/json" };

/** @param {"single" | "duplex"} exchange */
function caller(exchange) {
  const client = createClient(Echo, "http://bench.test/rpc", { exchange, fetch });
  return () => client.echo(message);
}

/** @type {Readonly<Record<string, () => Promise<unknown>>>} */
const SUBJECTS = {
  "JSON through Hono": async () =>
    (await app.request("/echo", { method: "POST", headers, body: JSON.stringify(message) })).json(),
  "a plain request": caller("single"),
  "an open duplex exchange": caller("duplex"),
};
const ROUNDS = 7;
const CALLS = 3_000;

function processorUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** @type {Map<string, number[]>} */
const costs = new Map();
// The first round warms up.
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, call] of Object.entries(SUBJECTS)) {
    const before = processorUs();
    for (let i = 0; i < CALLS; i++) await call();
    if (round > 0) costs.set(name, [...costs.get(name) ?? [], (processorUs() - before) / CALLS]);
  }
}

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const json = median(costs.get("JSON through Hono") ?? []);
for (const [name, values] of costs) {
  console.log(`${name.padEnd(24)} ${median(values).toFixed(1).padStart(6)} µs  ${(median(values) / json).toFixed(2)}`);
}
process.exit(0);
