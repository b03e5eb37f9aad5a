import type { CallKind } from "../peers/peer.ts";
import type { Measures } from "../runner/session.ts";
import type { Extent } from "../works/work.ts";
import { LineProcess } from "./line_process.ts";
import { commandOf, environmentOf, type Subject } from "./subject.ts";

const START_MS = 30_000;
/** A round that takes longer than this has failed. */
const ROUND_MS = 60_000;

interface Ports {
  readonly port: number;
  readonly observerPort: number;
}

/** A server and a client of one subject, in a process each. */
export class ProcessPair implements AsyncDisposable {
  readonly #server: LineProcess;
  readonly #client: LineProcess;

  private constructor(server: LineProcess, client: LineProcess) {
    this.#server = server;
    this.#client = client;
  }

  /** Starts both; the client is connected when this resolves. */
  static async start(subject: Subject): Promise<ProcessPair> {
    const env = await environmentOf(subject);
    await using processes = new AsyncDisposableStack();
    const server = processes.use(new LineProcess(await commandOf(subject, "server.mjs", []), env));
    const { port, observerPort } = await server.next(START_MS) as Ports;
    const args = [String(port), String(observerPort)];
    const client = processes.use(new LineProcess(await commandOf(subject, "client.mjs", args), env));
    await client.next(START_MS);
    processes.move();
    return new ProcessPair(server, client);
  }

  /**
   * Lets the client warm up for a work.
   *
   * @returns The kinds of call that the work needs and the subject does not have, if there are any.
   */
  async prepare(work: string, extent: Extent): Promise<readonly CallKind[] | undefined> {
    const { cannot } = await this.#client.ask({ work, extent }, ROUND_MS) as { cannot?: readonly CallKind[] };
    return cannot;
  }

  /** Lets the client measure once. */
  async round(work: string, extent: Extent): Promise<Measures> {
    return await this.#client.ask({ work, extent }, ROUND_MS) as Measures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}
