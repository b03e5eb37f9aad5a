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

  /** The URL of the folder that has its entry points: sources on Deno, the files of its npm package elsewhere. */
  async entriesFor(runtime: Runtime): Promise<string> {
    if (runtime === "deno") return `file://${this.root}/src/`;
    this.#packed ??= this.#pack();
    return `file://${await this.#packed}/src/`;
  }

  /** Makes its npm package and unpacks it in reach of what it depends on. */
  async #pack(): Promise<string> {
    const folder = `${SCRATCH}/${this.label}`;
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.mkdir(folder, { recursive: true });
    const archive = `${folder}/package.tgz`;
    await runCommand(Deno.execPath(), ["pack", "--allow-dirty", "--output", archive], { cwd: this.root });
    await runCommand("tar", ["xzf", archive, "-C", folder]);
    return `${folder}/package`;
  }
}

/** The library as it is in this work tree. */
export const WORK_TREE = new Library("work-tree", ROOT);
