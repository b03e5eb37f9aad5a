/**
 * Searches for the value that is worst to decode at default limits:
 * `deno task bench:worst-value [--seconds 60 | --minutes 60] [--seed 1] [--bytes 131072] [--runtime node | bun]
 * [--replay RECIPE]`
 *
 * Whatever the bytes, decoding them, or refusing them, may take three times as long as the slowest honest value of the same
 * size (`values/honest.ts`), and 4 MiB may become 64 MiB. The search runs at one size; the worst are measured again at
 * 4 MiB, and what is above fails. Each is printed as a recipe that `--replay` measures alone. Memory is measured where the
 * engine collects garbage on demand, which Bun does not as V8 does.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type Finding, Scale, WorstSearch } from "./values/worst_search.ts";

const MOST_TIME = 3;
const MOST_MEMORY = 16;
const LARGE = 4_194_304;
/** How many of the worst are measured again. */
const FINALISTS = 3;
const FINAL_ROUNDS = 5;
const ATTEMPTS = 3;
/** Honest values that are measured at 4 MiB, too: the slowest of the smaller ones. */
const SLOWEST = 3;

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  options: {
    seconds: { type: "string", default: "60" },
    minutes: { type: "string" },
    seed: { type: "string" },
    bytes: { type: "string", default: "131072" },
    runtime: { type: "string" },
    replay: { type: "string" },
  },
});

/** Prints what became of a value, and tells whether that is allowed. */
function told(scale: Scale, { recipe, time, memory, refusal }: Finding): boolean {
  const isFine = time <= MOST_TIME && (memory ?? 0) <= MOST_MEMORY;
  const space = memory === undefined ? "" : `, ${memory.toFixed(1)} bytes of memory for each`;
  console.log(`${isFine ? "ok" : "TOO MUCH"}: ${scale.size} bytes, time ${time.toFixed(2)}${space}`);
  console.log(`  ${refusal === undefined ? "accepted" : `refused: ${refusal}`}`);
  console.log(`  --replay '${JSON.stringify(recipe)}'`);
  return isFine;
}

function measured(size: number, names?: readonly string[]): Scale {
  const scale = new Scale(size, names);
  console.log(`slowest honest value of ${size} bytes: ${scale.names[0]}, ${scale.slowestMs.toFixed(1)} ms`);
  return scale;
}

/** What becomes of a value. One that is too slow once may have been disturbed: the best of some times counts. */
function settled(scale: Scale, recipe: Finding["recipe"]): Finding | undefined {
  let finding = scale.measure(recipe, FINAL_ROUNDS);
  for (let attempt = 1; attempt < ATTEMPTS && finding !== undefined && finding.time > MOST_TIME; attempt++) {
    finding = { ...finding, time: Math.min(finding.time, scale.measure(recipe, FINAL_ROUNDS)?.time ?? Infinity) };
  }
  return finding;
}

/** Measures recipes again, and tells whether all are allowed. */
function judged(scale: Scale, recipes: readonly Finding["recipe"][]): boolean {
  return recipes
    .map((recipe) => settled(scale, recipe))
    .filter((finding) => finding !== undefined)
    .map((finding) => told(scale, finding))
    .every((isFine) => isFine);
}

function search(): boolean {
  const seed = Number(options.seed ?? Math.floor(Math.random() * 0x7fff_ffff));
  const seconds = options.minutes === undefined ? Number(options.seconds) : 60 * Number(options.minutes);
  const scale = measured(Number(options.bytes));
  const searching = new WorstSearch(seed, scale);
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) searching.step();
  const { byTime, byMemory, tried } = searching.worst;
  console.log(`${tried} values in ${seconds} s from seed ${seed}; the worst by time and by memory:`);
  const finalists = [...byTime.slice(0, FINALISTS), ...byMemory.slice(0, FINALISTS)].map(({ recipe }) => recipe);
  const isFine = judged(scale, finalists);
  const large = measured(LARGE, scale.names.slice(0, SLOWEST));
  return judged(large, finalists.map((recipe) => recipe.part < 1 ? large.fitted(recipe) : recipe)) && isFine;
}

function replay(recipe: string): boolean {
  return judged(measured(Number(options.bytes)), [JSON.parse(recipe)]);
}

const { runtime, ...others } = options;
if (runtime === undefined) {
  process.exitCode = (others.replay === undefined ? search() : replay(others.replay)) ? 0 : 1;
} else {
  // It knows Deno, which is not there where it runs this module.
  const { runElsewhere } = await import("./run_elsewhere.ts");
  const args = Object.entries(others).flatMap(([name, value]) => value === undefined ? [] : [`--${name}`, value]);
  process.exitCode = await runElsewhere(runtime, "worst_value.ts", args);
}
