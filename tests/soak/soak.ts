import { seededRandom } from "../seeded_random.ts";
import { type Course, courseProblem, coursesOf } from "./audit.ts";
import { bundled } from "./bundled.ts";
import { Child, type Command, onDeno, onNode } from "./child_process.ts";
import type { ClientReport } from "./client.ts";
import type { KeptReadCost } from "./control.ts";
import { FlakyProxy } from "./flaky_proxy.ts";
import type { Rest } from "./rest.ts";
import type { ServerReport, ServerRest } from "./server.ts";

/** What the server runs on. */
export type Runtime = "deno" | "node";

/** How long and how hard it soaks. */
export interface SoakOptions {
  readonly seed: number;
  /** What the server runs on; the client runs on Deno. */
  readonly runtime: Runtime;
  /** Calls at once. */
  readonly concurrency: number;
  /** Milliseconds of load before anything is measured. */
  readonly warmUpMs: number;
  /** Milliseconds of load in each round; all comes to rest between them. */
  readonly roundMs: number;
  readonly rounds: number;
  /** Milliseconds that connections live on average. */
  readonly meanLifeMs: number;
  /** Hears how it goes. */
  readonly tell?: ((line: string) => void) | undefined;
}

/** What came of it. */
export interface SoakReport {
  readonly client: ClientReport;
  readonly server: ServerReport;
  readonly courses: readonly Course[];
  readonly proxy: FlakyProxy["counts"];
  /** What both processes had after the warm-up, and after each round. */
  readonly rests: readonly { readonly client: Rest; readonly server: ServerRest }[];
  /** Everything that must not be, but for the heap's growth. */
  readonly violations: readonly string[];
}

/** Milliseconds in which a process without anything to do is to have ended. */
const EXIT_WITHIN_MS = 5_000;

interface Answers {
  readonly start: unknown;
  readonly load: { readonly calls: number };
  readonly rest: Rest;
  readonly stop: unknown;
}

interface ServerAnswers extends Answers {
  readonly start: { readonly port: number };
  readonly rest: ServerRest;
  readonly stop: ServerReport;
}

type ServerChild = Child<ServerAnswers>;
type ClientChild = Child<Answers & { readonly stop: ClientReport }>;

/** Loads a server in one process from a client in another, over connections that break, and holds the two against each other. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { seed, concurrency, meanLifeMs, runtime } = options;
  await using program = runtime === "node" ? await bundled("./server_on_node.ts") : undefined;
  const onRuntime = program === undefined ? onDeno("./server_on_deno.ts") : onNode(program.path);
  await using server: ServerChild = new Child(onRuntime);
  const { port } = await server.started();
  const proxy = new FlakyProxy(port, seededRandom(seed), meanLifeMs);
  await using client: ClientChild = new Child(onDeno("./client.ts", [proxy.port, seed, concurrency].map(String)));
  await client.started();
  const rests = await loadInRounds(client, server, options);
  const clientReport = await client.ask(STOP);
  const clientEnded = await client.endsWithin(EXIT_WITHIN_MS);
  const serverReport = await server.ask(STOP);
  const serverEnded = await server.endsWithin(EXIT_WITHIN_MS);
  await proxy.close();
  const courses = coursesOf(seed, clientReport, serverReport);
  const violations = [
    ...(clientEnded ? [] : ["the client's process has not ended by itself"]),
    ...(serverEnded ? [] : ["the server's process has not ended by itself"]),
    ...rests.flatMap(({ client, server }) => [...restProblems("client", client), ...restProblems("server", server)]),
    ...clientProblems(clientReport),
    ...serverProblems(serverReport, courses),
    ...courses.flatMap(describeProblem),
  ];
  return { client: clientReport, server: serverReport, courses, proxy: proxy.counts, rests, violations };
}

/** Measures what Deno keeps of reads that are pending when their response ends. */
export async function keptReadCost(): Promise<KeptReadCost> {
  await using control: Child<Answers & { readonly start: KeptReadCost }> = new Child(onDeno("./control.ts"));
  const cost = await control.started();
  if (!await control.endsWithin(EXIT_WITHIN_MS)) throw new Error("The control's process has not ended by itself");
  return cost;
}

