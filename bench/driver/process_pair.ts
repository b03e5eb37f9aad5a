import type { Measures } from "../runner/session.ts";
import type { Extent, Work } from "../works/work.ts";
import { LineProcess } from "./line_process.ts";
import { commandOf, environmentOf, type Subject } from "./subject.ts";

const START_MS = 30_000;
const MAX_ROUND_MS = 60_000;

interface Ports {
  readonly port: number;
  readonly observerPort: number;
}

/** A server and a client of one subject, in a process each. */
export class ProcessPair implements AsyncDisposable {
  /** Milliseconds until the server listened. */
  readonly serverStartMs: number;
  /** Milliseconds until the client could have called. */
  readonly clientStartMs: number;
  readonly #server: LineProcess;
  readonly #client: LineProcess;

  private constructor(processes: readonly [server: LineProcess, client: LineProcess], startedAt: readonly number[]) {
    [this.#server, this.#client] = processes;
    const [start = 0, listeningAt = 0, connectedAt = 0] = startedAt;
    this.serverStartMs = listeningAt - start;
    this.clientStartMs = connectedAt - listeningAt;
  }

  /** Starts both; the client is connected when this resolves. */
  static async start(subject: Subject): Promise<ProcessPair> {
    const env = await environmentOf(subject);
    const startedAt = [performance.now()];
    await using processes = new AsyncDisposableStack();
    const server = processes.use(new LineProcess(await commandOf(subject, "server.mjs", []), env));
    const { port, observerPort } = await server.next(START_MS) as Ports;
    startedAt.push(performance.now());
    const args = [String(port), String(observerPort)];
    const client = processes.use(new LineProcess(await commandOf(subject, "client.mjs", args), env));
    await client.next(START_MS);
    startedAt.push(performance.now());
    processes.move();
    return new ProcessPair([server, client], startedAt);
  }

  /**
   * Lets the client warm up for a work.
   *
   * @returns Why the subject cannot do the work, if it cannot.
   */
  async prepare(work: Work, extent: Extent): Promise<string | undefined> {
    const { lack } = await this.#ask("prepare", work, extent) as { lack?: string };
    return lack;
  }

  /** Lets the client measure once. */
  async round(work: Work, extent: Extent): Promise<Measures> {
    return await this.#ask("round", work, extent) as Measures;
  }

  async #ask(step: "prepare" | "round", { name, maxRoundMs = MAX_ROUND_MS }: Work, extent: Extent): Promise<unknown> {
    return await this.#client.ask({ work: name, step, extent }, maxRoundMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}
