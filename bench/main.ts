/**
 * The benchmark: does the same work with us and with what people would use instead, in two processes on loopback, in turns.
 *
 * ```sh
 * deno task bench                                                              # everything, a quarter of an hour
 * deno task bench --quick                                                      # a minute
 * deno task bench --only unary --peers us-deno,frames --rounds 5 --seconds 1   # names, or how they begin
 * ```
 *
 * @module
 */
import { SCRATCH } from "./driver/folders.ts";
import { WORK_TREE } from "./driver/library.ts";
import { benchOptions } from "./driver/options.ts";
import { run, writeResults } from "./driver/run.ts";
import { usOn } from "./driver/work_table.ts";

const options = benchOptions(Deno.args, { rounds: 5, seconds: 0.4, warmUpSeconds: 1.5 }, {
  peers: "us,frames",
  only: "unary-1,unary-64,download,upload,bidi",
  rounds: 5,
  seconds: 0.3,
  warmUpSeconds: 1,
});
const subjects = options.peers.map((peer) => ({ ...peer, library: WORK_TREE }));
const results = await run(subjects, options, usOn);
await writeResults(results, options.out ?? `${SCRATCH}/results.json`);
Deno.exit();
