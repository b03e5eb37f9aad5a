import { dirname } from "node:path";
import { alternate } from "./alternate.ts";
import { installPackages } from "./install_packages.ts";
import { Lane } from "./lane.ts";
import type { BenchOptions } from "./options.ts";
import type { Results, WorkResult } from "./results.ts";
import type { Subject } from "./subject.ts";
import { infoOf, machine } from "./versions.ts";

/**
 * Measures all subjects in all works.
 *
 * @param onWork Called after each work, to show what is there already.
 */
export async function run(
  subjects: readonly Subject[],
  { works, rounds, extent }: BenchOptions,
  onWork: (work: WorkResult, subjects: Results["subjects"]) => void = () => {},
): Promise<Results> {
  const startedAt = new Date().toISOString();
  await installPackages(subjects);
  const infos = await Promise.all(subjects.map(infoOf));
  await using stack = new AsyncDisposableStack();
  const lanes = subjects.map((subject) => stack.use(new Lane(subject)));
  const done: WorkResult[] = [];
  for (const work of works) {
    const result = await alternate(work, lanes, { rounds, extent });
    onWork(result, infos);
    done.push(result);
  }
  return { startedAt, machine: await machine(), extent, subjects: infos, works: done };
}

/** Writes results to a file; its folder is made if need be. */
export async function writeResults(results: Results, path: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, `${JSON.stringify(results, undefined, 2)}\n`);
  console.log(`Results are in ${path}`);
}
