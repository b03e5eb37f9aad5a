import { simulate, type SimulationResult } from "./mod.ts";

/** Seeds from `first`, as many as `count`. */
export interface Batch {
  readonly first: number;
  readonly count: number;
}

/** One seed in so many is run twice. */
const TWICE_EVERY = 50;

// This is the scope of a worker, which the types of a page lack a word for.
const scope = globalThis as typeof globalThis & { postMessage(message: unknown): void };

scope.addEventListener("message", async (event) => {
  const { first, count }: Batch = (event as MessageEvent).data; // campaign.ts sends nothing else
  const results: SimulationResult[] = [];
  for (let seed = first; seed < first + count; seed++) results.push(await run(seed));
  scope.postMessage(results);
});

async function run(seed: number): Promise<SimulationResult> {
  const result = await simulate(seed);
  if (seed % TWICE_EVERY !== 0) return result;
  const again = await simulate(seed);
  if (again.hash === result.hash) return result;
  return { ...result, problems: [...result.problems, `Two runs differ: ${result.hash}, ${again.hash}`] };
}
