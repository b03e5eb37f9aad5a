/** The npm package on Node: every entry point loads, and all four kinds of call work on one exchange. Run by `.ci/run`. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { Hono } from "hono";
import {
  bidiStreaming,
  clientStreaming,
  createClient,
  defineService,
  serverStreaming,
  unary,
} from "@ticketlink/ticketlink/client";
import { implement, ticketHandler } from "@ticketlink/ticketlink/server";

const manifest = new URL("node_modules/@ticketlink/ticketlink/package.json", import.meta.url);
const { name, exports } = JSON.parse(await readFile(manifest, "utf8"));
assert.equal(Object.keys(exports).length, 7);
for (const entry of Object.keys(exports)) assert.ok(Object.keys(await import(name + entry.slice(1))).length > 0, entry);

const Greeter = defineService("demo.Greeter", {
  hello: unary(),
  count: serverStreaming(),
  sum: clientStreaming(),
  chat: bidiStreaming(),
});

const handler = ticketHandler(implement(Greeter, {
  hello: (who) => `Hello, ${who}`,
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

async function collect(messages) {
  const collected = [];
  for await (const message of messages) collected.push(message);
  return collected;
}

const app = new Hono().all("/rpc", handler);
const greeter = createClient(Greeter, "http://greeter.example/rpc", { fetch: app.request });
assert.equal(await greeter.hello("Ada"), "Hello, Ada");
assert.deepEqual(await collect(greeter.count(3)), [0, 1, 2]);
assert.equal(await greeter.sum([1, 2, 3]), 6);
assert.deepEqual(await collect(greeter.chat(["hi", "bye"])), ["You said: hi", "You said: bye"]);
await greeter[Symbol.asyncDispose]();
await handler.stop(0);
console.log(
  `All ${Object.keys(exports).length} entry points load and all four kinds of call work on Node ${process.version}`,
);
