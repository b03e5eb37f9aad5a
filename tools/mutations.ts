/**
 * Breaks the code in each of the ways that `mutations/` lists, one at a time and in a copy, and shows whether the simulator or
 * the tests of the layer notice. A breakage that neither notices is a rule that nothing holds: it exits with 1.
 *
 * Run it with `deno task mutations`, or with words that the wanted ones have in their name, file or reason:
 * `deno task mutations S15 src/wire`. With `--minutes 10 --from 30` it takes as many as there is time for, from the 30th on
 * and then from the first again. With `--check` it only finds what each changes.
 *
 * @module
 */
import { ENDS_MUTATIONS } from "./mutations/ends.ts";
import { HTTP_MUTATIONS } from "./mutations/http.ts";
import type { Mutation } from "./mutations/mutation.ts";
import { PAIR_MUTATIONS } from "./mutations/pairs.ts";
import { RPC_MUTATIONS } from "./mutations/rpc.ts";
import { SOCKET_MUTATIONS } from "./mutations/socket.ts";
import { mutate, Places } from "./mutations/places.ts";
import { WIRE_MUTATIONS } from "./mutations/wire.ts";
import { readSources } from "../tests/source_tree.ts";

/** Everything that is tried. */
export const MUTATIONS: readonly Mutation[] = [
  ...ENDS_MUTATIONS,
  ...WIRE_MUTATIONS,
  ...HTTP_MUTATIONS,
  ...PAIR_MUTATIONS,
  ...SOCKET_MUTATIONS,
  ...RPC_MUTATIONS,
];

/** Seeds for each breakage. */
const SEEDS = 400;
/** Milliseconds after which a run that hangs counts as having noticed. */
const PATIENCE_MS = 90_000;
/** Where exchanges and what carries them are tested. */
const HTTP_TESTS = [
  "tests/http",
  "tests/transport",
  "tests/limits",
  "tests/fuzz/found_test.ts",
  "tests/blackbox/core/answers_at_once_test.ts",
  "tests/channel/calls_over_http_test.ts",
  "tests/blackbox/fetch/redirects_test.ts",
];
/** Where each layer is tested. */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  links: ["tests/links"],
  cbor: ["tests/cbor"],
  wire: ["tests/wire"],
  ends: ["tests/ends", "tests/protocol"],
  rpc: ["tests/rpc", "tests/security", "tests/blackbox/core/answers_at_once_test.ts"],
  exchange: HTTP_TESTS,
  transport: HTTP_TESTS,
};

/** A mutation, the file that it changes, and the text of the file then. */
export interface Breakage {
  readonly mutation: Mutation;
  readonly file: string;
  readonly changed: string;
}

/** How one command took a breakage. */
type Verdict = "passed" | "failed" | "hung";

/**
 * Breaks the sources of the work tree in each way.
 *
 * @returns One breakage for each mutation.
 * @throws {AggregateError} If what some of them change is not there once.
 */
export async function breakSources(): Promise<Breakage[]> {
  const sources = new Map([...await readSources()].map(([path, text]) => [`src/${path}`, text]));
  const places = new Places(sources);
  const errors: unknown[] = [];
  const breakages = MUTATIONS.flatMap((mutation) => {
    try {
      const place = places.find(mutation);
      return [{ mutation, file: place.file, changed: mutate(sources.get(place.file) ?? "", place, mutation) }];
    } catch (error) {
      errors.push(error);
      return [];
    }
  });
  if (errors.length > 0) throw new AggregateError(errors, errors.join("\n"));
  return breakages;
}

