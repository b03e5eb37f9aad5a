/**
 * Runs the simulator:
 *
 * - `deno task simulate SEED` replays one run and prints its trace;
 * - `deno task simulate --seeds 20000` runs that many seeds, from 1 or from `--from SEED`;
 * - `deno task simulate --minutes 10` runs as many as there is time for.
 *
 * It exits with 1 if a property does not hold, and prints the trace of the first run in which one does not.
 *
 * @module
 */
import { type CampaignResult, runCampaign } from "./campaign.ts";
import { EXCHANGE_FORGERIES } from "./exchange_forgeries.ts";
import { simulate } from "./mod.ts";
import { TICKET_FORGERIES } from "./ticket_forgeries.ts";

/** So many runs break every rule at least once. */
const RUNS_THAT_REACH_ALL = 5_000;

async function main(args: readonly string[]): Promise<boolean> {
  const seed = Number(args[0]);
  if (args.length === 1 && Number.isSafeInteger(seed)) return await replay(seed);
  const count = option(args, "--seeds");
  const minutes = option(args, "--minutes");
  if (count === undefined && minutes === undefined) {
    console.error("Usage: deno task simulate SEED | --seeds COUNT [--from SEED] | --minutes COUNT [--from SEED]");
    return false;
  }
  const result = await runCampaign({
    first: option(args, "--from") ?? 1,
    count: count ?? Infinity,
    forMs: (minutes ?? Infinity) * 60_000,
    workers: navigator.hardwareConcurrency,
  });
  return await report(result);
}

/** The number after a name. */
function option(args: readonly string[], name: string): number | undefined {
  const place = args.indexOf(name);
  if (place < 0) return undefined;
  const value = Number(args[place + 1]);
  if (!(value >= 0)) throw new RangeError(`Cannot use ${name}: expected a number from 0, got ${args[place + 1]}`);
  return value;
}

async function replay(seed: number): Promise<boolean> {
  const { hash, problems, trace } = await simulate(seed, { trace: true });
  for (const line of trace) console.log(line);
  console.log(`seed ${seed}, trace ${hash}: ${problems.length} problems`);
  for (const problem of problems) console.error(`  ${problem}`);
  return problems.length === 0;
}

async function report(result: CampaignResult): Promise<boolean> {
  const { runs, operations, failures, elapsedMs } = result;
  printCounts("Outcomes (invocation / service)", result.outcomes);
  printCounts("Rules broken by a peer", result.forgeries);
  const perSecond = Math.round(runs / (elapsedMs / 1_000));
  console.log(
    `${runs} runs with ${operations} operations in ${Math.round(elapsedMs / 1_000)} s, ${perSecond} a second`,
  );
  const unreached = [...TICKET_FORGERIES, ...EXCHANGE_FORGERIES].filter(({ name }) => !result.forgeries.has(name));
  if (runs >= RUNS_THAT_REACH_ALL && unreached.length > 0) {
    console.error(`Rules that nobody broke: ${unreached.map(({ name }) => name).join("; ")}`);
    return false;
  }
  if (failures.length === 0) return true;
  await replay(failures[0]!.seed); // there is one
  for (const { seed, problems } of failures) console.error(`Failed: deno task simulate ${seed}   # ${problems[0]}`);
  return false;
}

function printCounts(title: string, counts: ReadonlyMap<string, number>): void {
  console.log(`${title}:`);
  for (const [name, count] of [...counts].sort(([, a], [, b]) => b - a)) {
    console.log(`${String(count).padStart(8)}  ${name}`);
  }
}

if (!await main(Deno.args)) Deno.exit(1);
