/**
 * A folder outside the repository in which the code of a document runs as it would at a reader's: public names resolve to
 * this checkout, and the only permission is the network.
 *
 * @module
 */

const REPOSITORY = new URL("../../", import.meta.url);

/** What a finished program wrote and how it ended. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

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
    const { code, stderr } = await this.#deno("check", ...this.#unchecked);
    if (code !== 0) throw new Error(`Type check failed: ${stderr}`);
    this.#unchecked.clear();
  }

  /** Runs a file to its end. */
  run(file: string): Promise<Finished> {
    return this.#deno("run", "--no-check", "--allow-net", "--no-prompt", file);
  }

  /** Starts a file that serves, at a free port whatever it says, and waits until it listens. */
  async serve(file: string): Promise<RunningServer> {
    const child = this.#command(["run", "--no-check", "--allow-net", "--no-prompt", file]).spawn();
    const stdout = new Response(child.stdout).text();
    const [seen, rest] = child.stderr.tee();
    const stderr = new Response(rest).text();
    const origin = await listeningOrigin(seen);
    const stop = async (): Promise<void> => {
      child.kill("SIGTERM");
      await Promise.all([child.status, stdout, stderr]);
    };
    if (origin !== undefined) return { origin, stop };
    await child.status;
    throw new Error(`Server ${file} ended before it listened: ${await stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #deno(...args: string[]): Promise<Finished> {
    const { code, stdout, stderr } = await this.#command(args).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  #command(args: string[]): Deno.Command {
    return new Deno.Command(Deno.execPath(), {
      args,
      cwd: this.#folder,
      // Deno.serve() prefers this address to the one in the code.
      env: { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0", NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }
}

/** The origin that a server reports, or `undefined` if its output ends without one. */
async function listeningOrigin(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string | undefined> {
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const origin = /Listening on (http:\/\/127\.0\.0\.1:\d+)\//.exec(text)?.[1];
    if (origin !== undefined) return origin;
  }
  return undefined;
}
