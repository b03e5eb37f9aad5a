import { PEERS } from "./folders.ts";
import { readManifest } from "./manifest.ts";
import { runCommand } from "./run_command.ts";
import type { Subject } from "./subject.ts";

/** Installs the peers' packages with npm, unless they are there or nobody needs them. */
export async function installPackages(subjects: readonly Subject[]): Promise<void> {
  if (subjects.some(({ runtime }) => runtime !== "deno")) await installPeers();
}

/** Installs the peers' packages with npm, unless they are there. */
export async function installPeers(): Promise<void> {
  if (await isInstalled()) return;
  console.error("Installing the peers' packages …");
  // Nothing here needs what packages would compile.
  await runCommand("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: PEERS });
}

/** Whether everything that is asked for is there, in the version that is asked for. */
async function isInstalled(): Promise<boolean> {
  const { dependencies } = await readManifest(PEERS);
  const versions = await Promise.all(Object.keys(dependencies).map(installedVersion));
  return Object.values(dependencies).every((version, i) => version === versions[i]);
}

async function installedVersion(name: string): Promise<string | undefined> {
  const manifest = await readManifest(`${PEERS}/node_modules/${name}`).catch(() => undefined);
  return manifest?.version;
}
