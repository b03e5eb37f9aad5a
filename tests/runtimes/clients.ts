import { FIREFOX, startFirefox } from "../browser/firefox.ts";
import { startWebKit, WEBKIT_DRIVER, XVFB } from "../browser/webkit.ts";
import type { ConformanceTarget } from "../conformance/mod.ts";
import { inTime } from "../deadline.ts";
import type { Program } from "../programs.ts";
import { Child } from "./child.ts";
import { type Installation, isThere } from "./install.ts";
import type { JobReport } from "./jobs.ts";
import { startWorkerd } from "./workerd.ts";

/** Milliseconds that a client may take for a target. */
const TARGET_TIMEOUT_MS = 300_000;

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
  "firefox": runFirefox,
  "webkit": runWebKit,
};

/** The programs of clients that not every machine has. */
const PROGRAMS: Readonly<Record<string, readonly Program[]>> = {
  "firefox": [FIREFOX],
  "webkit": [WEBKIT_DRIVER, XVFB],
};

/** The Debian packages of a client that are not installed: without them it cannot be run. */
export async function missingPackages(client: string): Promise<string[]> {
  const missing: string[] = [];
  for (const { path, debianPackage } of PROGRAMS[client] ?? []) if (!await isThere(path)) missing.push(debianPackage);
  return missing;
}

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
  for (const target of targets) {
    yield await inTime(`the report on ${target.url}`, TARGET_TIMEOUT_MS, child.next()) as JobReport;
  }
}

async function* runFirefox(
  { programs, bundles }: Installation,
  targets: Targets,
  pageUrl: string,
): AsyncGenerator<JobReport> {
  await using firefox = await startFirefox();
  const args = [bundles.get("client_firefox") ?? "", JSON.stringify(targets), firefox.endpoint, pageUrl];
  yield* runProgram(programs.node, [...args, String(TARGET_TIMEOUT_MS)], targets);
}

async function* runWebKit(_: Installation, targets: Targets, pageUrl: string): AsyncGenerator<JobReport> {
  await using webkit = await startWebKit(TARGET_TIMEOUT_MS);
  const { session } = webkit;
  for (const target of targets) {
    await session.goto(pageUrl);
    yield await session.evaluate(`runConformance(${JSON.stringify(target)})`) as JobReport;
    const uncaught = await session.evaluate("uncaughtErrors") as string[];
    if (uncaught.length > 0) throw new Error(`Uncaught on the page: ${uncaught.join("; ")}`);
  }
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
