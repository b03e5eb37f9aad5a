import type { FetchFunction } from "../../src/client.ts";
import { type CaseResult, conformance, type ConformanceTarget } from "../conformance/mod.ts";
import type { ClientLibrary } from "../conformance/library.ts";

/** What became of one target. */
export interface JobReport {
  readonly target: ConformanceTarget;
  readonly results: readonly CaseResult[];
}

/**
 * Runs the suite for one target after the other, in a client that is a process, and prints a line of JSON for each.
 *
 * @param library The library.
 * @param json The targets.
 * @param fetchFor The client's fetch for a target, where the global one will not do.
 */
export async function runJobs(
  library: ClientLibrary,
  json: string | undefined,
  fetchFor: (target: ConformanceTarget) => FetchFunction | undefined = () => undefined,
): Promise<void> {
  const targets: readonly ConformanceTarget[] = JSON.parse(json ?? "[]");
  for (const target of targets) {
    const results = await conformance(library, { ...target, fetch: fetchFor(target) });
    const report: JobReport = { target, results };
    console.log(JSON.stringify(report));
  }
}
