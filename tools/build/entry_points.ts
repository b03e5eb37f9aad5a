/**
 * The entry points of the library, as `deno.json` lists them.
 *
 * @module
 */

/** The folder of the repository. */
export const REPOSITORY: URL = new URL("../../", import.meta.url);

/** One way into the library. */
export interface EntryPoint {
  /** What a program imports after the name of the package: `.`, `./client`. */
  readonly subpath: string;
  /** What its built files are called, without their endings: `mod`, `client`. */
  readonly name: string;
  /** Its source, from the folder of the repository: `src/client.ts`. */
  readonly source: string;
}

/** As much of `deno.json` as is of interest to the tools that build. */
export interface LibraryConfig {
  readonly name: string;
  readonly version: string;
  readonly entryPoints: readonly EntryPoint[];
}

/** Reads what `deno.json` says of the library. */
export async function readLibraryConfig(): Promise<LibraryConfig> {
  const text = await Deno.readTextFile(new URL("deno.json", REPOSITORY));
  const { name, version, exports }: {
    readonly name: string;
    readonly version: string;
    readonly exports: Readonly<Record<string, string>>;
  } = JSON.parse(text);
  return { name, version, entryPoints: entryPointsOf(exports) };
}

/**
 * Names the entry points.
 *
 * @param exports The field `exports` of `deno.json`.
 * @returns The entry points, in the same order.
 */
export function entryPointsOf(exports: Readonly<Record<string, string>>): EntryPoint[] {
  return Object.entries(exports).map(([subpath, path]) => ({
    subpath,
    name: subpath === "." ? "mod" : subpath.slice(2),
    source: path.slice(2),
  }));
}
