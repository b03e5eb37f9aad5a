/**
 * Projects of users who have the npm package of this library from `npm install`.
 *
 * @module
 */
import { runDeno, runProcess } from "../watched_process.ts";

/** A folder that a user's program lives in; disposing of it removes it. */
export interface NpmProject extends AsyncDisposable {
  /** The folder. */
  readonly folder: string;
}

/**
 * Makes a project of ES modules.
 *
 * @param dependencies What it depends on, as `npm install` takes it.
 * @param options More options of `npm install`.
 */
export async function npmProject(dependencies: readonly string[], options: readonly string[]): Promise<NpmProject> {
  const folder = await Deno.makeTempDir({ prefix: "ticketlink-npm-" });
  const project = { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  await Deno.writeTextFile(`${folder}/package.json`, '{ "private": true, "type": "module" }\n');
  // Nothing that the packages would run is needed.
  const quietly = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  try {
    await runProcess("npm", { args: ["install", ...quietly, ...options, ...dependencies], cwd: folder });
    return project;
  } catch (error) {
    await project[Symbol.asyncDispose]();
    throw error;
  }
}

/** Makes a project with the npm package as it is now, without the optional parts of what it depends on. */
export async function libraryProject(...others: string[]): Promise<NpmProject> {
  const tarball = await Deno.makeTempFile({ prefix: "ticketlink-", suffix: ".tgz" });
  try {
    await packLibrary(tarball);
    return await npmProject([tarball, ...others], ["--omit=optional"]);
  } finally {
    await Deno.remove(tarball);
  }
}

/** Makes the npm package as it is now, in a process of its own: esbuild's ends some time after it is told to. */
export async function packLibrary(tarball: string): Promise<void> {
  const tool = new URL("../../tools/pack.ts", import.meta.url).pathname;
  await runDeno(["run", "-A", tool, tarball, "--allow-dirty"], { cwd: new URL("../../", import.meta.url) });
}
