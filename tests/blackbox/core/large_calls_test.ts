import { assertEquals, assertLess } from "@std/assert";
import { IS_NIGHTLY } from "../../nightly.ts";
import type { LargeCalls, LargeCallsResult } from "./large_calls.ts";
import { MEBIBYTE } from "./memory.ts";
import { Program, TargetServer } from "./program.ts";
import { type Carrier, CARRIERS } from "./site.ts";

const LIMIT_MS = IS_NIGHTLY ? 60_000 : 20_000;
/** What each side may ever have in memory, all of its process included. */
const PEAK_BYTES = 512 * MEBIBYTE;
/** As long as a stream beside them may be silent; it says something every 20 ms. */
const GAP_MS = 2_000;

async function allSucceed(exchange: Carrier, method: LargeCalls["method"], calls: number): Promise<void> {
  await using server = await TargetServer.start();
  const what: LargeCalls = { url: server.url, exchange, method, calls, limitMs: LIMIT_MS };
  await using client = Program.ofModule("large_calls_client.ts", what);
  const belowPeak = client.staysBelow(PEAK_BYTES, server.program.staysBelow(PEAK_BYTES, client.next()));
  const result = await belowPeak as LargeCallsResult; // the program says nothing else
  assertEquals([result.failure, result.streamFailure], [undefined, undefined]);
  assertLess(result.longestGapMs, GAP_MS, `The stream beside them stood still for ${result.longestGapMs} ms`);
}

const MANY = "calls at once with 271,828 bytes up and 314,159 down all succeed within 512 MiB a side";
const FEW = "216 calls at once with a tiny request and 314,159 bytes down all succeed within 512 MiB a side";
for (const carrier of CARRIERS) {
  // gRPC's `concurrent_large_unary` has 1,000, which take half a minute. On *single* it is memory that matters, which takes more of them.
  const calls = IS_NIGHTLY ? 1_000 : carrier === "single" ? 600 : 300;
  Deno.test(`${calls} ${MANY}, on ${carrier}`, () => allSucceed(carrier, "swap", calls));
  Deno.test(`${FEW}, on ${carrier}`, () => allSucceed(carrier, "give", 216));
}
