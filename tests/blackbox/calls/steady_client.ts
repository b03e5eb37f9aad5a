/**
 * A client on Node or Deno that makes so many calls a second, of all kinds that its exchange carries, until a line comes in;
 * then it says which have failed. It ends with its standard input at the latest.
 *
 * @module
 */
import process from "node:process";
import { createClient, type ExchangeKind } from "@ticketlink/ticketlink/client";
import WebSocket from "npm:ws@8.23.0";
import { Calls, pause } from "./service.ts";

/** What it is told to do. */
export interface Steady {
  readonly url: string;
  readonly exchange: ExchangeKind;
  readonly callsPerSecond: number;
}

/** What it says when it has been told to stop. */
export interface Report {
  readonly calls: number;
  readonly failed: number;
  /** How the first of them have failed. */
  readonly failures: readonly string[];
}

const { url, exchange, callsPerSecond }: Steady = JSON.parse(process.argv[2] ?? "{}");
// Node has none before version 22.
const webSocket = "WebSocket" in globalThis
  ? undefined
  : (url: string, protocols: string[]) => new WebSocket(url, protocols);
const client = createClient(Calls, url, { exchange, webSocket, timeoutMs: 15_000 });

/** Node has `Array.fromAsync()` from version 22. */
async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of stream) collected.push(item);
  return collected;
}

const KINDS: readonly (() => Promise<unknown>)[] = [
  () => client.hello("Ada"),
  () => collect(client.count(5)),
  () => client.take([new Uint8Array(100), new Uint8Array(100)]),
  () => collect(client.echo([1, 2])),
];
const kinds = exchange === "single" ? KINDS.slice(0, 3) : KINDS;
const ANSWERS = ["Hello, Ada", "0,1,2,3,4", "200", "1,2"];

let isStopped = false;
process.stdin.once("data", () => isStopped = true);
process.stdin.once("end", () => process.exit());

const failures: string[] = [];
async function callOnce(number: number): Promise<void> {
  const kind = number % kinds.length;
  const answer = String(await kinds[kind]?.().catch((error: unknown) => `${kind}: ${error}`));
  if (answer !== ANSWERS[kind]) failures.push(answer);
}

const made: Promise<void>[] = [];
const startMs = performance.now();
while (!isStopped) {
  const dueMs = startMs + made.length * 1000 / callsPerSecond;
  if (dueMs > performance.now()) await pause(dueMs - performance.now());
  made.push(callOnce(made.length));
}
await Promise.all(made);
// No more than a pipe takes at once, as Node does not wait for the rest.
const report: Report = {
  calls: made.length,
  failed: failures.length,
  failures: failures.slice(0, 10).map((failure) => failure.slice(0, 200)),
};
console.log(JSON.stringify(report));
process.exit();
