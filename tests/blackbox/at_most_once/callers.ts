import { programNamed } from "../../programs.ts";
import { WatchedProcess } from "../../watched_process.ts";
import type { Outcome, Plan } from "./pay.ts";

/** Milliseconds that all payments of a program take at most. */
const DEADLINE_MS = 20_000;
const NODE = programNamed("node");

/** The runtimes that calls are made from. */
export const RUNTIMES: readonly { readonly name: string; readonly path: string; readonly ignore: boolean }[] = [
  { name: "Deno", path: Deno.execPath(), ignore: false },
  { name: "Node", ...NODE },
];

/** Makes payments from a program of its own, all at once. */
export async function callFrom(path: string, plans: readonly Plan[]): Promise<Outcome[]> {
  const folder = await Deno.makeTempDir();
  try {
    const program = `${folder}/caller.mjs`;
    await bundle(program);
    const args = path === Deno.execPath() ? ["run", "-A", "--no-config"] : [];
    return JSON.parse(await run(path, [...args, program, JSON.stringify(plans)]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function bundle(output: string): Promise<void> {
  const program = new URL("caller.ts", import.meta.url).pathname;
  await run(Deno.execPath(), [
    "bundle",
    "--quiet",
    "--platform=browser",
    "--external=node:process",
    "--output",
    output,
    program,
  ]);
}

async function run(path: string, args: readonly string[]): Promise<string> {
  await using process = new WatchedProcess(path, { args });
  if (!await process.endsWithin(DEADLINE_MS)) throw new Error(`${path} has not ended`);
  return (await process.ended()).stdout;
}
