import { install, type Installation } from "../runtimes/install.ts";
import { runProcess, WatchedProcess } from "../watched_process.ts";

const REPOSITORY = new URL("../../", import.meta.url);

/** An example that runs on its real runtime. */
export interface Site extends AsyncDisposable {
  /** Where its service is. */
  readonly url: string;
}

/** What the examples need: installed once, and the library's package as it is now. */
export const installation: Installation = await install();

/**
 * Copies an example to where it finds its dependencies installed, as `npm install` would have it.
 *
 * @returns The folder, which goes with the next installation.
 */
export async function copyExample(name: string): Promise<string> {
  const { folder } = installation;
  const target = `${folder}/examples/${name}`;
  await Deno.mkdir(target, { recursive: true });
  const source = new URL(`examples/${name}/`, REPOSITORY);
  for await (const { name: file, isFile } of Deno.readDir(source)) {
    if (isFile) await Deno.copyFile(new URL(file, source), `${target}/${file}`);
  }
  return target;
}

/** How a program that serves is started. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Finds the URL in what the program prints. */
  readonly prints: RegExp;
}

/** Starts a server; disposing of it sends SIGTERM and expects that it ends well. */
export async function start({ command, args, cwd, env = {}, prints }: ServerCommand): Promise<Site> {
  const site = new WatchedProcess(command, { args, cwd, env });
  const stop = async (): Promise<void> => {
    site.kill("SIGTERM");
    await site.ended();
  };
  return { url: await site.printed(prints), [Symbol.asyncDispose]: stop };
}

/** Runs a program to its end and returns the lines that it prints. */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string[]> {
  return (await runProcess(command, { args, cwd })).stdout.trimEnd().split("\n");
}
