import { ratioOf, type Spread, spreadOf } from "./comparison.ts";
import { formatNumber, formatSpread, markdownTable } from "./format.ts";
import type { Results, SubjectResult, WorkResult } from "./results.ts";

/** Two subjects that are compared, by their names. */
export interface ComparedPair {
  readonly title: string;
  readonly before: string;
  readonly after: string;
}

/** How much better the second of each pair is than the first: one line for each work and pair. */
export function ratioTable({ works }: Results, pairs: readonly ComparedPair[]): string {
  const headings = ["", "runs as", "ratio (lowest–highest)", "of processor time", "before", "after", "unit"];
  return markdownTable(headings, works.flatMap((work) => pairs.map((pair) => ratioRow(work, pair))));
}

function ratioRow({ title, metrics, subjects }: WorkResult, pair: ComparedPair): string[] {
  const [before, after] = [pair.before, pair.after].map((name) => subjects.find((subject) => subject.name === name));
  const [name, metric] = Object.entries(metrics)[0] ?? [];
  if (before === undefined || after === undefined || name === undefined || metric === undefined) return [title];
  const [old, now] = [before, after].map(({ rounds }) => spreadOf(rounds, name));
  const figures = [old, now].map((spread) => spread === undefined ? "–" : formatNumber(spread.median));
  const ratios = [ratioOf(after, before, name, metric), processorRatio(after, before)];
  return [title, pair.title, ...ratios.map(formatSpread), ...figures, metric.unit];
}

/** The same of what an operation takes of both sides' processors, which others on the machine disturb less. */
function processorRatio(after: SubjectResult, before: SubjectResult): Spread | undefined {
  return ratioOf(withProcessorTime(after), withProcessorTime(before), "sum", { better: "lower" });
}

function withProcessorTime(result: SubjectResult): SubjectResult {
  const rounds = result.rounds.map(({ clientMicros = NaN, serverMicros = NaN }) => ({
    sum: clientMicros + serverMicros,
  }));
  return { ...result, rounds };
}
