/**
 * Soaks a server and a client in connections that break:
 * `deno task soak [--minutes 10] [--concurrency 24] [--seed 1] [--server deno]`
 *
 * @module
 */
import { keptReadCost, type Runtime, soak, type SoakReport } from "./soak.ts";
import { heapProblems, keptSummary, summary } from "./summary.ts";

function option(name: string, otherwise: number): number {
  const index = Deno.args.indexOf(`--${name}`);
  const value = index < 0 ? otherwise : Number(Deno.args[index + 1]);
  if (!(value > 0)) throw new RangeError(`Cannot use --${name}: expected a number above 0`);
  return value;
}

function runtimeOption(): Runtime {
  const index = Deno.args.indexOf("--server");
  const runtime = index < 0 ? "deno" : Deno.args[index + 1];
  if (runtime === "deno" || runtime === "node") return runtime;
  throw new RangeError(`Cannot use --server ${runtime}: expected deno or node`);
}

/**
 * Milliseconds of load before anything is measured: the heap of a server on Node 20 grew by 8 % in the first minutes, and
 * no more in those after them.
 */
const WARM_UP_MS = 180_000;
/** Milliseconds of load between two measurements. */
const ROUND_MS = 60_000;

const minutes = option("minutes", 10);
const seed = option("seed", 1);
const concurrency = option("concurrency", 24);
const runtime = runtimeOption();
const rounds = Math.max(1, Math.ceil(minutes * 60_000 / ROUND_MS));
const roundMs = minutes * 60_000 / rounds;

console.log(`${minutes} minutes, seed ${seed}, ${concurrency} calls at once, the server on ${runtime}`);
const report: SoakReport = await soak({
  seed,
  runtime,
  concurrency,
  warmUpMs: Math.min(minutes * 60_000, WARM_UP_MS),
  roundMs,
  rounds,
  meanLifeMs: 3_000,
  tell: console.log,
});
console.log(summary(report));
const cost = runtime === "deno" ? await keptReadCost() : undefined;
if (cost !== undefined) console.log(keptSummary(report, cost));
const violations = [...report.violations, ...heapProblems(report, cost)];
for (const violation of violations) console.error(`violation: ${violation}`);
console.log(violations.length === 0 ? "All accounts balance" : `${violations.length} violations`);
Deno.exitCode = violations.length === 0 ? 0 : 1;
