/**
 * The main job in a few seconds: a server on loopback, a client, all four kinds of call on a real file of this repository,
 * over real HTTP. `deno task demo`
 */
import { createHash } from "node:crypto";
import { createClient } from "@ticketlink/ticketlink/client";
import { Library } from "./contract.ts";
import { library } from "./server.ts";

const CHUNK_BYTES = 4096;

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < bytes.byteLength; i += CHUNK_BYTES) yield bytes.subarray(i, i + CHUNK_BYTES);
}

const path = new URL("../../PROTOCOL.md", import.meta.url);
const file = await Deno.readFile(path);
const text = new TextDecoder().decode(file);
const { app, handler } = library(text);
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
const url = `http://127.0.0.1:${server.addr.port}/rpc`;
console.log(`A Hono server with one ticketlink handler listens at ${url}`);

const startMs = performance.now();
{
  await using client = createClient(Library, url);

  const description = await client.describe();
  console.log(`unary:                   PROTOCOL.md has ${description.bytes} bytes in ${description.lines} lines`);

  let lines = 0;
  for await (const line of client.lines()) lines += line === undefined ? 0 : 1;
  console.log(`server streaming:        ${lines} lines arrived one by one`);

  const { bytes, sha256 } = await client.store(chunksOf(file));
  const same = sha256 === createHash("sha256").update(file).digest("hex");
  console.log(`client streaming:        ${bytes} bytes went up, the server's SHA-256 is ${same ? "ours" : "not ours"}`);

  const asked = ["ticket", "link", "operation", "allowance"];
  const counts: string[] = [];
  for await (const { word, count } of client.count(asked)) counts.push(`${word} ${count}×`);
  console.log(`bidirectional streaming: ${counts.join(", ")}`);

  const calls = 2000;
  const callsStartMs = performance.now();
  await Promise.all(Array.from({ length: calls }, () => client.describe()));
  const callsPerSecond = Math.round(calls / (performance.now() - callsStartMs) * 1000);
  console.log(`at once:                 ${calls} unary calls on the same exchange, ${callsPerSecond} a second`);
  if (!same || lines !== description.lines) throw new Error("What arrived is not what was sent");
}
await handler.stop(1000);
await server.shutdown();
console.log(`Done in ${Math.round(performance.now() - startMs)} ms: one HTTP request carried all of it`);
