/**
 * Breaks the code in each of the ways that `mutations/` lists, one at a time and in a copy, and shows whether the simulator and
 * the tests of the layer notice. A breakage that nobody notices is a rule that nothing holds: it exits with 1.
 *
 * Run it with `deno task mutations`, or with words that the wanted ones have in their file or reason:
 * `deno task mutations S15 src/wire`. With `--minutes 10 --from 30` it takes as many as there is time for, from the 30th on
 * and then from the first again.
 *
 * @module
 */
import { ENDS_MUTATIONS } from "./mutations/ends.ts";
import { HTTP_MUTATIONS } from "./mutations/http.ts";
import type { Mutation } from "./mutations/mutation.ts";
import { PAIR_MUTATIONS } from "./mutations/pairs.ts";
import { RPC_MUTATIONS } from "./mutations/rpc.ts";
import { SOCKET_MUTATIONS } from "./mutations/socket.ts";
import { WIRE_MUTATIONS } from "./mutations/wire.ts";

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
/** Where the rules of a layer are tested, beside the folder of its name. */
const MORE_TESTS: Readonly<Record<string, readonly string[]>> = {
  ends: ["tests/protocol"],
  http: ["tests/fuzz/found_test.ts", "tests/limits", "tests/blackbox/core/answers_at_once_test.ts"],
  rpc: ["tests/security", "tests/blackbox/core/answers_at_once_test.ts"],
};

/** How one command took a breakage. */
type Verdict = "passed" | "failed" | "hung";

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

/** Breaks a text; `undefined` if what is to be broken does not stand there, or more than once. */
export function mutate(source: string, { text, replacement }: Mutation): string | undefined {
  const pieces = source.split(text);
  return pieces.length === 2 ? pieces.join(replacement) : undefined;
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

function test(folder: string, file: string): Promise<Verdict> {
  const layer = file.split("/")[1] ?? "";
  const tests = [`tests/${layer}`, ...MORE_TESTS[layer] ?? []];
  return run(folder, ["test", "-A", "--no-check", "--fail-fast", "--quiet", ...tests]);
}

/** Breaks one copy, asks both, repairs it, and tells whether anyone noticed. */
async function tryOut(folder: string, mutation: Mutation): Promise<boolean> {
  const path = `${folder}/${mutation.file}`;
  const source = await Deno.readTextFile(path).catch(() => "");
  const broken = mutate(source, mutation);
  if (broken === undefined) {
    print("STALE", "", "", `${mutation.file} does not have once: ${mutation.text.trim()}`);
    return false;
  }
  await Deno.writeTextFile(path, broken);
  const bySimulator = await simulate(folder);
  const byTests = await test(folder, mutation.file);
  await Deno.writeTextFile(path, source);
  const isCaught = bySimulator !== "passed" || byTests !== "passed";
  print(isCaught ? "caught" : "SURVIVED", bySimulator, byTests, `${mutation.file}: ${mutation.why}`);
  return isCaught;
}

function print(verdict: string, simulator: string, tests: string, what: string): void {
  console.log(`${verdict.padEnd(9)} ${simulator.padEnd(9)} ${tests.padEnd(7)} ${what}`);
}

/** Whoever fails without a breakage would be said to notice each of them. */
async function checkUnbroken(folder: string): Promise<void> {
  const failing = await simulate(folder) === "passed" ? [] : ["the simulator"];
  for (const layer of new Set(MUTATIONS.map(({ file }) => file.split("/")[1]))) {
    if (await test(folder, `src/${layer}/`) !== "passed") failing.push(`the tests of ${layer}`);
  }
  if (failing.length > 0) throw new Error(`Cannot begin: what is not broken fails already (${failing.join(", ")})`);
}

/** What the command line asks for: words that are wanted, minutes that there are, and the number to begin with. */
function readArguments(args: readonly string[]): { words: string[]; minutes: number; from: number } {
  const words: string[] = [];
  const numbers = { "--minutes": Infinity, "--from": 0 };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg !== "--minutes" && arg !== "--from") words.push(arg);
    else if (!((numbers[arg] = Number(args[++i])) >= 0)) throw new RangeError(`Cannot use ${arg}: expected a number`);
  }
  return { words, minutes: numbers["--minutes"], from: numbers["--from"] };
}

async function main(args: readonly string[]): Promise<boolean> {
  const { words, minutes, from } = readArguments(args);
  const wanted = MUTATIONS.filter(({ file, why }) =>
    words.length === 0 || words.some((word) => `${file} ${why}`.includes(word))
  );
  const endsAt = performance.now() + minutes * 60_000;
  const folders = await Promise.all([copyRepository(), copyRepository()]);
  try {
    await checkUnbroken(folders[0]!);
    print("", "simulator", "tests", "");
    const first = from % Math.max(1, wanted.length);
    const left = [...wanted.slice(first), ...wanted.slice(0, first)];
    let tried = 0;
    let survivors = 0;
    await Promise.all(folders.map(async (folder) => {
      for (let mutation = left.shift(); mutation !== undefined; mutation = left.shift()) {
        if (performance.now() > endsAt) return;
        tried += 1;
        if (!await tryOut(folder, mutation)) survivors += 1;
      }
    }));
    console.log(`${tried} of ${wanted.length} mutations from number ${first}, ${survivors} survived`);
    return survivors === 0 && tried > 0;
  } finally {
    for (const folder of folders) await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main && !await main(Deno.args)) Deno.exit(1);
