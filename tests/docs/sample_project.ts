/**
 * A folder outside the repository in which the code of a document runs as it would at a reader's: public names resolve to
 * this checkout, and the only permission is the network.
 *
 * @module
 */

import { type ProcessOptions, runProcess, WatchedProcess } from "../watched_process.ts";

const REPOSITORY = new URL("../../", import.meta.url);

/** The parts of deno.json that matter here. */
interface ProjectConfig {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, unknown>>;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
}

/** Reads this repository's deno.json. */
export async function repositoryConfig(): Promise<ProjectConfig> {
  return JSON.parse(await Deno.readTextFile(new URL("deno.json", REPOSITORY)));
}

/** A server that runs until it is stopped. */
export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:` and a port. */
  readonly origin: string;
  stop(): Promise<void>;
}

/** A temporary folder with files to run. */
export class SampleProject implements AsyncDisposable {
  readonly #folder: string;
  /** Files written and not yet type-checked. */
  readonly #unchecked: Set<string> = new Set();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes an empty project. */
  static async create(): Promise<SampleProject> {
    const { name, exports, imports, compilerOptions } = await repositoryConfig();
    const folder = await Deno.makeTempDir({ prefix: "ticketlink-docs-" });
    const own = Object.entries(exports).map(([entry, file]) => [name + entry.slice(1), new URL(file, REPOSITORY).href]);
    const types = new URL("tests/types/std_assert.d.ts", REPOSITORY).href;
    const config = {
      imports: { ...imports, ...Object.fromEntries(own) },
      compilerOptions: { ...compilerOptions, types: [types] },
    };
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
    await Deno.copyFile(new URL("deno.lock", REPOSITORY), `${folder}/deno.lock`);
    return new SampleProject(folder);
  }

  /** Writes a file; one of the same name is type-checked before it is replaced. */
  async write(file: string, text: string): Promise<void> {
    if (this.#unchecked.has(file)) await this.check();
    const path = `${this.#folder}/${file}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
    this.#unchecked.add(file);
  }

  /** Type-checks all files written since the last time. */
  async check(): Promise<void> {
    if (this.#unchecked.size === 0) return;
    await runProcess(Deno.execPath(), this.#options("check", ...this.#unchecked));
    this.#unchecked.clear();
  }

  /** Runs a file to its end and returns what it prints. */
  async run(file: string): Promise<string> {
    const options = this.#options("run", "--no-check", "--allow-net", "--no-prompt", file);
    return (await runProcess(Deno.execPath(), options)).stdout;
  }

  /** Starts a file that serves, at a free port whatever it says, and waits until it listens. */
  async serve(file: string): Promise<RunningServer> {
    const options = this.#options("run", "--no-check", "--allow-net", "--no-prompt", file);
    const server = new WatchedProcess(Deno.execPath(), options);
    const stop = async (): Promise<void> => {
      server.kill("SIGTERM");
      await server.ended();
    };
    const said = await server.printed(/Listening on http:\/\/127\.0\.0\.1:\d+(?=\/)/);
    return { origin: said.replace("Listening on ", ""), stop };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  #options(...args: string[]): ProcessOptions {
    // Deno.serve() prefers this address to the one in the code.
    return { args, cwd: this.#folder, env: { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" } };
  }
}
