import type { Failure } from "./tally.ts";

/** What of the table is to be run. */
export interface Selection {
  /** Whether it is everything. */
  readonly isAll: boolean;
  /** Whether the results are to be kept. */
  readonly isRecorded: boolean;
  /** A part of the names of the cases that are wanted. */
  readonly part: string | undefined;
  /** A part of the names of the facts that are wanted, and nothing else. */
  readonly fact: string | undefined;
  /** Tells whether something is wanted. */
  wants(dimension: Dimension, name: string): boolean;
}

type Dimension = "client" | "server" | "exchange";

/**
 * Reads what is wanted from the command line: `--client`, `--server` and `--exchange` with names that are separated by
 * commas, `--case` or `--fact` with a part of a name; `--record` keeps the results of what is run, beside those of the rest.
 *
 * @throws {TypeError} If an argument is none of these.
 */
export function readSelection(args: readonly string[]): Selection {
  const wanted = new Map<string, readonly string[]>();
  const pairs = args.filter((arg) => arg !== "--record");
  for (let i = 0; i < pairs.length; i += 2) {
    const [option = "", value] = pairs.slice(i, i + 2);
    if (!/^--(client|server|exchange|case|fact)$/.test(option) || value === undefined) {
      const options = "--client, --server, --exchange, --case or --fact";
      throw new TypeError(`Cannot run: expected ${options} and a value, got "${option}"`);
    }
    wanted.set(option.slice(2), /^--(case|fact)$/.test(option) ? [value] : value.split(","));
  }
  return {
    isAll: wanted.size === 0,
    isRecorded: !wanted.has("case") && pairs.length < args.length,
    part: wanted.get("case")?.[0],
    fact: wanted.get("fact")?.[0],
    wants: (dimension, name) => wanted.get(dimension)?.includes(name) ?? true,
  };
}

/** Selects one case of one pair. */
export function selectCase({ client, server, exchange, name }: Failure): Selection {
  const wanted = { client, server, exchange };
  return {
    isAll: false,
    isRecorded: false,
    part: name,
    fact: undefined,
    wants: (dimension, value) => wanted[dimension] === value,
  };
}
