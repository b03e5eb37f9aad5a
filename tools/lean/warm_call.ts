/**
 * Measures a unary call and a message of a stream on a duplex exchange that is open and warm, client and server in this
 * process: what runs, what is allocated and how much processor time it takes. A process of its own, started by `lean.ts`:
 *
 * `deno run -A tools/lean/warm_call.ts`
 *
 * @module
 */
import { type HeapProfiler, Session } from "node:inspector/promises";
import process from "node:process";
import { Hono } from "npm:hono@^4";

/** What one warm call, or one message of a stream, costs on both sides together. */
export interface WarmCost {
  /** Files of `src` of which a function runs. */
  readonly files: number;
  /** Functions of `src` that run. */
  readonly functions: number;
  /** How often functions of `src` are called. */
  readonly calls: number;
  /** Bytes that functions of `src` allocate. */
  readonly bytes: number;
  /** Microseconds of processor time, those of the runtime's streams included. */
  readonly micros: number;
}

/** What {@linkcode WarmCost} is measured of. */
export interface WarmCosts {
  /** One unary call, of which the next begins when it has ended. */
  readonly unary: WarmCost;
  /** One message that a stream brings back, as fast as it goes. */
  readonly message: WarmCost;
}

/** The sources that are measured: a `src/`, by default the work tree's. */
const SOURCES = Deno.args[0] ?? new URL("../../src/", import.meta.url).href;

/** Calls or messages before anything counts: by then everything that will be is optimized. */
const WARM_UP = 20_000;
const ROUND = 20_000;
const ROUNDS = 5;
/** Bytes from one sample of what is allocated to the next. */
const SAMPLED_BYTES = 1_024;
/** Calls or messages whose functions are counted. */
const COUNTED = 200;

const { bidiStreaming, createClient, defineService, unary } = await import(
  `${SOURCES}client.ts`
) as typeof import("../../src/client.ts");
const { implement, ticketHandler } = await import(`${SOURCES}server.ts`) as typeof import("../../src/server.ts");

const Echo = defineService("lean.Echo", {
  one: unary<string, string>(),
  many: bidiStreaming<string, string>(),
});

const handler = ticketHandler(implement(Echo, {
  one: (message) => message,
  many: (messages) => messages,
}));
const app = new Hono().all("/rpc", handler);
const client = createClient(Echo, "/rpc", { exchange: "duplex", fetch: app.request });

async function call(times: number): Promise<void> {
  for (let i = 0; i < times; i++) await client.one("a message");
}

function* messages(times: number): Generator<string> {
  for (let i = 0; i < times; i++) yield "a message";
}

async function stream(times: number): Promise<void> {
  let arrived = 0;
  for await (const _message of client.many(messages(times))) arrived += 1;
  if (arrived !== times) throw new Error(`${arrived} of ${times} messages have come back`);
}

async function measure(action: (times: number) => Promise<void>): Promise<WarmCost> {
  await action(WARM_UP);
  return { micros: await microsOf(action), bytes: await bytesOf(action), ...await callsOf(action) };
}

async function microsOf(action: (times: number) => Promise<void>): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await action(ROUND);
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / ROUND);
  }
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1] ?? NaN;
}

/** What functions of the sources allocate, whether or not it lives on: a sample. */
async function bytesOf(action: (times: number) => Promise<void>): Promise<number> {
  // The types do not know the last two yet.
  const sampling = {
    samplingInterval: SAMPLED_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  };
  await session.post("HeapProfiler.startSampling", sampling);
  await action(ROUND);
  const { profile } = await session.post("HeapProfiler.stopSampling");
  return allocatedBelow(profile.head) / ROUND;
}

function allocatedBelow({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number {
  const below = children.reduce((sum, child) => sum + allocatedBelow(child), 0);
  return callFrame.url.startsWith(SOURCES) ? selfSize + below : below;
}

/** Which functions of the sources run, and how often for each call or message. */
async function callsOf(
  action: (times: number) => Promise<void>,
): Promise<Pick<WarmCost, "files" | "functions" | "calls">> {
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await action(COUNTED);
  await session.post("Profiler.takePreciseCoverage");
  await action(COUNTED);
  const { result } = await session.post("Profiler.takePreciseCoverage");
  await session.post("Profiler.stopPreciseCoverage");
  let [files, functions, calls] = [0, 0, 0];
  for (const script of result) {
    if (!script.url.startsWith(SOURCES)) continue;
    // What runs now and then, such as a timer, is no part of every call.
    const counts = script.functions.map(({ ranges }) => (ranges[0]?.count ?? 0) / COUNTED);
    const often = counts.filter((count) => count >= 0.5);
    files += often.length > 0 ? 1 : 0;
    functions += often.length;
    calls += counts.reduce((sum, count) => sum + count, 0);
  }
  return { files, functions, calls };
}

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("HeapProfiler.enable");

const costs: WarmCosts = { unary: await measure(call), message: await measure(stream) };
console.log(JSON.stringify(costs));
await client[Symbol.asyncDispose]();
await handler.stop(0);
