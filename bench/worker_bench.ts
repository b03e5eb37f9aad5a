/**
 * Says what the handler adds to a Worker of Hono: to its bundle, and to the processor time that workerd takes until the first
 * response. `deno task bench:worker --rounds 15`
 *
 * @module
 */
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { bundle } from "../examples/browser/bundle.ts";
import { startWorker } from "../tests/blackbox/calls/workerd.ts";

/** How many ticks of a process's clock make a second on Linux. */
const TICKS_PER_SECOND = 100;

const SUBJECTS = [
  { title: "Hono alone", module: new URL("worker/hono_alone.ts", import.meta.url) },
  { title: "with the handler", module: new URL("worker/with_handler.ts", import.meta.url) },
] as const;

/** Milliseconds of processor time that a process has taken, to 10 ms. */
function processorMs(pid: number): number {
  // The name of the program, in parentheses, may hold spaces.
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 1_000 / TICKS_PER_SECOND;
}

async function startMs(module: URL): Promise<number> {
  await using worker = await startWorker(module);
  const response = await fetch(worker.url);
  if (await response.text() !== "up") throw new Error(`The Worker answers with status ${response.status}`);
  return processorMs(worker.pid);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function row(title: string, ...cells: readonly string[]): string {
  return title.padEnd(20) + cells.map((cell) => cell.padStart(16)).join("");
}

const { values: { rounds } } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const results = await Promise.all(SUBJECTS.map(async ({ title, module }) => {
  const code = new TextEncoder().encode(await bundle(module));
  return { title, module, bytes: code.length, gzippedBytes: gzipSync(code, { level: 9 }).length, ms: [] as number[] };
}));
for (let round = 0; round < Number(rounds); round++) {
  for (const { module, ms } of results) ms.push(await startMs(module));
}

console.log(row("Worker", "minified, kB", "gzipped, kB", "start, CPU ms"));
for (const { title, bytes, gzippedBytes, ms } of results) {
  console.log(row(title, (bytes / 1000).toFixed(1), (gzippedBytes / 1000).toFixed(1), mean(ms).toFixed(1)));
}
