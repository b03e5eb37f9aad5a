import { assert, assertEquals, assertThrows } from "@std/assert";
import { type BenchOptions, benchOptions } from "../../bench/driver/options.ts";

const FULL = { rounds: 5, seconds: 1, warmUpSeconds: 2 };
const QUICK = { rounds: 1, seconds: 0.1, warmUpSeconds: 0.2, only: "unary-64", peers: "us-deno" };

function namesOf({ works, peers }: BenchOptions): [works: string[], peers: string[]] {
  return [works.map(({ name }) => name), peers.map(({ name }) => name)];
}

Deno.test("benchOptions() takes the beginnings of names", () => {
  const options = benchOptions(["--only", "unary-1,ping", "--peers", "grpc,capnweb"], FULL, QUICK);
  assertEquals(namesOf(options), [["unary-1", "ping-pong"], ["grpc", "capnweb-batch", "capnweb-socket"]]);
});

Deno.test("benchOptions() leaves the extra ones out unless they are named in full", () => {
  const [, all] = namesOf(benchOptions([], FULL, QUICK));
  assert(all.includes("us-deno") && !all.includes("us-cbor-deno"));
  assertEquals(namesOf(benchOptions(["--peers", "us-cbor-deno"], FULL, QUICK))[1], ["us-cbor-deno"]);
});

Deno.test("benchOptions() has other defaults with --quick", () => {
  const options = benchOptions(["--quick", "--rounds", "3", "REV"], FULL, QUICK);
  assertEquals(namesOf(options), [["unary-64"], ["us-deno"]]);
  assertEquals([options.rounds, options.extent.roundMs, options.positionals], [3, 100, ["REV"]]);
});

Deno.test("benchOptions() refuses names and numbers that are none", () => {
  assertThrows(() => benchOptions(["--only", "nonsense"], FULL, QUICK), RangeError, "nonsense");
  assertThrows(() => benchOptions(["--rounds", "0"], FULL, QUICK), RangeError, "--rounds");
});
