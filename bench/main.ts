/**
 * The benchmark: does the same work with us and with what people would use instead, in two processes on loopback, in turns.
 *
 * ```sh
 * deno task bench                                                              # everything, a quarter of an hour
 * deno task bench --quick                                                      # a minute
 * deno task bench --only unary --peers us-deno,frames --rounds 5 --seconds 1   # names, or how they begin
 * deno task bench --rev HEAD                                                   # without what is not committed
 * ```
 *
 * @module
 */
import { SCRATCH } from "./driver/folders.ts";
import { libraryAt, WORK_TREE } from "./driver/library.ts";
import { benchOptions } from "./driver/options.ts";
import { run, writeResults } from "./driver/run.ts";
import { workTable } from "./driver/work_table.ts";

const options = benchOptions(Deno.args, { rounds: 5, seconds: 0.35, warmUpSeconds: 0.3 }, {
  peers: "us,frames",
  only: "unary-1,unary-64,download,upload,bidi",
  rounds: 3,
  seconds: 0.2,
  warmUpSeconds: 0.3,
});
const library = options.revision === undefined ? WORK_TREE : await libraryAt(options.revision);
const subjects = options.peers.map((peer) => ({ ...peer, library }));
const results = await run(subjects, options, (work, infos) => console.log(`${workTable(work, infos)}\n`));
await writeResults(results, options.out ?? `${SCRATCH}/results.json`);
Deno.exit();
