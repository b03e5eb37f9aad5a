import type { Measures } from "../runner/session.ts";
import type { Metric } from "../works/work.ts";
import { median } from "../works/statistics.mjs";
import type { SubjectResult } from "./results.ts";

/** The middle of some numbers, and how far they reach. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** What rounds have measured of one metric; `undefined` if there were none. */
export function spreadOf(rounds: readonly Measures[], metric: string): Spread | undefined {
  return spread(rounds.map((measures) => measures[metric] ?? NaN));
}

/**
 * How many times as good one is as another, round by round, so that what disturbs a round disturbs both: above 1 the first
 * is better, whichever way the metric counts.
 */
export function ratioOf(
  a: SubjectResult,
  b: SubjectResult,
  metric: string,
  { better }: Pick<Metric, "better">,
): Spread | undefined {
  const rounds = Math.min(a.rounds.length, b.rounds.length);
  return spread(Array.from({ length: rounds }, (_, round) => {
    const [ours, theirs] = [a.rounds[round]?.[metric] ?? NaN, b.rounds[round]?.[metric] ?? NaN];
    return better === "higher" ? ours / theirs : theirs / ours;
  }));
}

function spread(numbers: readonly number[]): Spread | undefined {
  if (numbers.length === 0) return undefined;
  return { median: median(numbers), lowest: Math.min(...numbers), highest: Math.max(...numbers) };
}
