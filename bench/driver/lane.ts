import type { Measures } from "../runner/session.ts";
import type { Extent, Work } from "../works/work.ts";
import { ProcessPair } from "./process_pair.ts";
import type { SubjectResult } from "./results.ts";
import type { Subject } from "./subject.ts";

/** One subject and its processes, which go on from work to work unless a work wants new ones. */
export class Lane implements AsyncDisposable {
  readonly subject: Subject;
  #pair: ProcessPair | undefined;
  #rounds: Measures[] = [];
  #failure: string | undefined;
  #lack: string | undefined;

  constructor(subject: Subject) {
    this.subject = subject;
  }

  /** What has become of the work. */
  get result(): SubjectResult {
    return { name: this.subject.name, rounds: this.#rounds, failure: this.#failure, lack: this.#lack };
  }

  /** Begins a work: nothing is measured yet. */
  async prepare(work: Work, extent: Extent): Promise<void> {
    this.#rounds = [];
    this.#failure = undefined;
    this.#lack = undefined;
    await this.#attempt(async () => {
      if (work.startsAnew !== undefined) await this.#stop();
      const pair = this.#pair ??= await ProcessPair.start(this.subject);
      this.#lack = await pair.prepare(work, extent);
    });
  }

  /** Measures once; a subject that has failed or cannot do the work takes no part. */
  async round(work: Work, extent: Extent): Promise<void> {
    if (this.#failure !== undefined || this.#lack !== undefined) return;
    await this.#attempt(async () => {
      if (work.startsAnew === "round") await this.#stop();
      const pair = this.#pair ??= await ProcessPair.start(this.subject);
      const measures = await pair.round(work, extent);
      this.#rounds.push(work.startsAnew === "round" ? withStart(pair, measures) : measures);
    });
  }

  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      console.error(`  ${this.subject.name} failed: ${text}`);
      // What follows is a stack, with the paths of the machine that it was measured on.
      [this.#failure] = text.split("\n");
      await this.#stop();
    }
  }

  async #stop(): Promise<void> {
    await this.#pair?.[Symbol.asyncDispose]();
    this.#pair = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}

/** Adds what it took until the client could say something. */
function withStart({ serverStartMs, clientStartMs }: ProcessPair, measures: Measures): Measures {
  const clientStart = clientStartMs + (measures["firstCall"] ?? NaN);
  return { ...measures, serverStart: serverStartMs, clientStart, total: serverStartMs + clientStart };
}
