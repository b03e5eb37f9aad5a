import { assertEquals } from "@std/assert";
import { WatchedProcess } from "../../watched_process.ts";
import type { Crowd } from "./crowded_calls.ts";
import { resultOf } from "./npm_folder.ts";

/** Runs a crowd in a process of its own and returns how its calls ended; fails if the process does not live. */
async function endsOf(crowd: Crowd): Promise<string[]> {
  const program = new URL("./crowded_calls.ts", import.meta.url).pathname;
  const args = ["run", "-A", "--no-check", program, JSON.stringify(crowd)];
  await using process = new WatchedProcess(Deno.execPath(), { args });
  return await resultOf(process, 20_000) as string[]; // that is what it prints
}

const THREE = { calls: 3, bytes: 60_000, limits: { maxBufferedBytes: 100_000 } };

/** Checks that as many calls have ended, each well or with an RpcError. */
function assertAllEnded(ends: readonly string[], calls: number): void {
  assertEquals(ends.length, calls);
  assertEquals(ends.filter((end) => end.startsWith("no RpcError")), []);
}

Deno.test("the process lives when three calls are too much for a new duplex exchange", async () => {
  assertAllEnded(await endsOf({ ...THREE, exchange: "duplex" }), 3);
});

Deno.test("the process lives when 300 calls are too much by default", async () => {
  assertAllEnded(await endsOf({ calls: 300, bytes: 272_000, exchange: "duplex" }), 300);
});

Deno.test("the process lives where fetch makes its request after the exchange has failed", async () => {
  assertAllEnded(await endsOf({ ...THREE, exchange: "duplex", fetchDelayMs: 20 }), 3);
});

Deno.test("the process lives when a pair, or a socket, is given too much", async () => {
  for (const exchange of ["pair", "socket"] as const) assertAllEnded(await endsOf({ ...THREE, exchange }), 3);
});
