/**
 * A server in a process of its own, so that its memory can be measured. Takes options as JSON, says its port, and for each
 * line that it reads what runs; "release" lets its busy handlers go on. Ends with its standard input.
 */
import { Hono } from "hono";
import { upgradeWebSocket } from "hono/deno";
import { implement, ticketHandler } from "../../../src/server.ts";
import { gate } from "./site.ts";
import { SWAPPED_BYTES, Target, type TargetState } from "./target.ts";

const released = gate();
let begun = 0;
let running = 0;

async function untilReleased(): Promise<void> {
  begun += 1;
  running += 1;
  await released.opened;
  running -= 1;
}

async function count(messages: AsyncIterable<Uint8Array>): Promise<number> {
  let all = 0;
  for await (const _ of messages) all += 1;
  return all;
}

const implementation = implement(Target, {
  swap: () => new Uint8Array(SWAPPED_BYTES.down),
  give: (length) => new Uint8Array(length),
  take: ({ length }) => length,
  async *ticks(_nothing, { signal }) {
    for (let i = 0; !signal.aborted; i++) {
      yield i;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
  async *flood(length, { signal }) {
    while (!signal.aborted) yield new Uint8Array(length);
  },
  busy: untilReleased,
  async lateSink(messages) {
    await untilReleased();
    return await count(messages);
  },
  sink: (messages) => count(messages),
});

const handler = ticketHandler(implementation, {
  onError: () => {},
  callerOf: ({ req }) => req.header("x-caller"),
  ...JSON.parse(Deno.args[0] ?? "{}"),
  upgradeWebSocket,
});
const app = new Hono().all("/rpc", handler);
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
console.log(server.addr.port);
let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  // Each has its answer, also where several come at once.
  for (const line of lines) {
    if (line === "release") released.open();
    const state: TargetState = { begun, running };
    console.log(JSON.stringify(state));
  }
}
Deno.exit();
