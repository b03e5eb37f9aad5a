/**
 * Runs the conformance suite on the real runtimes, over real sockets, in every pair of client and server:
 * `deno task runtimes`, or a part of it with `--client bun,node --server deno --exchange single --case "a call"`, or with
 * `--fact "a part of a fact's name"`.
 *
 * With `--record` the results are written to `results.json`, which the table in the README is made of, in place of what was
 * there of the same pairs.
 *
 * All runs at once on few cores, and some of what is connected breaks by itself then: a browser's connections above all. So
 * what fails is run once more by itself, and fails if it does so again. Only what worked at once is recorded as working.
 *
 * @module
 */

import { inTime } from "../deadline.ts";
import { CLIENTS, missingPackages } from "./clients.ts";
import { Desk } from "./desk.ts";
import { FACTS } from "./facts/mod.ts";
import { install, type Installation } from "./install.ts";
import type { JobReport } from "./jobs.ts";
import { readSelection, selectCase, type Selection } from "./selection.ts";
import { type RunningServer, SERVERS } from "./servers.ts";
import { Tally } from "./tally.ts";
import { targetsOf } from "./targets.ts";

/** Clients that run at once. */
const CLIENTS_AT_ONCE = 8;
/** Cases that are run again: with more than these something is wrong that is not chance. */
const MOST_RUN_AGAIN = 20;
/** Milliseconds after which a fact does not hold. */
const FACT_TIMEOUT_MS = 300_000;

async function main(args: readonly string[]): Promise<number> {
  const selection = readSelection(args);
  const installation = await install();
  const tally = new Tally();
  if (selection.fact !== undefined) {
    await runFacts(installation, tally, selection.fact);
    return summary(tally);
  }
  await using stack = new AsyncDisposableStack();
  const desk = stack.use(new Desk(installation.bundles.get("client_page") ?? ""));
  const servers = await startServers(installation, selection, stack);
  const waiting = Object.keys(CLIENTS).filter((name) => selection.wants("client", name));
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      await runClient(name, { installation, servers, desk, selection, tally });
    }
  };
  const facts = selection.isAll ? runFacts(installation, tally) : undefined;
  await Promise.all([...Array.from({ length: CLIENTS_AT_ONCE }, worker), facts]);
  if (selection.isRecorded) await tally.write(new URL("results.json", import.meta.url));
  for (const failure of tally.failures.slice(0, MOST_RUN_AGAIN)) {
    const again = new Tally();
    await runClient(failure.client, { installation, servers, desk, selection: selectCase(failure), tally: again });
    if (again.failed === 0 && again.passed > 0) tally.mend(failure);
  }
  return summary(tally);
}

/** Says what became of everything, and gives back the exit code: a run of nothing is no success. */
function summary({ passed, failed, ignored }: Tally): number {
  console.log(`${passed} passed, ${failed} failed${ignored === 0 ? "" : `, ${ignored} ignored`}`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

async function startServers(
  installation: Installation,
  selection: Selection,
  stack: AsyncDisposableStack,
): Promise<RunningServer[]> {
  const wanted = Object.entries(SERVERS).filter(([name]) =>
    ["", "-h2", "-object"].some((suffix) => selection.wants("server", name + suffix))
  );
  const processes = await Promise.all(wanted.map(([, start]) => start(installation)));
  for (const process of processes) stack.use(process);
  return processes.flatMap(({ servers }) => servers).filter(({ name }) => selection.wants("server", name));
}

async function runFacts(installation: Installation, tally: Tally, part = ""): Promise<void> {
  for (const [name, fact] of Object.entries(FACTS)) {
    if (!name.includes(part)) continue;
    await inTime("the fact to show", FACT_TIMEOUT_MS, fact(installation)).then(
      () => tally.addFact(name),
      (error) => tally.addFact(name, error),
    );
  }
}

/** What a client is run with. */
interface Run {
  readonly installation: Installation;
  readonly servers: readonly RunningServer[];
  readonly desk: Desk;
  readonly selection: Selection;
  readonly tally: Tally;
}

async function runClient(name: string, { installation, servers, desk, selection, tally }: Run): Promise<void> {
  const missing = await missingPackages(name);
  if (missing.length > 0) return tally.leaveOut(name, missing);
  const targets = targetsOf(name, servers, desk, selection);
  let reported = 0;
  try {
    const reports: AsyncIterable<JobReport> = CLIENTS[name]?.(installation, targets, desk.pageUrl) ?? noReports();
    for await (const report of reports) {
      reported += 1;
      tally.add(report);
    }
  } catch (error) {
    tally.broken(name, targets.slice(reported), error);
  }
}

async function* noReports(): AsyncGenerator<JobReport> {}

if (import.meta.main) Deno.exit(await main(Deno.args));
