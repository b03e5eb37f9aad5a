/**
 * Makes the README's table of runtimes and exchanges from the recorded results, so that it is true:
 * `deno run --allow-read --allow-write tests/runtimes/readme_table.ts` writes it between its marks.
 *
 * @module
 */

import type { TargetResult } from "./tally.ts";

/** Where the table begins and ends in the README. */
export const MARKS = {
  begin: "<!-- runtimes: made by tests/runtimes/readme_table.ts -->",
  end: "<!-- /runtimes -->",
} as const;

const EXCHANGES = ["duplex", "single", "pair", "socket"];

/** What the clients and servers are called in the table. */
const NAMES: Readonly<Record<string, string>> = {
  "bun": "Bun",
  "chromium": "Chromium",
  "deno": "Deno",
  "firefox": "Firefox ESR",
  "miniflare": "miniflare",
  "miniflare-object": "miniflare, in a Durable Object",
  "node": "Node 20",
  "node-later": "Node 26",
  "webkit": "WebKitGTK",
  "workerd": "workerd",
  "workerd-object": "workerd, in a Durable Object",
};

/**
 * Makes a table of what works for each runtime and kind of exchange.
 *
 * @param results The recorded results.
 * @returns The table, in Markdown. The cells of clients are judged with all servers that can have the kind of exchange at
 * all, those of servers with all such clients.
 */
export function runtimeTable(results: readonly TargetResult[]): string {
  const rows: string[][] = [];
  for (const side of ["client", "server"] as const) {
    for (const runtime of runtimesOf(results, side)) {
      const own = results.filter((result) => baseOf(result[side]) === runtime);
      const cells = EXCHANGES.map((exchange) => cellOf(own.filter((result) => result.exchange === exchange), results));
      rows.push([NAMES[runtime] ?? runtime, side, ...cells]);
    }
  }
  return layOut([["runtime", "as", ...EXCHANGES], ...rows]);
}

/** Those over HTTP/2 are the same runtime. */
function baseOf(name: string): string {
  return name.replace(/-h2$/, "");
}

function runtimesOf(results: readonly TargetResult[], side: "client" | "server"): string[] {
  return [...new Set(results.map((result) => baseOf(result[side])))].sort();
}

/** What is refused always is named; what is so to some alone, or over HTTP/2 alone, is a number of cases. */
function cellOf(own: readonly TargetResult[], all: readonly TargetResult[]): string {
  const possible = own.filter((result) => canHave("client", result, all) && canHave("server", result, all));
  const working = possible.filter(({ works }) => works > 0);
  if (working.length === 0) return own.length === 0 ? "" : "no";
  const failed = working.some((result) => Object.keys(result.failed).length > 0);
  if (failed || working.length < possible.length) return "in part";
  const refused = new Set(working.flatMap((result) => Object.keys(result.refused)));
  return refused.size === 0 ? "all" : `all but ${refused.size}`;
}

/** Tells whether a client has the kind of exchange with any server, or a server with any client. */
function canHave(side: "client" | "server", of: TargetResult, all: readonly TargetResult[]): boolean {
  return all.some((result) => result[side] === of[side] && result.exchange === of.exchange && result.works > 0);
}

/** Lays a table out as `deno fmt` does. */
function layOut(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

/**
 * Puts the table into a document.
 *
 * @throws {TypeError} If the document does not have the marks.
 */
export function withTable(document: string, table: string): string {
  const begin = document.indexOf(MARKS.begin);
  const end = document.indexOf(MARKS.end);
  if (begin < 0 || end < begin) throw new TypeError("Cannot write the table: the document has no marks for it");
  return `${document.slice(0, begin + MARKS.begin.length)}\n\n${table}\n\n${document.slice(end)}`;
}

/** Reads the recorded results: those of the last whole run, and of later runs of a part with `--record`. */
export async function readResults(): Promise<readonly TargetResult[]> {
  return JSON.parse(await Deno.readTextFile(new URL("results.json", import.meta.url)));
}

if (import.meta.main) {
  const readme = new URL("../../README.md", import.meta.url);
  const table = runtimeTable(await readResults());
  await Deno.writeTextFile(readme, withTable(await Deno.readTextFile(readme), table));
}
