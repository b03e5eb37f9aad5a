import type { ConformanceTarget } from "../conformance/mod.ts";
import { Child } from "./child.ts";
import type { Installation } from "./install.ts";
import type { JobReport } from "./jobs.ts";
import { startWorkerd } from "./workerd.ts";

type Targets = readonly ConformanceTarget[];

/** Runs targets one after the other, in a client of some kind. */
export type RunTargets = (installation: Installation, targets: Targets, pageUrl: string) => AsyncIterable<JobReport>;

/** All clients, by their name in the table. */
export const CLIENTS: Readonly<Record<string, RunTargets>> = {
  "deno": ({ certificate }, targets) => {
    const entry = new URL("client_deno.ts", import.meta.url).pathname;
    const args = ["run", "--allow-net", "--cert", certificate.authority, entry, JSON.stringify(targets)];
    return runProgram(Deno.execPath(), args, targets);
  },
  "node": (installation, targets) => runNode(installation.programs.node, installation, targets),
  "node-later": (installation, targets) => runNode(installation.programs.laterNode, installation, targets),
  "bun": ({ programs, bundles, certificate }, targets) => {
    const args = [bundles.get("client_bun") ?? "", JSON.stringify(targets), certificate.authority];
    return runProgram(programs.bun, args, targets);
  },
  "workerd": runWorker,
  "chromium": ({ programs, bundles }, targets, pageUrl) => {
    const args = [bundles.get("client_chromium") ?? "", JSON.stringify(targets), programs.chromium, pageUrl];
    return runProgram(programs.node, args, targets);
  },
};

async function* runNode(
  program: string | undefined,
  { bundles, certificate }: Installation,
  targets: Targets,
): AsyncGenerator<JobReport> {
  if (program === undefined) return;
  const args = [bundles.get("client_node") ?? "", JSON.stringify(targets)];
  yield* runProgram(program, args, targets, { NODE_EXTRA_CA_CERTS: certificate.authority });
}

async function* runProgram(
  program: string,
  args: readonly string[],
  targets: Targets,
  env: Readonly<Record<string, string>> = {},
): AsyncGenerator<JobReport> {
  await using child = new Child(program, args, env);
  for (const _ of targets) yield await child.next() as JobReport;
}

async function* runWorker(installation: Installation, targets: Targets): AsyncGenerator<JobReport> {
  await using workerd = await startWorkerd(installation, "client_worker");
  for (const target of targets) {
    const url = `http://127.0.0.1:${workerd.port}/`;
    const response = await fetch(url, { method: "POST", body: JSON.stringify(target) });
    if (!response.ok) throw new Error(`The worker answered ${response.status}: ${await response.text()}`);
    yield await response.json();
  }
}