const STOP: Command & { readonly do: "stop" } = { do: "stop" };
const REST: Command & { readonly do: "rest" } = { do: "rest" };

async function loadInRounds(
  client: ClientChild,
  server: ServerChild,
  { warmUpMs, roundMs, rounds, tell }: SoakOptions,
): Promise<SoakReport["rests"][number][]> {
  const rests = [];
  for (let round = 0; round <= rounds; round++) {
    const { calls } = await client.ask({ do: "load", ms: round === 0 ? warmUpMs : roundMs });
    const rest = { client: await client.ask(REST), server: await server.ask(REST) };
    tell?.(`${round === 0 ? "warm-up" : `round ${round}`}: ${calls} calls so far, ${describeRest(rest)}`);
    rests.push(rest);
  }
  return rests;
}

function describeRest({ client, server }: SoakReport["rests"][number]): string {
  const kib = (bytes: number): string => `${Math.round(bytes / 1_024)} KiB`;
  return `heap ${kib(client.heapBytes)} at the client, ${kib(server.heapBytes)} at the server; ` +
    `processes ${kib(client.processBytes)}, ${kib(server.processBytes)}; ${server.keptReads} reads kept`;
}

function restProblems(side: string, { operations, exchanges, timers }: Rest): string[] {
  if (operations + exchanges + timers === 0) return [];
  return [`the ${side} has come to no rest: ${operations} operations, ${exchanges} exchanges, ${timers} timers`];
}

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);
}

function clientProblems(report: ClientReport): string[] {
  const { calls, entered, doubled, stats, wrong } = report;
  const ended = sum(stats);
  return [
    ...restProblems("client", report),
    ...(entered === calls ? [] : [`the client made ${calls} calls and began ${entered} operations`]),
    ...(ended === entered ? [] : [`the client began ${entered} operations and ended ${ended}`]),
    ...(doubled === 0 ? [] : [`the client made ${doubled} calls twice`]),
    ...wrong,
  ];
}

function serverProblems(report: ServerReport, courses: readonly Course[]): string[] {
  const { opened, entered, doubled, stats, unnamed, errors, firstErrors } = report;
  const ended = sum(stats);
  const { "remote failure": missing = 0, ...strange } = unnamed;
  const known = sum(countEntries(courses)) + missing;
  return [
    ...restProblems("server", report),
    ...(ended === opened ? [] : [`${opened} operations reached the server and ${ended} ended`]),
    ...(doubled === 0 ? [] : [`${doubled} calls were served twice`]),
    ...(known === entered + missing ? [] : [`the server began ${entered + missing} calls, and knows of ${known}`]),
    ...(sum(strange) === 0 ? [] : [`operations without a number ended as ${JSON.stringify(strange)}`]),
    ...statsProblems(report, courses),
    ...(errors === 0 ? [] : [`the server reported ${errors} errors`, ...firstErrors]),
  ];
}

function countEntries(courses: readonly Course[]): Partial<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { atServer, count } of courses) {
    if (atServer !== "absent") counts[atServer] = (counts[atServer] ?? 0) + count;
  }
  return counts;
}

/** The servicer has seen every operation end that the end has counted, but for those whose first word was their last (S6). */
function statsProblems({ stats, unnamed }: ServerReport, courses: readonly Course[]): string[] {
  const entered = countEntries(courses);
  return Object.entries(stats).flatMap(([kind, count]) => {
    const seen = (entered[kind] ?? 0) + (Object.entries(unnamed).find(([other]) => other === kind)?.[1] ?? 0);
    const mayBeMore = kind === "cancelled" || kind === "expired" || kind === "transmission failure";
    if (seen === count || (mayBeMore && seen < count)) return [];
    return [`the server's end counts ${count} as ${kind}, and ${seen} were seen to end so`];
  });
}

function describeProblem(course: Course): string[] {
  const problem = courseProblem(course);
  if (problem === undefined) return [];
  const { kind, ending, result, atClient, atServer, count, first } = course;
  return [
    `${count} × ${kind}, to be ${ending}: the caller saw ${result}, it was ${atClient} at the client and ${atServer} ` +
    `at the server (call ${first} is the first): ${problem}`,
  ];
}
