/**
 * On Node: the response ends while the request is open, and the client says something more before it hears of the end.
 * Then `fetch` has given up the socket and the request's body when the exchange fails, breaks the body off and aborts.
 */
import { createServer, request as forward } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
// @ts-ignore What is in npm/ is not in the import map.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createClient, defineService, unary } from "@ticketlink/ticketlink/client";
import { implement, ticketHandler } from "@ticketlink/ticketlink/server";

const Patience = defineService("conformance.Patience", { greet: unary(), wait: unary() });
const handler = ticketHandler(implement(Patience, {
  greet: () => "hello",
  wait: (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
}));

function listen(server) {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}

const port = await new Promise((resolve) => {
  serve({ fetch: new Hono().all("/rpc", handler).fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => resolve(port));
});

let tear;
const way = createServer((incoming, response) => {
  const { method, url, headers } = incoming;
  const outgoing = forward({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response, { end: false });
    tear = () => response.end();
  });
  outgoing.on("error", () => {});
  incoming.pipe(outgoing).on("error", () => {});
});

/** As `fetch`, but who reads hears of the end of the body when it is let through. */
let hearEnd;
const endIsHeard = new Promise((resolve) => hearEnd = resolve);
async function hearLate(url, init) {
  const { status, headers, body } = await fetch(url, init);
  return new Response(body.pipeThrough(new TransformStream({ flush: () => endIsHeard })), { status, headers });
}

const client = createClient(Patience, `http://127.0.0.1:${await listen(way)}/rpc`, {
  exchange: "duplex",
  fetch: hearLate,
});
const codeOf = (call) => call.then(() => "ok", ({ code }) => code);
await client.greet();
const calls = [codeOf(client.wait())];
tear();
await sleep(50);
calls.push(codeOf(client.wait()));
await sleep(50);
hearEnd();
const codes = await Promise.all(calls);
// A promise that rejects and that nobody holds ends the program at the next turn.
await sleep(50);
console.log(JSON.stringify({ codes }));
