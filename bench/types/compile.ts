import { PEERS, ROOT } from "../driver/folders.ts";
import type { Measures } from "../runner/session.ts";
import type { Metric } from "../works/work.ts";
import type { Program } from "./router.ts";

/** What a compilation is measured by. */
export const METRICS: Readonly<Record<string, Metric>> = {
  check: { title: "check time", unit: "s", better: "lower" },
  processor: { title: "processor time of tsc", unit: "s", better: "lower" },
  memory: { title: "memory", unit: "MB", better: "lower" },
  types: { title: "types", unit: "thousand", better: "lower" },
  instantiations: { title: "instantiations", unit: "thousand", better: "lower" },
};

/** The metrics in the output of tsc: how their lines begin, and how many of its units are one of the metric's. */
const DIAGNOSTICS: Readonly<Record<string, readonly [line: string, divisor: number]>> = {
  check: ["Check time", 1],
  processor: ["Processor time", 1],
  memory: ["Memory used", 1000],
  types: ["Types", 1000],
  instantiations: ["Instantiations", 1000],
};

/**
 * Writes a program with its `tsconfig.json` into a new folder.
 *
 * @param folder The folder, in reach of the peers' packages.
 * @param program The source files.
 * @param library The folder of the library's npm package.
 */
export async function writeProgram(folder: string, program: Program, library: string): Promise<void> {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    target: "ES2022",
    lib: ["ES2023", "DOM", "DOM.Iterable", "DOM.AsyncIterable", "ESNext.Disposable"],
    module: "NodeNext",
    types: [],
  };
  await Deno.mkdir(`${folder}/node_modules/@ticketlink`, { recursive: true });
  await Deno.symlink(library, `${folder}/node_modules/@ticketlink/ticketlink`);
  const files = {
    ...program,
    "package.json": '{ "type": "module" }\n',
    "tsconfig.json": JSON.stringify({ compilerOptions, files: Object.keys(program) }),
  };
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
}

/**
 * Checks the program of a folder once.
 *
 * @throws {Error} If it has mistakes.
 */
export async function compile(folder: string): Promise<Measures> {
  const args = [
    "--import",
    `file://${ROOT}/bench/types/processor_time.mjs`,
    `${PEERS}/node_modules/typescript/bin/tsc`,
  ];
  const command = new Deno.Command("node", { args: [...args, "-p", folder, "--extendedDiagnostics"] });
  const { success, stdout, stderr } = await command.output();
  const [printed, complaint] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`tsc failed in ${folder}:\n${printed}${complaint}`);
  return Object.fromEntries(
    Object.entries(DIAGNOSTICS).map(([metric, [line, divisor]]) => {
      const [, figure = "NaN"] = new RegExp(`^${line}:\\s+([\\d.]+)`, "m").exec(printed ?? "") ?? [];
      return [metric, Number(figure) / divisor];
    }),
  );
}
