/**
 * Bundles the entry points of the library, each into one module; what several of them share goes into chunks, so that each
 * class is there once. What `src` imports dynamically stays a chunk of its own.
 *
 * @module
 */
import * as esbuild from "npm:esbuild@0.28.2";
import { type EntryPoint, REPOSITORY } from "./entry_points.ts";
import { parseNpmSpecifier } from "./npm_specifier.ts";
import { afterOneLine, type SourceMap, toLineMap } from "./line_map.ts";

/** The syntax that every supported runtime knows: Node 20 is the oldest. */
const TARGET = "es2022";

/** How the entry points are bundled. */
export interface BundleOptions {
  /** Whether the code is minified. Otherwise it keeps names and lines, but no comments: declarations have those. */
  readonly minify: boolean;
  /** Says what an `npm:` specifier becomes; the package is not bundled. */
  readonly externalSpecifier: (specifier: string) => string;
}

/** One module that was built. */
export interface BuiltModule {
  /** Its path from the folder of the built files: `client.js`, `chunks/….js`. */
  readonly path: string;
  /** Its code. */
  readonly code: string;
  /** Where that comes from. Sources are named from the folder of the repository. */
  readonly map: SourceMap;
  /** Which entry point it is; a chunk is none. */
  readonly entryPoint: EntryPoint | undefined;
}

/**
 * Bundles entry points.
 *
 * @param entryPoints The entry points.
 * @param options How.
 * @returns The modules.
 * @throws {Error} If something is bundled that is not the library's own.
 */
export async function bundle(entryPoints: readonly EntryPoint[], options: BundleOptions): Promise<BuiltModule[]> {
  try {
    const { outputFiles, metafile } = await esbuild.build({
      absWorkingDir: decodeURIComponent(REPOSITORY.pathname),
      entryPoints: entryPoints.map(({ name, source }) => ({ in: source, out: name })),
      outdir: OUTPUT,
      bundle: true,
      splitting: true,
      chunkNames: "chunks/[name]-[hash]",
      format: "esm",
      platform: "neutral",
      target: TARGET,
      minify: options.minify,
      // The only way to be rid of comments; `spread()` puts the blanks back.
      minifyWhitespace: true,
      sourcemap: "inline",
      sourcesContent: false,
      metafile: true,
      write: false,
      logLevel: "silent",
      plugins: [externalPackages(options.externalSpecifier)],
    });
    checkIsOurs(Object.keys(metafile.inputs));
    return await Promise.all(outputFiles.map(async ({ path, text }) => {
      const name = path.slice(path.indexOf(`/${OUTPUT}/`) + OUTPUT.length + 2);
      const entryPoint = entryPoints.find((entry) => `${entry.name}.js` === name);
      return { path: name, entryPoint, ...(options.minify ? splitMap(text) : await spread(text)) };
    }));
  } finally {
    await esbuild.stop();
  }
}

/** A folder that is never written: esbuild names sources relative to it. */
const OUTPUT = "built-in-memory";

function externalPackages(externalSpecifier: (specifier: string) => string): esbuild.Plugin {
  return {
    name: "external-packages",
    setup(build) {
      build.onResolve({ filter: /^npm:/ }, ({ path }) => ({ path: externalSpecifier(path), external: true }));
    },
  };
}

/** The names that npm gives to packages. */
export function bareSpecifier(specifier: string): string {
  return parseNpmSpecifier(specifier).bare;
}

/**
 * Checks that all that is bundled is the library's own: whatever is of others needs its licence beside it.
 *
 * @param inputs The paths of what is bundled, from the folder of the repository.
 * @throws {Error} If something is not.
 */
export function checkIsOurs(inputs: readonly string[]): void {
  const foreign = inputs.filter((path) => path !== "mod.ts" && !path.startsWith("src/"));
  if (foreign.length > 0) {
    throw new Error(`Cannot build: what is bundled of others needs a third-party notice: ${foreign.join(", ")}`);
  }
}

const INLINE_MAP = /\/\/# sourceMappingURL=data:application\/json;base64,(?<map>[\w+/=]+)\s*$/;

/** Takes a source map out of the code that it stands in. */
function splitMap(text: string): Pick<BuiltModule, "code" | "map"> {
  const map = INLINE_MAP.exec(text)?.groups?.["map"];
  if (map === undefined) throw new Error("Cannot build: esbuild has left no source map");
  const bytes = Uint8Array.from(atob(map), (character) => character.charCodeAt(0));
  return { code: text.replace(INLINE_MAP, ""), map: parseMap(new TextDecoder().decode(bytes)) };
}

/** Gives code that has none the usual blanks and lines. */
async function spread(text: string): Promise<Pick<BuiltModule, "code" | "map">> {
  const { map: before } = splitMap(text);
  const { code, map } = await esbuild.transform(text, { target: TARGET, sourcemap: "external", sourcesContent: false });
  // esbuild would name its input as the source of a module that only exports what others have.
  return { code, map: before.sources.length === 0 ? before : toLineMap(parseMap(map), code) };
}

function parseMap(text: string): SourceMap {
  const { version, sources, names, mappings }: SourceMap = JSON.parse(text);
  return { version, sources: sources.map((path) => path.replace(/^(?:\.\.\/)+/, "")), names, mappings };
}

/**
 * The files of a module: its code, and its source map beside it.
 *
 * @param module The module.
 * @param toRepository The path from the folder of the built files to where the sources would be: `./`, `../`.
 * @param banner A line before the code, with its end; empty for none.
 * @returns Their texts, by their paths.
 */
export function moduleFiles(
  { path, code, map }: BuiltModule,
  toRepository: string,
  banner: string = "",
): [path: string, text: string][] {
  const folders = path.split("/");
  const name = `${folders.pop()}.map`;
  const prefix = "../".repeat(folders.length) + toRepository.replace(/^\.\//, "");
  const { sources, mappings, ...rest } = banner === "" ? map : afterOneLine(map);
  const placed = { ...rest, sources: sources.map((source) => prefix + source), mappings };
  return [[path, `${banner}${code}//# sourceMappingURL=${name}\n`], [`${path}.map`, JSON.stringify(placed)]];
}
