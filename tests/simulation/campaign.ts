import type { SimulationResult } from "./mod.ts";
import type { Batch } from "./worker.ts";

/** Seeds that a worker gets in one go. */
const BATCH = 100;

/** How many seeds are run, and for how long. */
export interface CampaignOptions {
  readonly first: number;
  /** No batch begins after so many seeds, or after so many milliseconds of real time. */
  readonly count: number;
  readonly forMs: number;
  readonly workers: number;
}

/** What came of many runs. */
export interface CampaignResult {
  readonly runs: number;
  readonly operations: number;
  /** How often each rule was broken so that it reached somebody. */
  readonly forgeries: ReadonlyMap<string, number>;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly failures: readonly SimulationResult[];
  readonly elapsedMs: number;
}

/** Runs many seeds on several workers. It stops early once there are failures enough to look at. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const begunMs = performance.now();
  const results = new Tally();
  let next = options.first;
  const take = (): Batch | undefined => {
    const left = options.first + options.count - next;
    if (left <= 0 || performance.now() - begunMs > options.forMs || results.failures.length >= 10) return undefined;
    const batch = { first: next, count: Math.min(BATCH, left) };
    next += batch.count;
    return batch;
  };
  await Promise.all(Array.from({ length: options.workers }, () => work(take, (result) => results.add(result))));
  const { runs, operations, forgeries, outcomes, failures } = results;
  return { runs, operations, forgeries, outcomes, failures, elapsedMs: performance.now() - begunMs };
}

class Tally {
  runs = 0;
  operations = 0;
  readonly forgeries: Map<string, number> = new Map();
  readonly outcomes: Map<string, number> = new Map();
  readonly failures: SimulationResult[] = [];

  add(result: SimulationResult): void {
    this.runs += 1;
    this.operations += result.outcomes.length;
    if (result.forgery !== undefined) increment(this.forgeries, result.forgery);
    for (const outcome of result.outcomes) increment(this.outcomes, outcome);
    if (result.problems.length > 0) this.failures.push(result);
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Gives one worker batch after batch. */
async function work(take: () => Batch | undefined, add: (result: SimulationResult) => void): Promise<void> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  try {
    for (let batch = take(); batch !== undefined; batch = take()) {
      const answer = nextMessage(worker);
      worker.postMessage(batch);
      for (const result of await answer) add(result);
    }
  } finally {
    worker.terminate();
  }
}

function nextMessage(worker: Worker): Promise<readonly SimulationResult[]> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(`A worker failed: ${event.message}`));
  });
}
