import type { Metric } from "../works/work.ts";
import { ratioOf, spreadOf } from "./comparison.ts";
import { formatSpread, markdownTable } from "./format.ts";
import type { SubjectInfo, SubjectResult, WorkResult } from "./results.ts";

/** Who of us a subject is compared with: the one on the same runtime, or else the first that there is. */
export function counterpartOf(subject: SubjectInfo, subjects: readonly SubjectInfo[]): string | undefined {
  const ours = subjects.filter(({ role }) => role === "us");
  return (ours.find(({ runtime }) => runtime === subject.runtime) ?? ours[0])?.name;
}

/** One work as a table: a line for each subject, two columns for the first metric and one for each of the others. */
export function workTable(work: WorkResult, subjects: readonly SubjectInfo[]): string {
  const metrics = Object.entries(work.metrics);
  const [main = ["", { title: "", unit: "", better: "higher" }]] = metrics;
  const headings = metrics.map(([, { title, unit }]) => `${title}, ${unit}`);
  const rows = work.subjects.map((result) => {
    const info = subjects.find(({ name }) => name === result.name);
    const base = work.subjects.find(({ name }) => info !== undefined && name === counterpartOf(info, subjects));
    const cells = metrics.map(([metric]) => formatSpread(spreadOf(result.rounds, metric)));
    return [info?.title ?? result.name, ...cells.toSpliced(1, 0, ratioCell(base, result, main))];
  });
  const table = markdownTable(["", ...headings.toSpliced(1, 0, "we are better by")], rows);
  return [`### ${work.title}`, "", table, ...notesOf(work)].join("\n");
}

function ratioCell(
  base: SubjectResult | undefined,
  result: SubjectResult,
  [name, metric]: readonly [string, Metric],
): string {
  if (base === undefined || base.name === result.name) return "";
  return formatSpread(ratioOf(base, result, name, metric));
}

function notesOf({ subjects }: WorkResult): string[] {
  const notes = subjects.flatMap(({ name, failure, lack }) => {
    if (failure !== undefined) return [`- ${name} failed: ${failure}`];
    return lack === undefined ? [] : [`- ${name} cannot do it: ${lack}`];
  });
  return notes.length === 0 ? [] : ["", ...notes];
}
