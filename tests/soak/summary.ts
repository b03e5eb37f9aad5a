import type { Course } from "./audit.ts";
import type { KeptReadCost } from "./control.ts";
import type { SoakReport } from "./soak.ts";

/** What the heap may be of what it was after the warm-up. */
const MAX_HEAP_RATIO = 1.05;

/**
 * Tells whether the heaps have grown by more than they may.
 *
 * @param report What came of the soak.
 * @param cost What the server's runtime keeps of each read that was pending when its response ended, if it does.
 */
export function heapProblems({ rests }: SoakReport, cost?: KeptReadCost): string[] {
  const ratios = { client: heapRatio(rests, "client"), server: heapRatio(rests, "server", cost) };
  return (["client", "server"] as const).flatMap((side) =>
    ratios[side] <= MAX_HEAP_RATIO ? [] : [`the heap of the ${side} is ${percent(ratios[side])} of what it was`]
  );
}

/** What the runtime has kept, held against a control, and what the server's heap is without that. */
export function keptSummary({ rests }: SoakReport, cost: KeptReadCost): string {
  const kept = keptReads(rests);
  const kib = (bytes: number): string => `${(bytes / 1_024).toFixed(1)} KiB`;
  return `Deno keeps ${kib(cost.heapBytes)} of heap and ${
    kib(cost.processBytes)
  } of the process of each read that is ` +
    `pending when its response ends (${cost.reads} reads on a bare Deno.serve()); the server had ${kept} of them, ` +
    `${kib(kept * cost.heapBytes)} and ${kib(kept * cost.processBytes)}. ` +
    `Without them its heap is ${percent(heapRatio(rests, "server", cost))} of what it was.`;
}

/** What happened, as tables for people. */
export function summary(report: SoakReport): string {
  const { client, server, courses, proxy } = report;
  const fates = Object.entries(proxy).map(([fate, count]) => [fate, count]);
  const outcomes = Object.keys(client.stats).map((
    kind,
  ) => [kind, statOf(client.stats, kind), statOf(server.stats, kind)]);
  return [
    table(["calls", "made", "as planned", "lost with a connection", "never started", "wrong"], callRows(courses)),
    table(["operations ended as", "client", "server"], [
      ...outcomes,
      ["in total", client.entered, server.opened],
    ]),
    table(["connections", ""], fates),
    heapSummary(report),
  ].join("\n\n");
}

/** What the heaps were after the warm-up and are in the end. */
export function heapSummary({ rests }: SoakReport): string {
  const heaps = (["client", "server"] as const).map((side) => [
    `${side}'s heap`,
    ...[rests[0], rests.at(-1)].map((rest) => Math.round((rest?.[side].heapBytes ?? 0) / 1_024)),
    percent(heapRatio(rests, side)),
  ]);
  const processes = (["client", "server"] as const).map((side) => [
    `${side}'s process`,
    ...[rests[0], rests.at(-1)].map((rest) => Math.round((rest?.[side].processBytes ?? 0) / 1_024)),
    "",
  ]);
  return table(["KiB", "start", "end", "ratio"], [...heaps, ...processes]);
}

function heapRatio(rests: SoakReport["rests"], side: "client" | "server", cost?: KeptReadCost): number {
  const kept = cost === undefined ? 0 : keptReads(rests) * cost.heapBytes;
  return ((rests.at(-1)?.[side].heapBytes ?? NaN) - kept) / (rests[0]?.[side].heapBytes ?? NaN);
}

/** Reads that the server's runtime has kept since the warm-up. */
function keptReads(rests: SoakReport["rests"]): number {
  return (rests.at(-1)?.server.keptReads ?? NaN) - (rests[0]?.server.keptReads ?? NaN);
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function statOf(stats: Readonly<Record<string, number>>, kind: string): number {
  return stats[kind] ?? 0;
}

function callRows(courses: readonly Course[]): (string | number)[][] {
  const rows = new Map<string, number[]>();
  for (const course of courses) {
    const name = `${course.kind}, ${course.ending}`;
    const row = rows.get(name) ?? [0, 0, 0, 0, 0];
    row[0] = (row[0] ?? 0) + course.count;
    const column = columnOf(course);
    row[column] = (row[column] ?? 0) + course.count;
    rows.set(name, row);
  }
  return [...rows].sort(([a], [b]) => a < b ? -1 : 1).map(([name, row]) => [name, ...row]);
}

function columnOf({ result, atClient }: Course): number {
  if (result === "wrong" || result === "no result") return 4;
  if (result !== "unavailable") return 1;
  return atClient === "remote shutdown" ? 3 : 2;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)).join(
      "  ",
    )
      .trimEnd();
  return all.map(line).join("\n");
}
