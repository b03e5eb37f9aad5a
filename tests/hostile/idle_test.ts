/** As many idle exchanges as a server takes, over real sockets: the server and its clients are processes of their own. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MAX_EXCHANGES } from "../../src/limits.ts";
import { mebibytes, waitFor } from "./attack.ts";
import { RawPeer } from "./raw_peer.ts";
import { Neighbour } from "./site.ts";

/** One of the exchanges is the neighbour's. */
const CLIENTS = MAX_EXCHANGES - 1;
/** Files that the server has open beside its connections, and a few to spare. */
const OTHER_FILES = 500;
/** Bytes of the server's heap for an exchange and its connection; 20 KiB were measured, 13 of them without this library. */
const MOST_HEAP_EACH = 40_960;

interface ServerState {
  readonly heapUsed: number;
  readonly rss: number;
  readonly exchanges: number;
  readonly operations: number;
}

/** A program of this folder that says a line when it is ready, and one for each that it is told. */
class Program implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;

  constructor(file: string, ...args: readonly unknown[]) {
    const path = new URL(file, import.meta.url).pathname;
    const command = ["deno", "run", "-A", "--v8-flags=--expose-gc", path, ...args].join(" ");
    // As many files as may be at all.
    this.#process = new Deno.Command("sh", {
      args: ["-c", `ulimit -n $(ulimit -Hn) && exec ${command.replace("deno", Deno.execPath())}`],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async line(): Promise<string> {
    const { value } = await this.#reader.read();
    if (value === undefined) throw new Error("The program has ended");
    return value.trim();
  }

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

/** How many files a process may open here. */
function mostFiles(): number {
  if (Deno.build.os === "windows") return 0;
  const { stdout } = new Deno.Command("sh", { args: ["-c", "ulimit -Hn"] }).outputSync();
  const limit = new TextDecoder().decode(stdout).trim();
  return limit === "unlimited" ? Infinity : Number(limit);
}

Deno.test({
  name:
    `P8.7 ${MAX_EXCHANGES} idle exchanges over sockets: none is lost, one more is refused, and all end with their clients`,
  // Elsewhere no server could have as many connections.
  ignore: mostFiles() < MAX_EXCHANGES + OTHER_FILES,
  async fn() {
    await using server = new Program("./idle_server.ts");
    const port = Number(await server.line());
    const before = await server.ask();
    await using neighbour = new Neighbour(`http://127.0.0.1:${port}/rpc`);
    await waitFor(() => neighbour.calls > 0);
    let during: ServerState;
    {
      const halves = [Math.floor(CLIENTS / 2), Math.ceil(CLIENTS / 2)];
      await using one = new Program("./idle_clients.ts", port, halves[0]);
      await using other = new Program("./idle_clients.ts", port, halves[1]);
      assertEquals([await one.line(), await other.line()].map(Number), halves);
      during = await server.ask();
      assertEquals([during.exchanges, during.operations <= 1], [MAX_EXCHANGES, true]);
      using tooMany = await RawPeer.open(port, { exchange: "duplex" });
      await waitFor(() => tooMany.answer !== "");
      assertStringIncludes(tooMany.answer, "HTTP/1.1 503");
    }
    const after = await settled(server);
    console.log(
      `heap ${mebibytes(before.heapUsed, during.heapUsed, after.heapUsed)}, ` +
        `RSS ${mebibytes(before.rss, during.rss, after.rss)} MiB`,
    );
    const heapEach = (during.heapUsed - before.heapUsed) / CLIENTS;
    assert(heapEach < MOST_HEAP_EACH, `${heapEach} bytes of heap for each exchange`);
    assert(after.heapUsed - before.heapUsed < (during.heapUsed - before.heapUsed) / 2, "Too much of the heap is left");
  },
});

/** Waits until the neighbour's exchange is the only one. */
async function settled(server: Program): Promise<ServerState> {
  for (let patience = 100; patience > 0; patience--) {
    const state = await server.ask();
    if (state.exchanges <= 1) return state;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Exchanges are left whose clients have gone");
}
