/** Servers and clients in processes of their own. */
import { WatchedProcess } from "../watched_process.ts";

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
export class Program extends WatchedProcess {
  constructor(file: string, ...args: readonly unknown[]) {
    const path = new URL(file, import.meta.url).pathname;
    const command = [Deno.execPath(), "run", "-A", "--v8-flags=--expose-gc", path, ...args.map(String)];
    // As many files as may be at all.
    super("sh", { args: ["-c", 'ulimit -n $(ulimit -Hn) && exec "$@"', "sh", ...command], input: "piped" });
  }

  /** Asks a server how it fares, after a collection of garbage. */
  async ask(): Promise<ServerState> {
    await this.tell("");
    return JSON.parse(await this.line());
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
