import type { CallKind } from "../peers/peer.ts";
import type { Measures } from "../runner/session.ts";
import type { Extent, Work } from "../works/work.ts";
import { ProcessPair } from "./process_pair.ts";
import type { SubjectResult, WorkResult } from "./results.ts";
import type { Subject } from "./subject.ts";

/** How a work is done with several subjects. */
export interface AlternateOptions {
  readonly rounds: number;
  readonly extent: Extent;
}

/** One subject in one work: its processes, and what they have measured so far. */
class Lane implements AsyncDisposable {
  readonly subject: Subject;
  readonly #rounds: Measures[] = [];
  #pair: ProcessPair | undefined;
  #failure: string | undefined;
  #cannot: readonly CallKind[] | undefined;

  constructor(subject: Subject) {
    this.subject = subject;
  }

  get result(): SubjectResult {
    const { subject: { name } } = this;
    return { name, rounds: this.#rounds, failure: this.#failure, cannot: this.#cannot };
  }

  async start(work: Work, extent: Extent): Promise<void> {
    await this.#attempt(async () => {
      this.#pair = await ProcessPair.start(this.subject);
      this.#cannot = await this.#pair.prepare(work.name, extent);
      if (this.#cannot !== undefined) await this[Symbol.asyncDispose]();
    });
  }

  async round(work: Work, extent: Extent): Promise<void> {
    await this.#attempt(async () => {
      if (this.#pair !== undefined) this.#rounds.push(await this.#pair.round(work.name, extent));
    });
  }

  /** One that has failed takes no part any more. */
  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      console.error(`  ${this.subject.name} failed: ${this.#failure}`);
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pair?.[Symbol.asyncDispose]();
    this.#pair = undefined;
  }
}

/**
 * Does a work with several subjects. All of them are there from the beginning to the end, and take turns; in each round
 * another one begins.
 */
export async function alternate(
  work: Work,
  subjects: readonly Subject[],
  { rounds, extent }: AlternateOptions,
): Promise<WorkResult> {
  await using stack = new AsyncDisposableStack();
  const lanes = subjects.map((subject) => stack.use(new Lane(subject)));
  for (const lane of lanes) await lane.start(work, extent);
  for (let round = 0; round < rounds; round++) {
    const first = round % lanes.length;
    for (const lane of [...lanes.slice(first), ...lanes.slice(0, first)]) await lane.round(work, extent);
  }
  const { name, title, metrics } = work;
  return { name, title, metrics, subjects: lanes.map(({ result }) => result) };
}
