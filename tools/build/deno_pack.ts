/**
 * What `deno pack` makes: of it the builds take the declarations and most of `package.json`.
 *
 * @module
 */
import { REPOSITORY } from "./entry_points.ts";

/**
 * Runs `deno pack` and unpacks what it makes.
 *
 * @param folder The folder to work in.
 * @param options Options of `deno pack`.
 * @returns The folder of the package, within.
 * @throws {Error} If it fails.
 */
export async function denoPack(folder: string, options: readonly string[]): Promise<string> {
  const plain = `${folder}/plain.tgz`;
  await runTool(Deno.execPath(), ["pack", "--quiet", "--no-source-maps", ...options, "--output", plain]);
  await runTool("tar", ["-xzf", plain, "-C", folder]);
  return `${folder}/package`;
}

/**
 * Reads the declarations of an unpacked package.
 *
 * @param folder The folder of the package.
 * @returns Their texts, by their paths from that folder, in order.
 */
export async function readDeclarations(folder: string): Promise<ReadonlyMap<string, string>> {
  const paths: string[] = [];
  await findDeclarations(folder, "", paths);
  const texts = await Promise.all(
    paths.sort().map(async (path) => [path, await Deno.readTextFile(`${folder}/${path}`)] as const),
  );
  return new Map(texts);
}

async function findDeclarations(folder: string, within: string, paths: string[]): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${within}`)) {
    if (isDirectory) await findDeclarations(folder, `${within}${name}/`, paths);
    else if (name.endsWith(".d.ts")) paths.push(`${within}${name}`);
  }
}

/**
 * Runs a program in the folder of the repository.
 *
 * @param command The program.
 * @param args Its arguments.
 * @returns What it prints.
 * @throws {Error} If it fails.
 */
export async function runTool(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args], cwd: REPOSITORY }).output();
  if (!success) throw new Error(`Cannot build: ${command} failed\n${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Texts of files, by their paths. */
export type FileTexts = ReadonlyMap<string, string>;

/**
 * Writes files.
 *
 * @param folder The folder that their paths are of.
 * @param files The files.
 */
export async function writeFiles(folder: string, files: FileTexts): Promise<void> {
  for (const [path, text] of files) {
    const target = `${folder}/${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(target, text);
  }
}
