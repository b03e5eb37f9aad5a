/**
 * What a well-behaved client notices of hostile ones on the same server, and what memory they cost it. The server, the
 * attacker and the client that measures are three processes. Prints a Markdown table. Run it with
 * `deno task bench:hostile`, or with the beginning of an attack's name for that alone.
 *
 * @module
 */
import { createClient } from "../mod.ts";
import { Target } from "../tests/hostile/site.ts";
import { ATTACKS } from "./hostile_attacks.ts";

const PHASE_MS = 2_500;
/** Until what ends with the attackers has ended. */
const CALM_MS = 1_500;

interface ServerState {
  readonly heapUsed: number;
  readonly rss: number;
  readonly exchanges: number;
  readonly operations: number;
}

function spawn(file: string, args: readonly string[], piped: boolean): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--v8-flags=--expose-gc", new URL(file, import.meta.url).pathname, ...args],
    stdin: piped ? "piped" : "null",
    stdout: piped ? "piped" : "inherit",
  }).spawn();
}

/** The server in its own process. */
class Server implements AsyncDisposable {
  readonly #process = spawn("./hostile_server.ts", [], true);
  readonly #writer = this.#process.stdin.getWriter();
  readonly #reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();

  async line(): Promise<string> {
    const { value } = await this.#reader.read();
    if (value === undefined) throw new Error("The server has ended");
    return value;
  }

  async state(): Promise<ServerState> {
    await this.#writer.write(new TextEncoder().encode("\n"));
    return JSON.parse(await this.line());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    this.#writer.releaseLock();
    await this.#reader.cancel();
  }
}

/** Calls one after the other for a while, and returns how long each took, sorted. */
async function measure(url: string, ms: number): Promise<number[]> {
  await using client = createClient(Target, url, { exchange: "duplex" });
  const times: number[] = [];
  await client.echo("first");
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt) {
    const start = performance.now();
    await client.echo("hello", { timeoutMs: 20_000 });
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return times.sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

async function row(name: string): Promise<string> {
  await using server = new Server();
  const port = Number(await server.line());
  const url = `http://127.0.0.1:${port}/rpc`;
  await measure(url, 1_000);
  const before = await server.state();
  const calm = await measure(url, PHASE_MS);
  const attacker = spawn("./hostile_attacks.ts", [name, String(port), String(PHASE_MS + 500)], false);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const attacked = await measure(url, PHASE_MS);
  const during = await server.state();
  await attacker.status;
  await new Promise((resolve) => setTimeout(resolve, CALM_MS));
  const after = await server.state();
  const left = `${after.exchanges}, ${after.operations}`;
  return [name, ...latencies(calm, attacked), ...memory(before, during, after), left].join(" | ");
}

function latencies(calm: readonly number[], attacked: readonly number[]): string[] {
  return [0.5, 0.99].flatMap((share) => {
    const [before, during] = [quantile(calm, share), quantile(attacked, share)];
    return [before.toFixed(2), during.toFixed(2), (during / before).toFixed(1)];
  });
}

function memory(...states: readonly ServerState[]): string[] {
  const mebibytes = (bytes: number) => (bytes / 1_048_576).toFixed(0);
  return [
    states.map(({ heapUsed }) => mebibytes(heapUsed)).join(" / "),
    states.map(({ rss }) => mebibytes(rss)).join(" / "),
  ];
}

const HEADINGS = [
  "attack",
  "p50 before",
  "during",
  "ratio",
  "p99 before",
  "during",
  "ratio",
  "heap before / during / after",
  "RSS before / during / after",
  "exchanges, operations left",
];
console.log(`| ${HEADINGS.join(" | ")} |`);
console.log(`| ${HEADINGS.map((_, i) => i === 0 ? "---" : "--:").join(" | ")} |`);
for (const name of Object.keys(ATTACKS)) {
  if (name.startsWith(Deno.args[0] ?? "")) console.log(`| ${await row(name)} |`);
}
