/** What of the table is to be run. */
export interface Selection {
  /** Whether it is everything. */
  readonly isAll: boolean;
  /** A part of the names of the cases that are wanted. */
  readonly part: string | undefined;
  /** Tells whether something is wanted. */
  wants(dimension: Dimension, name: string): boolean;
}

type Dimension = "client" | "server" | "exchange";

/**
 * Reads what is wanted from the command line: `--client`, `--server` and `--exchange` with names that are separated by
 * commas, `--case` with a part of a name.
 *
 * @throws {TypeError} If an argument is none of these.
 */
export function readSelection(args: readonly string[]): Selection {
  const wanted = new Map<string, readonly string[]>();
  for (let i = 0; i < args.length; i += 2) {
    const [option = "", value] = args.slice(i, i + 2);
    if (!/^--(client|server|exchange|case)$/.test(option) || value === undefined) {
      throw new TypeError(`Cannot run: expected --client, --server, --exchange or --case and a value, got "${option}"`);
    }
    wanted.set(option.slice(2), option === "--case" ? [value] : value.split(","));
  }
  return {
    isAll: wanted.size === 0,
    part: wanted.get("case")?.[0],
    wants: (dimension, name) => wanted.get(dimension)?.includes(name) ?? true,
  };
}
