/** What the benchmark reads of a `package.json`. */
export interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * Reads the `package.json` of a folder.
 *
 * @throws {Error} If there is none, or it is none.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const { version = "?", dependencies = {} } = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
  return { version, dependencies };
}
