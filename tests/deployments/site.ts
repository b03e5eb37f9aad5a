import { install, type Installation } from "../runtimes/install.ts";

const REPOSITORY = new URL("../../", import.meta.url);

/** The code that stands for the signal: 128 and its number. */
const ENDED_BY_SIGTERM = 143;

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
export async function start({ command, args, cwd, env, prints }: ServerCommand): Promise<Site> {
  const options: Deno.CommandOptions = { args: [...args], cwd, env: { ...env, NO_COLOR: "1" }, stdin: "null" };
  const child = new Deno.Command(command, { ...options, stdout: "piped", stderr: "piped" }).spawn();
  const url = Promise.withResolvers<string>();
  let printed = "";
  const note = new WritableStream<string>({
    write: (text) => {
      printed += text;
      const found = prints.exec(printed);
      if (found !== null) url.resolve(found[0]);
    },
  });
  const writer = note.getWriter();
  const copy = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) await writer.write(text);
  };
  const drained = Promise.all([copy(child.stdout), copy(child.stderr)]);
  void drained.then(() => url.reject(new Error(`${command} ended and has printed\n${printed}`)));
  url.promise.catch(() => "told to whoever waits for it");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await drained;
    const { code } = await child.status;
    if (code !== 0 && code !== ENDED_BY_SIGTERM) throw new Error(`${command} ended with code ${code}\n${printed}`);
  };
  return { url: await url.promise, [Symbol.asyncDispose]: stop };
}

/** Runs a program to its end and returns the lines that it prints. */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], cwd, env: { NO_COLOR: "1" } })
    .output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}\n${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trimEnd().split("\n");
}
