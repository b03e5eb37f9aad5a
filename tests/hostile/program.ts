/** Servers and clients in processes of their own. */

/** What a server says of itself. */
export interface ServerState {
  readonly heapUsed: number;
  /** Bytes of buffers, which are not on the heap. */
  readonly external: number;
  readonly rss: number;
  readonly exchanges: number;
  readonly operations: number;
}

/** A program of this folder that says a line when it is ready, and one for each that it is told. */
export class Program implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;

  constructor(file: string, ...args: readonly unknown[]) {
    const path = new URL(file, import.meta.url).pathname;
    const command = [Deno.execPath(), "run", "-A", "--v8-flags=--expose-gc", path, ...args.map(String)];
    this.#process = new Deno.Command("sh", {
      // As many files as may be at all.
      args: ["-c", 'ulimit -n $(ulimit -Hn) && exec "$@"', "sh", ...command],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line that it says. */
  async line(): Promise<string> {
    const { value } = await this.#reader.read();
    if (value === undefined) throw new Error("The program has ended");
    return value.trim();
  }

  /** Asks a server how it fares, after a collection of garbage. */
  async ask(): Promise<ServerState> {
    await this.#writer.write(new TextEncoder().encode("\n"));
    return JSON.parse(await this.line());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => "it has ended already");
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#reader.cancel();
  }
}

/** Waits until the neighbour's exchange is the only one. */
export async function settled(server: Program): Promise<ServerState> {
  for (let patience = 100; patience > 0; patience--) {
    const state = await server.ask();
    if (state.exchanges <= 1) return state;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Exchanges are left whose clients have gone");
}
