import { PEERS } from "./folders.ts";
import { runCommand } from "./run_command.ts";
import type { Subject } from "./subject.ts";

/** Installs the peers' packages with npm, unless they are there or nobody needs them. */
export async function installPackages(subjects: readonly Subject[]): Promise<void> {
  if (subjects.every(({ runtime }) => runtime === "deno") || await isInstalled()) return;
  console.error("Installing the peers' packages …");
  // Nothing here needs what packages would compile.
  await runCommand("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: PEERS });
}

/** npm writes down what it has installed; it is older than the lock if that has changed since. */
async function isInstalled(): Promise<boolean> {
  const installed = await Deno.stat(`${PEERS}/node_modules/.package-lock.json`).catch(() => undefined);
  const wanted = await Deno.stat(`${PEERS}/package-lock.json`);
  return (installed?.mtime?.getTime() ?? 0) >= (wanted.mtime?.getTime() ?? 0);
}
