/**
 * What `deno pack` makes: of it the builds take the declarations and most of `package.json`.
 *
 * @module
 */
import { type FileTexts, runTool } from "./files.ts";

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
export async function readDeclarations(folder: string): Promise<FileTexts> {
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
