import { ratioOf, type Spread, spreadOf } from "../driver/comparison.ts";
import type { Results, SubjectInfo, SubjectResult, WorkResult } from "../driver/results.ts";
import type { Metric } from "../works/work.ts";

/** Whom ratios are with: peers are made for Node, so it is we on Node. */
export const US = "us-node";

/** One metric of one work, and everyone who has figures of it. */
export interface Standing {
  readonly work: WorkResult;
  readonly metric: string;
  readonly about: Metric;
  readonly entrants: readonly Entrant[];
}

/** One figure, and how many times as good ours is. */
export interface Entrant {
  readonly info: SubjectInfo;
  readonly spread: Spread;
  /** Above 1 we are better; `undefined` if we have no figures. */
  readonly ratio: Spread | undefined;
}

/** The first metric of each work, or others of it. */
export function standingsOf(results: Results, metricsOf = firstMetric): Standing[] {
  return results.works.flatMap((work) => metricsOf(work).map((metric) => standing(results, work, metric)));
}

/** The best of some. */
export function bestOf({ entrants, about }: Standing, isMeant: (info: SubjectInfo) => boolean): Entrant | undefined {
  const sign = about.better === "higher" ? 1 : -1;
  const sorted = entrants.filter(({ info }) => isMeant(info)).toSorted((a, b) =>
    sign * (b.spread.median - a.spread.median)
  );
  return sorted[0];
}

/** One by its name. */
export function entrantOf({ entrants }: Standing, name: string): Entrant | undefined {
  return entrants.find(({ info }) => info.name === name);
}

function firstMetric({ metrics }: WorkResult): string[] {
  return Object.keys(metrics).slice(0, 1);
}

function standing({ subjects }: Results, work: WorkResult, metric: string): Standing {
  const about = work.metrics[metric];
  if (about === undefined) throw new TypeError(`${work.name} has no metric ${metric}`);
  const us = work.subjects.find(({ name }) => name === US);
  const entrants = work.subjects.flatMap((result) => {
    const info = subjects.find(({ name }) => name === result.name);
    const spread = spreadOf(result.rounds, metric);
    return info === undefined || spread === undefined
      ? []
      : [{ info, spread, ratio: ratio(us, result, metric, about) }];
  });
  return { work, metric, about, entrants };
}

function ratio(
  us: SubjectResult | undefined,
  result: SubjectResult,
  metric: string,
  about: Metric,
): Spread | undefined {
  return us === undefined ? undefined : ratioOf(us, result, metric, about);
}
