/**
 * Makes the tree that the tag of a version holds: the files of the repository, and `dist` beside them, which main has not.
 * Run it with `deno task release`, or with a FOLDER to write to.
 *
 * @module
 */
import { build } from "./build.ts";
import { REPOSITORY } from "./build/entry_points.ts";
import { removeFolder, runTool } from "./build/files.ts";

/**
 * Makes the tree.
 *
 * @param folder Where it goes; what is there is removed.
 */
export async function release(folder: string): Promise<void> {
  await removeFolder(folder);
  const listed = await runTool("git", ["ls-files", "--cached", "-z"]);
  for (const path of listed.split("\0").filter((name) => name !== "")) {
    const target = `${folder}/${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(new URL(encodeURI(path), REPOSITORY), target);
  }
  await build(`${folder}/dist`);
}

if (import.meta.main) {
  const [folder = "release"] = Deno.args;
  await release(decodeURIComponent(new URL(`${folder}/`, REPOSITORY).pathname).replace(/\/$/, ""));
}
