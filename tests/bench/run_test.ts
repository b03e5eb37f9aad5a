import { assert, assertEquals } from "@std/assert";
import { WORK_TREE } from "../../bench/driver/library.ts";
import { benchOptions } from "../../bench/driver/options.ts";
import { run } from "../../bench/driver/run.ts";

const TINY = { rounds: 2, seconds: 0.01, warmUpSeconds: 0.01, only: "unary-16,upload-100,ping-pong", peers: "us-deno" };

Deno.test("run() measures all subjects in all works", async () => {
  const options = benchOptions(["--peers", "us-deno,frames-deno"], TINY, TINY);
  const results = await run(options.peers.map((peer) => ({ ...peer, library: WORK_TREE })), options);
  assertEquals(results.works.map(({ name }) => name), ["unary-16", "upload-100", "ping-pong"]);
  for (const { metrics, subjects } of results.works) {
    assertEquals(subjects.map(({ name }) => name), ["us-deno", "frames-deno"]);
    for (const { rounds, failure } of subjects) {
      assertEquals([rounds.length, failure], [2, undefined]);
      for (const measures of rounds) {
        for (const metric of Object.keys(metrics)) assert((measures[metric] ?? NaN) >= 0, metric);
      }
    }
  }
});
