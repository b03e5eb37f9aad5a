// Calls a service over a fetch of a library, in a process that serves with @hono/node-server, which replaces the global
// Response. Prints what came of it for each kind of exchange. An unhandled rejection ends the process.
// @ts-ignore What is in npm/ is not in the import map.
import { serve } from "@hono/node-server";
import {
  bidiStreaming,
  clientStreaming,
  createClient,
  defineService,
  implement,
  serverStreaming,
  ticketHandler,
  unary,
} from "@ticketlink/ticketlink";
import { Hono } from "hono";

const contract = defineService("test.Kinds", {
  hello: unary(),
  count: serverStreaming(),
  sum: clientStreaming(),
  echo: bidiStreaming(),
});
const handler = ticketHandler(implement(contract, {
  hello: (name) => `Hello, ${name}`,
  async *count(to) {
    for (let i = 1; i <= to; i++) yield i;
  },
  async sum(numbers) {
    let sum = 0;
    for await (const number of numbers) sum += number;
    return sum;
  },
  async *echo(messages) {
    yield* messages;
  },
}));

// Each returns the fetch, and is loaded only if it is wanted: some replace globals.
const FETCHES = {
  global: () => undefined,
  undici: async () => (await import("undici")).fetch,
  "node-fetch": async () => (await import("node-fetch")).default,
  async "happy-dom"() {
    const { Window } = await import("happy-dom");
    const window = new Window({ url, settings: { fetch: { disableSameOriginPolicy: true } } });
    return window.fetch.bind(window);
  },
  async miniflare() {
    const { Miniflare } = await import("miniflare");
    const script = `export default { fetch: (request) => fetch(${JSON.stringify(url)}, request) }`;
    const worker = new Miniflare({ modules: true, compatibilityDate: "2026-01-01", script });
    return (input, init) => worker.dispatchFetch(input, init);
  },
  async msw() {
    const { setupServer } = await import("msw/node");
    const { http, HttpResponse, passthrough } = await import("msw");
    setupServer(
      http.post("*/rpc", () => passthrough()),
      http.post("*/busy", () => new HttpResponse("busy", { status: 503 })),
    ).listen();
  },
};

const server = await new Promise((resolve) => {
  const options = { fetch: new Hono().all("/rpc", handler).fetch, hostname: "127.0.0.1", port: 0 };
  const started = serve(options, () => resolve(started));
});
const url = `http://127.0.0.1:${server.address().port}${process.argv[3] ?? "/rpc"}`;
const fetch = await FETCHES[process.argv[2]]();

const outcome = (call) => call.catch((error) => `${error.name} ${error.code}: ${error.message}`);
const all = async (messages) => {
  const list = [];
  for await (const message of messages) list.push(message);
  return list;
};
const results = {};
for (const exchange of ["single", "pair", "duplex", "auto"]) {
  const client = createClient(contract, url, { fetch, exchange, timeoutMs: 3_000 });
  results[exchange] = [
    await outcome(client.hello("Ada")),
    await outcome(all(client.count(3))),
    await outcome(client.sum([1, 2, 3])),
    await outcome(exchange === "single" ? Promise.resolve("not on single") : all(client.echo(["a", "b"]))),
  ];
}
console.log(JSON.stringify(results));
process.exit(0);
