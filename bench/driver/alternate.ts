import type { Extent, Work } from "../works/work.ts";
import type { Lane } from "./lane.ts";
import type { WorkResult } from "./results.ts";

/** How a work is done with several subjects. */
export interface AlternateOptions {
  readonly rounds: number;
  readonly extent: Extent;
}

/**
 * Does a work with several subjects. All of them are there from the beginning to the end, and take turns; in each round
 * another one begins.
 */
export async function alternate(work: Work, lanes: readonly Lane[], options: AlternateOptions): Promise<WorkResult> {
  const { extent } = options;
  for (const lane of lanes) await lane.prepare(work, extent);
  const rounds = Math.min(options.rounds, work.maxRounds ?? Infinity);
  for (let round = 0; round < rounds; round++) {
    const first = round % lanes.length;
    for (const lane of [...lanes.slice(first), ...lanes.slice(0, first)]) await lane.round(work, extent);
  }
  const { name, title, metrics } = work;
  return { name, title, metrics, subjects: lanes.map(({ result }) => result) };
}
