/**
 * Compares the work tree with a commit: both do the same work on the same machine in the same run, in turns. It informs, and
 * fails only if it cannot measure.
 *
 * ```sh
 * deno task bench:compare HEAD~1
 * deno task bench:compare HEAD~1 --quick        # within a minute
 * deno task bench:compare main --rev topic      # two commits
 * ```
 *
 * @module
 */
import { SCRATCH } from "./driver/folders.ts";
import { libraryAt, WORK_TREE } from "./driver/library.ts";
import { benchOptions } from "./driver/options.ts";
import { ratioTable } from "./driver/ratio_table.ts";
import { run, writeResults } from "./driver/run.ts";

const SIMPLE = "unary,download,upload,bidi,ping-pong";
const options = benchOptions(
  Deno.args,
  { peers: "us-deno,us-node", only: SIMPLE, rounds: 15, seconds: 0.5, warmUpSeconds: 0.5 },
  { peers: "us-deno", only: "unary-1,unary-64,download,upload-100,bidi", rounds: 7, seconds: 0.2, warmUpSeconds: 0.3 },
);
const [revision] = options.positionals;
if (revision === undefined) throw new TypeError("Say with which commit: deno task bench:compare HEAD~1");
const before = await libraryAt(revision);
const after = options.revision === undefined ? WORK_TREE : await libraryAt(options.revision);
const subjects = options.peers.flatMap((peer) =>
  [before, after].map((library) => ({
    ...peer,
    library,
    name: `${peer.name}@${library.label}`,
    title: `${peer.title}, ${library.label}`,
  }))
);
const results = await run(subjects, options);
const pairs = options.peers.map(({ name, title }) => ({
  title,
  before: `${name}@${before.label}`,
  after: `${name}@${after.label}`,
}));
console.log(`Of ${after.label} over ${before.label}: above 1 is better, whichever way the figure counts.\n`);
console.log(ratioTable(results, pairs));
await writeResults(results, options.out ?? `${SCRATCH}/comparison.json`);
Deno.exit();
