import { assert, assertEquals } from "@std/assert";
import type { Results, SubjectInfo } from "../../bench/driver/results.ts";
import { chart } from "../../bench/report/chart.ts";
import { summaryTable, worseList } from "../../bench/report/summary.ts";

function subject(name: string, role: SubjectInfo["role"]): SubjectInfo {
  return { name, title: `<${name}>`, role, runtime: "node", version: "1", streamsOverHttp: name === "grpc" };
}

const RESULTS: Results = {
  startedAt: "2026-11-22T00:00:00.000Z",
  machine: "one",
  extent: { roundMs: 1, warmUpMs: 1 },
  subjects: [subject("us-node", "us"), subject("grpc", "peer"), subject("capnweb-batch", "peer")],
  works: [{
    name: "unary-64",
    title: "Calls",
    metrics: {
      perSecond: { title: "rate", unit: "calls/s", better: "higher" },
      p99: { title: "p99", unit: "µs", better: "lower" },
    },
    subjects: [
      { name: "us-node", rounds: [{ perSecond: 200, p99: 3 }] },
      { name: "grpc", rounds: [{ perSecond: 100, p99: 2 }] },
      { name: "capnweb-batch", rounds: [{ perSecond: 400, p99: 4 }] },
    ],
  }],
};

Deno.test("summaryTable() has the best peer, and the best of those that stream over HTTP", () => {
  const [, , row = ""] = summaryTable(RESULTS).split("\n");
  assertEquals(row.split("|").map((cell) => cell.trim()).slice(1, 10), [
    "Calls",
    "calls/s",
    "200",
    "–",
    "–",
    "<grpc>: 100",
    "2.00 (2.00–2.00)",
    "<capnweb-batch>: 400",
    "0.50 (0.50–0.50)",
  ]);
});

Deno.test("worseList() names whoever is better, and nobody else", () => {
  const list = worseList(RESULTS, "first");
  assert(list.includes("<capnweb-batch> 400 (we are 0.50 (0.50–0.50) times as good)") && !list.includes("grpc"), list);
  assertEquals(worseList({ ...RESULTS, works: [] }, "all"), "Nothing that was measured.");
});

Deno.test("worseList() looks at the first figure of each work, or at all", () => {
  const about = (list: string) => list.split("\n").map((line) => line.includes("p99"));
  assertEquals(about(worseList(RESULTS, "first")), [false]);
  assertEquals(about(worseList(RESULTS, "all")), [false, true]);
});

Deno.test("chart() is XML with a bar for each figure", () => {
  const svg = chart(RESULTS);
  assertEquals(svg.match(/<rect /g)?.length, 3);
  assert(svg.includes("&lt;grpc>") && !svg.includes("<grpc>"));
});
