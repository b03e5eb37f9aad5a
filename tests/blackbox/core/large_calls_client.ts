/**
 * A client in a process of its own, so that its memory can be measured: many large calls at once, and a stream beside
 * them. Takes a {@linkcode LargeCalls} as JSON and says a {@linkcode LargeCallsResult}, at the first failure at the latest.
 * Ends with its standard input.
 */
import { createClient } from "../../../src/client.ts";
import { SWAPPED_BYTES, Target } from "./target.ts";
import { outcomeOf } from "./site.ts";
import type { LargeCalls, LargeCallsResult } from "./large_calls.ts";

const { url, exchange, method, calls, limitMs }: LargeCalls = JSON.parse(Deno.args[0] ?? "{}");
const client = createClient(Target, url, { exchange, timeoutMs: limitMs });

let ticks = 0;
let lastTick = performance.now();
let longestGapMs = 0;
let streamFailure: string | undefined;

function noteGap(): void {
  longestGapMs = Math.max(longestGapMs, performance.now() - lastTick);
}

async function watchStream(): Promise<void> {
  for await (const _ of client.ticks()) {
    ticks += 1;
    noteGap();
    lastTick = performance.now();
  }
}

const request = new Uint8Array(SWAPPED_BYTES.up);
const call = (): Promise<Uint8Array> => method === "swap" ? client.swap(request) : client.give(SWAPPED_BYTES.down);

/** All calls at once; the first that fails is enough. */
async function failureOfMany(): Promise<string | undefined> {
  const right = `${SWAPPED_BYTES.down} bytes`;
  const wrong = Promise.withResolvers<string>();
  const all = Array.from({ length: calls }, async () => {
    const outcome = await outcomeOf(call(), limitMs);
    if (outcome !== right) wrong.resolve(outcome);
  });
  return await Promise.race([wrong.promise, Promise.all(all).then(() => undefined)]);
}

watchStream().catch((error) => streamFailure = String(error));
while (ticks === 0 && streamFailure === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
const begun = performance.now();
const failure = await failureOfMany();
noteGap();
const result: LargeCallsResult = { failure, streamFailure, longestGapMs, ms: performance.now() - begun };
console.log(JSON.stringify(result));
// It is there for as long as it is measured.
for await (const _ of Deno.stdin.readable);
Deno.exit();
