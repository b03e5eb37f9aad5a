/**
 * Files and programs, as the tools that build use them.
 *
 * @module
 */
import { REPOSITORY } from "./entry_points.ts";

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

/**
 * Removes a folder with all that is in it, if it is there.
 *
 * @param folder The folder.
 */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
