import type { FetchFunction, WebSocketFunction } from "../../src/client.ts";
import { type CaseResult, conformance, type ConformanceTarget } from "../conformance/mod.ts";
import type { ClientLibrary } from "../conformance/library.ts";

/** What became of one target. */
export interface JobReport {
  readonly target: ConformanceTarget;
  readonly results: readonly CaseResult[];
}

/** What a client does in its own way. */
export interface ClientMeans {
  /** What carries the requests for a target. */
  readonly fetchFor?: (target: ConformanceTarget) => FetchFunction | undefined;
  /** What opens WebSockets. */
  readonly webSocket?: WebSocketFunction;
}

/**
 * Runs the suite for one target after the other, in a client that is a process, and prints a line of JSON for each.
 *
 * @param library The library.
 * @param json The targets.
 * @param means What the client does in its own way, where the globals will not do.
 */
export async function runJobs(
  library: ClientLibrary,
  json: string | undefined,
  { fetchFor, webSocket }: ClientMeans = {},
): Promise<void> {
  const targets: readonly ConformanceTarget[] = JSON.parse(json ?? "[]");
  for (const target of targets) {
    const results = await conformance(library, { ...target, fetch: fetchFor?.(target), webSocket });
    const report: JobReport = { target, results };
    console.log(JSON.stringify(report));
  }
}
