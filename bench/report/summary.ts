import { formatNumber, formatSpread, markdownTable } from "../driver/format.ts";
import type { Results, WorkResult } from "../driver/results.ts";
import { bestOf, type Entrant, entrantOf, type Standing, standingsOf, US } from "./standing.ts";

const FLOOR = "frames-node";

/** All works in one table: our figures, and those of the best of the others beside them. */
export function summaryTable(results: Results): string {
  const headings = [
    "work",
    "unit",
    "Node",
    "Deno",
    "Bun",
    "best peer that streams over HTTP",
    "we are better by",
    "best peer over anything",
    "we are better by",
    "floor",
    "we are better by",
  ];
  return markdownTable(headings, standingsOf(results).map(summaryRow));
}

function summaryRow(standing: Standing): string[] {
  const { work, about } = standing;
  const ours = ["us-node", "us-deno", "us-bun"].map((name) => figure(entrantOf(standing, name)));
  const overHttp = bestOf(standing, ({ role, streamsOverHttp }) => role === "peer" && streamsOverHttp === true);
  const overAnything = bestOf(standing, ({ role }) => role === "peer");
  const others = [overHttp, overAnything].flatMap((
    best,
  ) => [figure(best, best?.info.title), formatSpread(best?.ratio)]);
  const floor = entrantOf(standing, FLOOR);
  return [work.title, unit(about), ...ours, ...others, figure(floor), formatSpread(floor?.ratio)];
}

function unit({ title, unit }: Standing["about"]): string {
  return title === "rate" || title === "payload" ? unit : `${title}, ${unit}`;
}

function figure(entrant: Entrant | undefined, title?: string): string {
  if (entrant === undefined) return "–";
  const value = formatNumber(entrant.spread.median);
  return title === undefined ? value : `${title}: ${value}`;
}

/** Which of a work's figures are looked at: the first, which is what the work is about, or all. */
export type MetricChoice = "first" | "all";

/** What is worse than a peer's, as a list, or a sentence that says that nothing is. */
export function worseList(results: Results, metrics: MetricChoice): string {
  const all = ({ metrics }: WorkResult) => Object.keys(metrics);
  const lines = standingsOf(results, metrics === "all" ? all : undefined).flatMap(worseLine);
  return lines.length === 0 ? "Nothing that was measured." : lines.join("\n");
}

function worseLine(standing: Standing): string[] {
  const { work, about: { title, unit }, entrants } = standing;
  const ours = entrantOf(standing, US);
  const better = entrants.filter(({ info, ratio }) => info.role === "peer" && ratio !== undefined && ratio.median < 1);
  if (ours === undefined || better.length === 0) return [];
  const figures = better.map(({ info, ratio, spread }) =>
    `${info.title} ${formatNumber(spread.median)} (we are ${formatSpread(ratio)} times as good)`
  );
  return [`- ${work.title}: ${title} ${formatNumber(ours.spread.median)} ${unit} on Node; ${figures.join("; ")}`];
}
