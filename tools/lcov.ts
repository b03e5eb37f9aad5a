/**
 * Reads line coverage in LCOV's text format, as `deno coverage --lcov` writes it.
 *
 * @module
 */

/** The lines of one file. */
export interface FileCoverage {
  /** The file, as the report names it. */
  readonly file: string;
  /** How many lines can be reached. */
  readonly lines: number;
  /** Those that were not, in order. */
  readonly missed: readonly number[];
}

/**
 * Reads a report.
 *
 * @param report The text of the report.
 * @returns What it says of each file, in its order.
 */
export function parseLcov(report: string): FileCoverage[] {
  return report.split("end_of_record").flatMap((record) => {
    const file = /^SF:(.*)$/m.exec(record)?.[1];
    if (file === undefined) return [];
    const hits = Array.from(record.matchAll(/^DA:(\d+),(\d+)/gm), ([, line, count]) => [Number(line), Number(count)]);
    const missed = hits.flatMap(([line, count]) => line !== undefined && count === 0 ? [line] : []);
    return [{ file, lines: hits.length, missed: missed.sort((a, b) => a - b) }];
  });
}

/**
 * Writes line numbers briefly.
 *
 * @param lines Line numbers, in order.
 * @returns Runs of them: `"3, 7–9"`.
 */
export function lineRanges(lines: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const line of lines) {
    const run = runs.at(-1);
    if (run !== undefined && line === run[1] + 1) run[1] = line;
    else runs.push([line, line]);
  }
  return runs.map(([first, last]) => first === last ? `${first}` : `${first}–${last}`).join(", ");
}

/**
 * Returns the share of lines that were reached.
 *
 * @param files What to sum up.
 * @returns A percentage; 100 where there is no line.
 */
export function linePercentage(files: readonly FileCoverage[]): number {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const missed = files.reduce((sum, file) => sum + file.missed.length, 0);
  return lines === 0 ? 100 : 100 * (lines - missed) / lines;
}
