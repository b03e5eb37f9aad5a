import { assert, assertEquals, assertGreater } from "@std/assert";
import { soak } from "./soak.ts";
import { heapSummary } from "./summary.ts";

Deno.test("S42, S45 every call over connections that break ends once, as both ends count it, and nothing is left", async () => {
  const report = await soak({
    seed: 20_260,
    runtime: "deno",
    concurrency: 16,
    warmUpMs: 1_000,
    roundMs: 4_000,
    rounds: 1,
    meanLifeMs: 700,
  });
  console.log(heapSummary(report)); // too short a time to hold it against a bound
  assertEquals(report.violations, []);
  assertGreater(report.client.calls, 100);
  const results = new Set(report.courses.map(({ result }) => result));
  for (const result of ["ok", "cancelled", "deadline_exceeded", "failed_precondition", "unknown", "unavailable"]) {
    assert(results.has(result), `No call ended as ${result}: there was not enough load for this to prove anything`);
  }
  assertGreater(report.proxy.cut + report.proxy["cut within a chunk"] + report.proxy["half closed"], 5);
});
