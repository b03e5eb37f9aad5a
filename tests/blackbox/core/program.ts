import { WatchedProcess } from "../../watched_process.ts";
import { residentBytes, staysBelow } from "./memory.ts";
import type { TargetState } from "./target.ts";

/** A program of this folder in a process of its own. It says lines, and ends with its standard input. */
export class Program implements AsyncDisposable {
  readonly #process: WatchedProcess;
  readonly #name;

  constructor(name: string, command: string, args: readonly string[]) {
    this.#name = name;
    // As many files as may be at all.
    const shell = ["-c", 'ulimit -n "$(ulimit -Hn)" && exec "$@"', "sh", command, ...args];
    this.#process = new WatchedProcess("sh", { args: shell, input: "piped" });
  }

  /** Runs a module of this folder with one argument, as JSON. */
  static ofModule(file: string, argument: unknown): Program {
    const path = new URL(file, import.meta.url).pathname;
    return new Program(file, Deno.execPath(), ["run", "-A", "--no-check", path, JSON.stringify(argument)]);
  }

  /** The next line that it says, as JSON. */
  async next(): Promise<unknown> {
    return JSON.parse(await this.#process.line());
  }

  /** Says a line to it and waits for one. */
  async ask(line: string): Promise<unknown> {
    await this.#process.tell(line);
    return await this.next();
  }

  /** The number of its process. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Bytes of it that are in memory now. */
  residentBytes(): number {
    return residentBytes(this.pid);
  }

  /** Fails as soon as it has more than so many bytes in memory while something goes on. */
  staysBelow<Value>(limitBytes: number, work: Promise<Value>): Promise<Value> {
    return staysBelow(this.pid, this.#name, limitBytes, work);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}

/** The server of {@linkcode Target} in a process of its own. */
export class TargetServer implements AsyncDisposable {
  readonly program: Program;
  readonly url: string;

  private constructor(program: Program, port: unknown) {
    this.program = program;
    this.url = `http://127.0.0.1:${port}/rpc`;
  }

  /** Starts it with options of `ticketHandler()`, as far as JSON has them. */
  static async start(options: Readonly<Record<string, unknown>> = {}): Promise<TargetServer> {
    const program = Program.ofModule("target_server.ts", options);
    return new TargetServer(program, await program.next());
  }

  /** What runs. */
  async state(): Promise<TargetState> {
    return await this.program.ask("state") as TargetState; // the program says nothing else
  }

  /** Lets its busy handlers go on. */
  async release(): Promise<void> {
    await this.program.ask("release");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.program[Symbol.asyncDispose]();
  }
}
