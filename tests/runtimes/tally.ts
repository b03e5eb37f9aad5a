import type { ConformanceTarget } from "../conformance/mod.ts";
import type { JobReport } from "./jobs.ts";

/** What is kept of a run of one target. */
export interface TargetResult {
  readonly client: string;
  readonly server: string;
  readonly exchange: string;
  /** How many cases work. */
  readonly works: number;
  /** The cases that are refused, as they are to be, with their codes. */
  readonly refused: Readonly<Record<string, string>>;
  /** The cases that neither work nor are refused as they are to be, with why. */
  readonly failed: Readonly<Record<string, string>>;
}

/** A case that has failed. */
export interface Failure {
  readonly client: string;
  readonly server: string;
  readonly exchange: string;
  readonly name: string;
}

/** Counts results and prints them as they come. */
export class Tally {
  readonly #results: TargetResult[] = [];
  #passed = 0;
  #failed = 0;
  #ignored = 0;

  /** Cases that work or are refused as they are to be. */
  get passed(): number {
    return this.#passed;
  }

  /** All others. */
  get failed(): number {
    return this.#failed;
  }

  /** Clients that were left out. */
  get ignored(): number {
    return this.#ignored;
  }

  /** Takes the report of a target. */
  add({ target, results }: JobReport): void {
    const { client, server, exchange } = target;
    const detailsOf = (kind: "refused" | "failed"): Record<string, string> =>
      Object.fromEntries(
        results.filter(({ result }) => result === kind).map(({ name, detail = "" }) => [name, detail]),
      );
    const refused = detailsOf("refused");
    const failed = detailsOf("failed");
    const failures = Object.keys(failed).length;
    const works = results.length - failures - Object.keys(refused).length;
    this.#passed += results.length - failures;
    this.#failed += failures;
    this.#results.push({ client, server, exchange, works, refused, failed });
    const ms = results.reduce((sum, result) => sum + result.ms, 0);
    const refusals = Object.keys(refused).length;
    console.log(`${nameOf(target)}: ${works} work, ${refusals} refused, ${failures} failed (${ms} ms)`);
    for (const [name, detail] of Object.entries(failed)) console.log(`  failed: ${name}\n    ${detail}`);
  }

  /** What has failed, case by case. */
  get failures(): readonly Failure[] {
    return this.#results.flatMap(({ client, server, exchange, failed }) =>
      Object.keys(failed).map((name) => ({ client, server, exchange, name }))
    );
  }

  /** A case that had failed works when it is run again by itself. */
  mend({ client, server, exchange, name }: Failure): void {
    this.#passed += 1;
    this.#failed -= 1;
    console.log(`${nameOf({ client, server, exchange })}: works by itself: ${name}`);
  }

  /** Takes what became of a fact. */
  addFact(name: string, error?: unknown): void {
    if (error === undefined) this.#passed += 1;
    else this.#failed += 1;
    console.log(`fact: ${name}: ${error === undefined ? "holds" : `failed, ${error}`}`);
  }

  /** Takes note of a client that did not get to some of its targets. */
  broken(client: string, targets: readonly ConformanceTarget[], error: unknown): void {
    this.#failed += Math.max(1, targets.length);
    console.log(`${client}: failed before ${targets.map(nameOf).join(", ") || "it ended"}\n  ${error}`);
  }

  /** Takes note of a client that this machine does not have. */
  leaveOut(client: string, packages: readonly string[]): void {
    this.#ignored += 1;
    console.log(`${client}: left out, as it is not installed: apt-get install ${packages.join(" ")}`);
  }

  /** Writes what is kept, in place of what was before of the same targets. */
  async write(url: URL): Promise<void> {
    const key = ({ client, server, exchange }: TargetResult): string => `${client} ${server} ${exchange}`;
    const before: readonly TargetResult[] = JSON.parse(await Deno.readTextFile(url).catch(() => "[]"));
    const all = new Map([...before, ...this.#results].map((result) => [key(result), result]));
    const sorted = [...all].toSorted(([a], [b]) => a < b ? -1 : 1).map(([, result]) => result);
    await Deno.writeTextFile(url, `${JSON.stringify(sorted, undefined, 2)}\n`);
  }
}

function nameOf({ client, server, exchange }: Omit<Failure, "name">): string {
  return `${client} calls ${server}, ${exchange}`;
}
