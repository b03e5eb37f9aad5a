import { parseArgs } from "node:util";
import { CATALOG, type CatalogEntry } from "../peers/catalog.ts";
import type { Extent, Work } from "../works/work.ts";
import { WORKS } from "../works/mod.mjs";

/** What a run does. */
export interface BenchOptions {
  readonly works: readonly Work[];
  readonly peers: readonly CatalogEntry[];
  readonly rounds: number;
  readonly extent: Extent;
  /** What else stands on the command line. */
  readonly positionals: readonly string[];
  /** Where the results are written. */
  readonly out: string | undefined;
  /** The commit that is measured; the work tree if there is none. */
  readonly revision: string | undefined;
}

/** What counts where the command line says nothing. */
export interface BenchDefaults {
  readonly peers?: string;
  readonly only?: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/**
 * Reads a command line.
 *
 * @param args The arguments.
 * @param defaults For what they do not say.
 * @param quick The same with `--quick`.
 * @throws {TypeError} If there is an argument that nobody knows.
 * @throws {RangeError} If a name or a number is none.
 */
export function benchOptions(args: readonly string[], defaults: BenchDefaults, quick: BenchDefaults): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: "string" },
      peers: { type: "string" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      "warm-up": { type: "string" },
      quick: { type: "boolean" },
      out: { type: "string" },
      rev: { type: "string" },
    },
  });
  const preset = values.quick ? quick : defaults;
  return {
    works: chosen(WORKS, values.only ?? preset.only),
    peers: chosen(CATALOG, values.peers ?? preset.peers),
    rounds: positive("rounds", values.rounds ?? preset.rounds),
    extent: {
      roundMs: 1000 * positive("seconds", values.seconds ?? preset.seconds),
      warmUpMs: 1000 * positive("warm-up", values["warm-up"] ?? preset.warmUpSeconds),
    },
    positionals,
    out: values.out,
    revision: values.rev,
  };
}

/**
 * Those whose names begin with one of the words between commas. Without words it is all but the extra ones, and those that
 * are named in full are not extra.
 */
function chosen<Entry extends { readonly name: string; readonly isExtra?: boolean }>(
  entries: readonly Entry[],
  words: string | undefined,
): Entry[] {
  if (words === undefined) return entries.filter(({ isExtra }) => isExtra !== true);
  const picked = words.split(",").map((word) => {
    const exact = entries.filter(({ name }) => name === word);
    return exact.length > 0 ? exact : entries.filter(({ name, isExtra }) => !isExtra && name.startsWith(word));
  });
  const missing = words.split(",").filter((_, i) => picked[i]?.length === 0);
  if (missing.length === 0) return entries.filter((entry) => picked.some((some) => some.includes(entry)));
  throw new RangeError(`There is no ${missing.join(", ")} among ${entries.map(({ name }) => name).join(", ")}`);
}

function positive(name: string, value: string | number): number {
  const number = Number(value);
  if (number > 0) return number;
  throw new RangeError(`--${name} takes a number above 0, not ${value}`);
}