/** Makes a copy of all files of the work tree that git knows or would add. */
async function copyRepository(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "mutations-" });
  const { stdout } = await new Deno.Command("git", { args: ["ls-files", "-co", "--exclude-standard"] }).output();
  for (const path of new TextDecoder().decode(stdout).split("\n")) {
    if (path === "") continue;
    const target = `${folder}/${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    // A file that git knows and that has just been removed is none.
    await Deno.copyFile(path, target).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  return folder;
}

async function run(folder: string, args: readonly string[]): Promise<Verdict> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: folder,
    stdout: "null",
    stderr: "null",
  }).spawn();
  const kill = (): void => child.kill("SIGKILL");
  patience.addEventListener("abort", kill);
  const { success } = await child.status;
  patience.removeEventListener("abort", kill);
  if (patience.aborted) return "hung";
  return success ? "passed" : "failed";
}

function simulate(folder: string): Promise<Verdict> {
  return run(folder, ["run", "-A", "--no-check", "tests/simulation/main.ts", "--seeds", String(SEEDS)]);
}

function test(folder: string, tests: readonly string[]): Promise<Verdict> {
  return run(folder, ["test", "-A", "--no-check", "--fail-fast", "--quiet", ...tests]);
}

/**
 * Where a file of `src` is tested.
 *
 * @throws {RangeError} If that is not known.
 */
export function testsOf(file: string): readonly string[] {
  const tests = TESTS[file.split("/")[1] ?? ""];
  if (tests === undefined) throw new RangeError(`Cannot test ${file}: its layer is not known here`);
  return tests;
}

/** Breaks one copy, asks the simulator and then the tests, repairs it, and tells whether either noticed. */
async function tryOut(folder: string, { mutation, file, changed }: Breakage): Promise<boolean> {
  const path = `${folder}/${file}`;
  const source = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, changed);
  const bySimulator = await simulate(folder);
  const byTests = bySimulator === "passed" ? await test(folder, testsOf(file)) : "";
  await Deno.writeTextFile(path, source);
  const isCaught = byTests !== "passed";
  print(isCaught ? "caught" : "SURVIVED", bySimulator, byTests, `${mutation.name} (${file}): ${mutation.why}`);
  return isCaught;
}

function print(verdict: string, simulator: string, tests: string, what: string): void {
  console.log(`${verdict.padEnd(9)} ${simulator.padEnd(9)} ${tests.padEnd(7)} ${what}`);
}

/** Whoever fails without a breakage would be said to notice each of them. */
async function checkUnbroken(folder: string, breakages: readonly Breakage[]): Promise<void> {
  const failing = await simulate(folder) === "passed" ? [] : ["the simulator"];
  for (const tests of new Set(breakages.map(({ file }) => testsOf(file)))) {
    if (await test(folder, tests) !== "passed") failing.push(tests.join(", "));
  }
  if (failing.length > 0) throw new Error(`Cannot begin: what is not broken fails already (${failing.join(", ")})`);
}

/** What the command line asks for: words that are wanted, minutes that there are, and the number to begin with. */
function readArguments(args: readonly string[]): { words: string[]; minutes: number; from: number; isCheck: boolean } {
  const words: string[] = [];
  const numbers = { "--minutes": Infinity, "--from": 0 };
  let isCheck = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--check") isCheck = true;
    else if (arg !== "--minutes" && arg !== "--from") words.push(arg);
    else if (!((numbers[arg] = Number(args[++i])) >= 0)) throw new RangeError(`Cannot use ${arg}: expected a number`);
  }
  return { words, minutes: numbers["--minutes"], from: numbers["--from"], isCheck };
}

async function main(args: readonly string[]): Promise<boolean> {
  const { words, minutes, from, isCheck } = readArguments(args);
  const wanted = (await breakSources()).filter(({ file, mutation: { name, why } }) =>
    words.length === 0 || words.some((word) => `${name} ${file} ${why}`.includes(word))
  );
  if (isCheck) {
    console.log(`${wanted.length} mutations change what they name`);
    return wanted.length > 0;
  }
  const endsAt = performance.now() + minutes * 60_000;
  const folders = await Promise.all([copyRepository(), copyRepository()]);
  try {
    await checkUnbroken(folders[0]!, wanted);
    print("", "simulator", "tests", "");
    const first = from % Math.max(1, wanted.length);
    const left = [...wanted.slice(first), ...wanted.slice(0, first)];
    let tried = 0;
    let survivors = 0;
    await Promise.all(folders.map(async (folder) => {
      for (let breakage = left.shift(); breakage !== undefined; breakage = left.shift()) {
        if (performance.now() > endsAt) return;
        tried += 1;
        if (!await tryOut(folder, breakage)) survivors += 1;
      }
    }));
    console.log(`${tried} of ${wanted.length} mutations from number ${first}, ${survivors} survived`);
    return survivors === 0 && tried > 0;
  } finally {
    for (const folder of folders) await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main && !await main(Deno.args)) Deno.exit(1);
