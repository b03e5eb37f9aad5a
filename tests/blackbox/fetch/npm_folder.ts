/**
 * A folder with the npm package of this library and those of `npm/package.json`, in which programs run on Node as users
 * have them.
 *
 * @module
 */
import { readSources } from "../../source_tree.ts";
import { packLibrary } from "../../package/npm_project.ts";
import { runProcess, WatchedProcess } from "../../watched_process.ts";

const REPOSITORY = new URL("../../../", import.meta.url);
const FOLDER = new URL("./npm/", import.meta.url);
const MODULES = new URL("./node_modules/", FOLDER);
/** The library, and a second copy of it, as one that a package brings along. */
const COPIES = [new URL("./@ticketlink/ticketlink/", MODULES), new URL("./@ticketlink/copy/", MODULES)];
/** Milliseconds that a program may take. */
const DEADLINE_MS = 20_000;

let preparing: Promise<void> | undefined;

/**
 * Runs a program of this folder on Node.
 *
 * @param node The path of Node.
 * @param name The program's file.
 * @param args What it is given.
 * @returns What the line of JSON says that it prints last.
 * @throws {Error} If it dies, is late, or leaves an error uncaught.
 */
export async function runOnNode(node: string, name: string, args: readonly string[]): Promise<unknown> {
  await (preparing ??= prepare());
  const program = await Deno.readTextFile(new URL(name, import.meta.url));
  // Packages are looked up from the folder in which a program given as text runs. The first argument takes the place of
  // its file.
  await using process = new WatchedProcess(node, {
    args: ["--input-type=module", "--eval", program, "--", name, ...args],
    cwd: FOLDER,
  });
  return await resultOf(process, DEADLINE_MS);
}

/** Waits for a program that prints a line of JSON, and for its end. */
export async function resultOf(process: WatchedProcess, deadlineMs: number): Promise<unknown> {
  if (!await process.endsWithin(deadlineMs)) throw new Error(`The program has not ended in ${deadlineMs} ms`);
  const { stdout } = await process.ended();
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

/** Installs the packages and the library where what is wanted has changed, while other files of tests wait for it. */
async function prepare(): Promise<void> {
  using lock = await Deno.open(new URL(".lock", FOLDER), { create: true, write: true });
  await lock.lock(true);
  const wanted = await Deno.readTextFile(new URL("package.json", FOLDER));
  await unlessStamped(".installed.json", wanted, async () => {
    const args = ["install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"];
    await runProcess("npm", { args, cwd: FOLDER });
  });
  const rest = await Promise.all(["mod.ts", "deno.json"].map((name) => Deno.readTextFile(new URL(name, REPOSITORY))));
  await unlessStamped(".library.json", JSON.stringify([...rest, ...await readSources()]), installLibrary);
}

/** Does something unless it has been done for the same text. */
async function unlessStamped(name: string, text: string, action: () => Promise<void>): Promise<void> {
  const stamp = new URL(name, MODULES);
  if (await Deno.readTextFile(stamp).catch(() => "") === text) return;
  await action();
  await Deno.writeTextFile(stamp, text);
}

async function installLibrary(): Promise<void> {
  const tarball = new URL("library.tgz", MODULES).pathname;
  await packLibrary(tarball);
  for (const folder of COPIES) {
    await Deno.remove(folder, { recursive: true }).catch(() => "it was not there");
    await Deno.mkdir(folder, { recursive: true });
    await runProcess("tar", { args: ["-xzf", tarball, "--strip-components=1"], cwd: folder });
  }
}
