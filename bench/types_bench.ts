/**
 * How fast tsc checks a contract of 500 methods, with its `implement()` and a client, beside the same router of tRPC and
 * beside functions of the same types: `deno task bench:types [--rounds 7] [--methods 500]`
 *
 * The programs are written into a temporary folder and checked in turns. A ratio is of check times of the same round, above 1
 * we are faster; fails if its median says that we take more than twice tRPC's time.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { ratioOf } from "./driver/comparison.ts";
import { PEERS, SCRATCH } from "./driver/folders.ts";
import { installPeers } from "./driver/install_packages.ts";
import { WORK_TREE } from "./driver/library.ts";
import { readManifest } from "./driver/manifest.ts";
import type { SubjectInfo, WorkResult } from "./driver/results.ts";
import { machine } from "./driver/versions.ts";
import { workTable } from "./driver/work_table.ts";
import type { Measures } from "./runner/session.ts";
import { compile, METRICS, writeProgram } from "./types/compile.ts";
import {
  functionsProgram,
  type MessageTypes,
  type ProgramWriter,
  ticketlinkProgram,
  trpcProgram,
} from "./types/programs.ts";
import { procedures } from "./types/router.ts";

/** We are to take at most twice tRPC's time. */
const LEAST_RATIO = 1 / 2;

/** One whose program is checked. */
interface Subject extends SubjectInfo {
  readonly write: ProgramWriter;
}

const TITLES: Readonly<Record<MessageTypes, string>> = {
  types: "messages are given by their types",
  schemas: "messages are inferred from Standard Schemas",
};

/** Checks the programs of all subjects in turns; in each round another one begins. */
async function measure(subjects: readonly Subject[], messages: MessageTypes, extent: Extent): Promise<WorkResult> {
  const router = procedures(extent.methods);
  const library = decodeURIComponent(new URL(await WORK_TREE.entriesFor("node")).pathname);
  const folder = await Deno.makeTempDir({ dir: SCRATCH, prefix: "types-" });
  try {
    const lanes = subjects.map(({ name }) => ({ name, folder: `${folder}/${name}`, rounds: new Array<Measures>() }));
    for (const { name, write } of subjects) {
      await writeProgram(`${folder}/${name}`, write(router, messages), library);
    }
    // One round before the first: then all files are in the system's cache.
    for (let round = -1; round < extent.rounds; round++) {
      const first = Math.max(round, 0) % lanes.length;
      for (const lane of [...lanes.slice(first), ...lanes.slice(0, first)]) {
        const measures = await compile(lane.folder);
        if (round >= 0) lane.rounds.push(measures);
      }
    }
    const title = `${extent.methods} methods, ${TITLES[messages]}`;
    return { name: messages, title, metrics: METRICS, subjects: lanes };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** How much is measured. */
interface Extent {
  readonly rounds: number;
  readonly methods: number;
}

/** How many times as fast as tRPC we are. */
function medianRatio({ subjects }: WorkResult): number {
  const [us, trpc] = ["us", "trpc"].map((name) => subjects.find((subject) => subject.name === name));
  if (us === undefined || trpc === undefined) return NaN;
  return ratioOf(us, trpc, "check", { better: "lower" })?.median ?? NaN;
}

async function versionOf(name: string): Promise<string> {
  return (await readManifest(`${PEERS}/node_modules/${name}`)).version;
}

const { values } = parseArgs({
  args: Deno.args,
  options: { rounds: { type: "string", default: "7" }, methods: { type: "string", default: "500" } },
});
const extent: Extent = { rounds: Number(values.rounds), methods: Number(values.methods) };
if (![extent.rounds, extent.methods].every((count) => Number.isInteger(count) && count > 0)) {
  throw new RangeError("--rounds and --methods take integers above 0");
}

await installPeers();
await Deno.mkdir(SCRATCH, { recursive: true });
const trpcVersion = await versionOf("@trpc/server");
const subjects: readonly Subject[] = [
  { name: "us", title: "ticketlink", role: "us", runtime: "node", version: "", write: ticketlinkProgram },
  { name: "trpc", title: `tRPC ${trpcVersion}`, role: "peer", runtime: "node", version: "", write: trpcProgram },
  { name: "functions", title: "functions alone", role: "floor", runtime: "node", version: "", write: functionsProgram },
];
console.log(`TypeScript ${await versionOf("typescript")}, ${await machine()}\n`);
for (const messages of ["types", "schemas"] as const) {
  const work = await measure(subjects, messages, extent);
  console.log(`${workTable(work, subjects)}\n`);
  if (medianRatio(work) >= LEAST_RATIO) continue;
  console.log(`We take more than ${1 / LEAST_RATIO} times as long as tRPC\n`);
  Deno.exitCode = 1;
}
