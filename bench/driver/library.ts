import type { Runtime } from "../peers/catalog.ts";
import { ROOT, SCRATCH } from "./folders.ts";
import { runCommand } from "./run_command.ts";

/** The library at one revision, in the forms that the runtimes take. */
export class Library {
  /** What tells it from others. */
  readonly label: string;
  /** Where its `deno.json` is. */
  readonly root: string;
  #packed: Promise<string> | undefined;

  /**
   * @param label What tells it from others; may be part of a path.
   * @param root Where its `deno.json` is.
   */
  constructor(label: string, root: string) {
    this.label = label;
    this.root = root;
  }

  /** The URL of the folder that has its entry points: sources on Deno, the modules of its npm package elsewhere. */
  async entriesFor(runtime: Runtime): Promise<string> {
    if (runtime === "deno") return `file://${this.root}/src/`;
    this.#packed ??= this.#pack();
    const folder = await this.#packed;
    // The packages of earlier commits have a module for each source.
    const isBuilt = await Deno.stat(`${folder}/client.js`).then(() => true, () => false);
    return `file://${folder}/${isBuilt ? "" : "src/"}`;
  }

  /** Makes its npm package and unpacks it in reach of what it depends on. */
  async #pack(): Promise<string> {
    const folder = `${SCRATCH}/${this.label}`;
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.mkdir(folder, { recursive: true });
    const archive = `${folder}/package.tgz`;
    // The oldest commits have no task for it.
    const { tasks } = JSON.parse(await Deno.readTextFile(`${this.root}/deno.json`));
    const pack = "pack" in tasks ? ["task", "pack", archive] : ["pack", "--quiet", "--output", archive];
    await runCommand(Deno.execPath(), [...pack, "--allow-dirty"], { cwd: this.root });
    await runCommand("tar", ["xzf", archive, "-C", folder]);
    return `${folder}/package`;
  }
}

/**
 * The library as a commit has it, in a clone that is left behind for the next time.
 *
 * @param revision What git can make a commit of.
 */
export async function libraryAt(revision: string): Promise<Library> {
  const git = (...args: string[]) => runCommand("git", args, { cwd: ROOT });
  const commit = await git("rev-parse", "--verify", "--short=10", `${revision}^{commit}`);
  const tree = `${SCRATCH}/${commit}-tree`;
  const isThere = await Deno.stat(tree).then(() => true, () => false);
  if (!isThere) {
    await Deno.mkdir(SCRATCH, { recursive: true });
    await git("clone", "--quiet", "--shared", "--no-checkout", ROOT, tree);
    await git("-C", tree, "checkout", "--quiet", "--detach", commit);
  }
  return new Library(commit, tree);
}

/** The library as it is in this work tree. */
export const WORK_TREE = new Library("work-tree", ROOT);
