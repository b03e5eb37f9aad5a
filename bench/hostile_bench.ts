/**
 * What a well-behaved client notices of hostile ones on the same server, and what memory they cost it. The server, the
 * attacker and the client that measures are three processes, which have to share what cores there are. So each attack is
 * also made on a server that only reads it, in the same process as the one that is measured: what the neighbour notices
 * then is the price of the bytes and connections themselves. The three phases (calm, only read, attacked) come in turns,
 * after an attack of which nothing is measured: what a server has never done is slow the first time.
 *
 * Prints a Markdown table. Run it with `deno task bench:hostile`, or with the beginning of an attack's name for that
 * alone.
 *
 * @module
 */
import { createClient } from "../mod.ts";
import { Target } from "../tests/hostile/site.ts";
import { ATTACKS } from "./hostile_attacks.ts";

/** Milliseconds of one phase, and how often each comes. */
const PHASE_MS = 1_000;
const ROUNDS = 3;
/** Milliseconds from when an attacker begins until the server is in the midst of it. */
const ONSET_MS = 100;
/** Milliseconds that an attack goes on at the most; it is ended when it has been measured. */
const ASSAULT_MS = 30_000;
/** Milliseconds without a longer stretch than so many, after which what ends with the attackers has ended. */
const CALM_MS = 500;
const CALM_STRETCH_MS = 10;

interface Ports {
  readonly site: number;
  readonly ending: number;
  readonly holding: number;
}

interface ServerState {
  readonly heapUsed: number;
  readonly rss: number;
  readonly exchanges: number;
  readonly operations: number;
  /** How long its timers had to wait for others since it was asked last, in milliseconds of CPU time. */
  readonly p99: number;
  readonly max: number;
}

function fileOf(path: string): string {
  return new URL(path, import.meta.url).pathname;
}

/** The server in its own process. */
class Server implements AsyncDisposable {
  readonly #process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--v8-flags=--expose-gc", fileOf("./hostile_server.ts")],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  readonly #writer = this.#process.stdin.getWriter();
  readonly #reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();

  async line(): Promise<string> {
    const { value } = await this.#reader.read();
    if (value === undefined) throw new Error("The server has ended");
    return value;
  }

  /** How it fares; after a collection of garbage if that is asked for. */
  async state(collects = false): Promise<ServerState> {
    await this.#writer.write(new TextEncoder().encode(collects ? "gc\n" : "\n"));
    return JSON.parse(await this.line());
  }

  /** Waits until what an attack has left behind is done with. */
  async calmed(): Promise<void> {
    do await pause(CALM_MS); while ((await this.state()).max > CALM_STRETCH_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    this.#writer.releaseLock();
    await this.#reader.cancel();
  }
}

/** Calls one after the other for a while, and returns how long each took. */
async function measure(url: string, ms: number): Promise<number[]> {
  await using client = createClient(Target, url, { exchange: "duplex" });
  const times: number[] = [];
  await client.echo("first");
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt) {
    const start = performance.now();
    await client.echo("hello", { timeoutMs: 20_000 });
    times.push(performance.now() - start);
    await pause(1);
  }
  return times;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** What is measured in the phases of one kind. */
class Phase {
  readonly times: number[] = [];
  /** The state at the end of each. */
  readonly states: ServerState[] = [];

  async run(server: Server, url: string): Promise<void> {
    await server.state();
    this.times.push(...await measure(url, PHASE_MS));
    this.states.push(await server.state());
  }

  /** The p99 and the worst of what the server's timers had to wait; of the phases the one in the middle. */
  get stretches(): string {
    const [p99, max] = [this.states.map(({ p99 }) => p99), this.states.map(({ max }) => max)];
    return `${quantile(p99, 0.5).toFixed(1)}, ${quantile(max, 0.5).toFixed(0)}`;
  }
}

/**
 * What attackers are run by: they get the time of a core that nobody else wants. On the internet they have machines of
 * their own; here they would take theirs from the server and its neighbour, and that is not what is to be measured.
 */
const IDLE_PRIORITY = ["chrt", "--idle", "0"];

/** An attacker in its own process. */
class Assault implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(name: string, port: number) {
    const [command, ...args] = [...IDLE_PRIORITY, Deno.execPath(), "run", "-A", fileOf("./hostile_attacks.ts")];
    this.#process = new Deno.Command(command!, {
      args: [...args, name, String(port), String(ASSAULT_MS)],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#reader = this.#process.stdout.getReader();
  }

  /** Resolves when it has begun, and the server is in the midst of it. */
  async begun(): Promise<void> {
    if ((await this.#reader.read()).done) throw new Error("An attacker has ended before it began");
    await pause(ONSET_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#reader.cancel();
  }
}

/** Measures while an attack goes on, wherever it is aimed at. */
async function underAttack(name: string, port: number, server: Server, run: () => Promise<void>): Promise<void> {
  {
    await using assault = new Assault(name, port);
    await assault.begun();
    if (ATTACKS[name]!.isOnce) await server.calmed();
    await run();
  }
  await server.calmed();
}

async function row(name: string): Promise<string> {
  await using server = new Server();
  const ports: Ports = JSON.parse(await server.line());
  const url = `http://127.0.0.1:${ports.site}/rpc`;
  const { ends, isOnce } = ATTACKS[name]!;
  const readOnly = ends ? ports.ending : ports.holding;
  await measure(url, 1_000);
  const before = await server.state(true);
  // Lets all that is measured have happened once: it is compiled by then.
  for (const port of isOnce ? [] : [ports.site, readOnly]) {
    await underAttack(name, port, server, () => measure(url, PHASE_MS).then(() => {}));
  }
  const [calm, onlyRead, attacked] = [new Phase(), new Phase(), new Phase()];
  for (let round = 0; round < (isOnce ? 1 : ROUNDS); round++) {
    await calm.run(server, url);
    await underAttack(name, readOnly, server, () => onlyRead.run(server, url));
    await underAttack(name, ports.site, server, () => attacked.run(server, url));
  }
  const after = await server.state(true);
  return [
    name,
    ...latencies(0.5, calm, onlyRead, attacked),
    ...latencies(0.99, calm, onlyRead, attacked),
    [calm, onlyRead, attacked].map(({ stretches }) => stretches).join(" / "),
    ...memory(before, attacked.states.at(-1)!, after),
    `${after.exchanges}, ${after.operations}`,
  ].join(" | ");
}

function latencies(share: number, ...phases: readonly [calm: Phase, onlyRead: Phase, attacked: Phase]): string[] {
  const [calm, onlyRead, attacked] = phases.map(({ times }) => quantile(times, share)) as [number, number, number];
  return [
    [calm, onlyRead, attacked].map((ms) => ms.toFixed(2)).join(" / "),
    (attacked / calm).toFixed(1),
    (attacked / onlyRead).toFixed(1),
  ];
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
  "p50: calm / only read / attacked",
  "to calm",
  "to only read",
  "p99: calm / only read / attacked",
  "to calm",
  "to only read",
  "stretches, CPU ms: p99, longest",
  "heap: before / during / after",
  "RSS",
  "left",
];
console.log(`| ${HEADINGS.join(" | ")} |`);
console.log(`| ${HEADINGS.map((_, i) => i === 0 ? "---" : "--:").join(" | ")} |`);
for (const name of Object.keys(ATTACKS)) {
  if (name.startsWith(Deno.args[0] ?? "")) console.log(`| ${await row(name)} |`);
}
