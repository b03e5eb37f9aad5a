/**
 * Shows how much code there is, how it hangs together and what of it a call runs, beside what it was and what it is to
 * become. This is a mirror and no gate, but for two things: it exits with 1 if files or folders import each other in a
 * circle, or if an entry point exports more names than `lean/figures.ts` allows.
 *
 * Run it with `deno task lean`.
 *
 * @module
 */
import { readSources, runtimeGraph } from "../tests/source_tree.ts";
import { BEFORE, MOST_NAMES, REFERENCES } from "./lean/figures.ts";
import { circlesOf, codeLines, folderOf, importGraph } from "./lean/source_graph.ts";
import type { WarmCost, WarmCosts } from "./lean/warm_call.ts";

/** A figure by its title. */
type Figures = ReadonlyMap<string, number>;

const ROOT = new URL("../", import.meta.url);

async function run(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  if (!success) throw new Error(`Cannot run deno ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** The entry points by their name, as paths from the root. */
async function entryPoints(): Promise<[name: string, path: string][]> {
  const { exports }: { exports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  return Object.entries(exports);
}

/** How many names an entry point exports, types included. */
async function countNames(path: string): Promise<number> {
  const { nodes }: { nodes: Record<string, { symbols: readonly { name: string }[] }> } = JSON.parse(
    await run("doc", "--json", path),
  );
  return new Set(Object.values(nodes).flatMap(({ symbols }) => symbols.map(({ name }) => name))).size;
}

/** How many modules of the library an entry point loads. */
async function countModules(path: string): Promise<number> {
  const graph = await runtimeGraph(`../${path}`);
  return graph.filter((specifier) => specifier.startsWith(ROOT.href) && !specifier.includes("/node_modules/")).length;
}

function costFigures(what: string, { files, functions, calls, bytes, micros }: WarmCost): [string, number][] {
  return [
    [`${what}: files`, files],
    [`${what}: functions`, functions],
    [`${what}: calls`, Math.round(calls)],
    [`${what}: bytes allocated`, Math.round(bytes)],
    [`${what}: µs of processor time`, Math.round(micros * 10) / 10],
  ];
}

/** Prints files and lines of each folder. */
function printFolders(sources: ReadonlyMap<string, string>): void {
  const folders = new Map<string, { files: number; lines: number }>();
  for (const [path, text] of sources) {
    const folder = `src/${folderOf(path)}`;
    const { files, lines } = folders.get(folder) ?? { files: 0, lines: 0 };
    folders.set(folder, { files: files + 1, lines: lines + codeLines(text) });
  }
  console.log(row("", "files", "lines of code"));
  for (const [folder, { files, lines }] of [...folders].sort()) console.log(row(folder, files, lines));
}

/** Prints each figure beside what it was and what it is to become. */
function printFigures(figures: Figures): void {
  console.log(`\n${row("", "now", BEFORE, "aim")}`);
  for (const [title, now] of figures) {
    const { before, aim } = REFERENCES[title] ?? {};
    console.log(row(title, now, before, aim));
  }
}

/** One line of a table. */
function row(title: string, ...cells: readonly (string | number | undefined)[]): string {
  const texts = cells.map((cell) => typeof cell === "number" ? cell.toLocaleString("en-US") : cell ?? "");
  return `${title.padEnd(38)}${texts.map((text) => text.padStart(14)).join("")}`.trimEnd();
}

async function main(): Promise<string[]> {
  const sources = await readSources();
  // Nothing imports an entry point, and it may stand in a folder below those that it lists.
  const entries = new Set((await entryPoints()).map(([, path]) => path.replace(/^\.\/src\//, "")));
  const circles = [
    ...circlesOf(importGraph(sources)),
    ...circlesOf(importGraph(sources, (path) => entries.has(path) ? path : folderOf(path) || path)),
  ];
  const wrong = circles.map((circle) => `These import each other: ${circle.join(", ")}`);
  printFolders(sources);

  const figures = new Map<string, number>();
  figures.set("files of src", sources.size);
  figures.set("lines of code", [...sources.values()].reduce((sum, text) => sum + codeLines(text), 0));
  figures.set("circles", circles.length);
  for (const [name, path] of await entryPoints()) {
    const names = await countNames(path);
    const most = MOST_NAMES[name] ?? Infinity;
    if (names > most) wrong.push(`"${name}" exports ${names} names; lean/figures.ts allows ${most}`);
    figures.set(`"${name}": names`, names);
    figures.set(`"${name}": modules`, await countModules(path));
  }
  const costs: WarmCosts = JSON.parse(await run("run", "-A", "tools/lean/warm_call.ts"));
  for (const [title, figure] of costFigures("unary call", costs.unary)) figures.set(title, figure);
  for (const [title, figure] of costFigures("stream message", costs.message)) figures.set(title, figure);
  printFigures(figures);
  return wrong;
}

if (import.meta.main) {
  const wrong = await main();
  for (const text of wrong) console.error(text);
  if (wrong.length > 0) Deno.exit(1);
}
