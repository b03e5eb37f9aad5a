/**
 * Puts a run's results where people look: a chart and a table into README.md, all tables into bench/RESULTS.md.
 *
 * ```sh
 * deno task bench && deno task bench:report                # of the last run
 * deno task bench:report results.json
 * ```
 *
 * @module
 */
import { ROOT, SCRATCH } from "../driver/folders.ts";
import type { Results } from "../driver/results.ts";
import { runCommand } from "../driver/run_command.ts";
import { workTable } from "../driver/work_table.ts";
import { chart } from "./chart.ts";
import { summaryTable, worseList } from "./summary.ts";

const README = `${ROOT}/README.md`;
const CHART = "docs/speed.svg";
const TABLES = "bench/RESULTS.md";
const [BEGIN, END] = ["<!-- speed: made by `deno task bench:report` -->", "<!-- end of speed -->"];
/** What the section stands before when it is new. */
const NEXT_SECTION = "\n## More\n";

const [path = `${SCRATCH}/results.json`] = Deno.args;
const results: Results = JSON.parse(await Deno.readTextFile(path));
await Deno.writeTextFile(`${ROOT}/${CHART}`, chart(results));
await Deno.writeTextFile(`${ROOT}/${TABLES}`, allTables(results));
await Deno.writeTextFile(`${ROOT}/bench/results.json`, `${JSON.stringify(results)}\n`);
await Deno.writeTextFile(README, withSection(await Deno.readTextFile(README), section(results)));
const written = [README, `${ROOT}/${CHART}`, `${ROOT}/${TABLES}`, `${ROOT}/bench/results.json`];
await runCommand(Deno.execPath(), ["fmt", ...written], { cwd: ROOT });

function section(results: Results): string {
  return [
    BEGIN,
    "## Speed",
    `![Calls and messages per second of ticketlink and others](./${CHART})`,
    circumstances(results),
    summaryTable(results),
    "What is worse than with a peer:",
    worseList(results, "first"),
    `[All figures](./${TABLES}); \`deno task bench\` measures them anew.`,
    END,
  ].join("\n\n");
}

/** In the place of the section that is there, or before what comes next. */
function withSection(readme: string, section: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin !== -1 && end !== -1) return readme.slice(0, begin) + section + readme.slice(end + END.length);
  const next = readme.indexOf(NEXT_SECTION);
  if (next === -1) throw new Error(`README.md has neither ${BEGIN} nor ${NEXT_SECTION.trim()}`);
  return `${readme.slice(0, next)}\n${section}\n${readme.slice(next)}`;
}

function circumstances({ machine, startedAt, works, extent }: Results): string {
  const rounds = Math.max(...works.flatMap(({ subjects }) => subjects.map(({ rounds }) => rounds.length)));
  return `Server and client in two processes on loopback, ${machine}, ${
    startedAt.slice(0, 10)
  }. Everyone did the same ` +
    `work in the same run, in turns of ${extent.roundMs} ms. Figures are medians of ${rounds} rounds, the lowest and ` +
    "the highest beside them; ratios are those of turns of the same round, with us on Node. Messages are bytes, or text " +
    "of the same length for those who speak JSON. The floor is the same messages in coalesced frames on one `fetch`, " +
    "without deadlines, flow control, cancellation or errors.";
}

function allTables(results: Results): string {
  const versions = results.subjects.map(({ title, version }) => `- ${title}: ${version}`);
  return [
    "# What the benchmark measured",
    circumstances(results),
    ...results.works.map((work) => workTable(work, results.subjects)),
    "## What is worse than with a peer",
    worseList(results, "all"),
    "## Versions",
    versions.join("\n"),
    "",
  ].join("\n\n").replaceAll("### ", "## ");
}
