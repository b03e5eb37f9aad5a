/**
 * Bundles a program that uses the npm package, by esbuild and by rollup, as a page would have it.
 *
 * @module
 */
import * as esbuild from "npm:esbuild@0.28.2";
import { type Plugin, rollup } from "npm:rollup@4.68.8";
import { type EntryPoint, REPOSITORY } from "../build/entry_points.ts";
import type { Chunk } from "./parts.ts";

/** What pages of today know. */
const TARGET = "es2022";

/** The modules of the npm package, by their paths. */
export type PackageModules = ReadonlyMap<string, string>;

/** A program to bundle. */
export interface Program {
  /** Its code. */
  readonly code: string;
  /** What it imports the library as. */
  readonly library: string;
}

/** Bundles a program by esbuild. */
export async function byEsbuild(program: Program, modules: PackageModules): Promise<Chunk[]> {
  const { outputFiles, metafile } = await buildByEsbuild(program, {
    name: "package",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer }) => {
        const resolved = resolveModule(program, path, importer);
        return resolved === undefined ? undefined : { path: resolved, namespace: "package", sideEffects: false };
      });
      build.onLoad({ filter: /.*/, namespace: "package" }, ({ path }) => ({ contents: codeOf(modules, path) }));
    },
  });
  return chunksOf(outputFiles, metafile);
}

/** Bundles a program by rollup, and minifies by esbuild what comes out. */
export async function byRollup(program: Program, modules: PackageModules): Promise<Chunk[]> {
  const inMemory: Plugin = {
    name: "package",
    resolveId(path, importer) {
      if (path === ENTRY) return path;
      const id = resolveModule(program, path, importer ?? "");
      return id === undefined ? undefined : { id, moduleSideEffects: false };
    },
    load: (id) => id === ENTRY ? program.code : codeOf(modules, id),
  };
  const bundle = await rollup({ input: ENTRY, plugins: [inMemory] });
  try {
    const { output } = await bundle.generate({ format: "es" });
    return await Promise.all(
      output.filter((chunk) => chunk.type === "chunk").map(async (chunk) => {
        const options = { minify: true, target: TARGET, format: "esm" } as const;
        const { code } = await esbuild.transform(chunk.code, options);
        return { name: chunk.fileName, code, isEntry: chunk.isEntry, imports: chunk.imports };
      }),
    );
  } finally {
    await bundle.close();
    await esbuild.stop();
  }
}

/** How much of each part of a program comes from each source, in minified bytes. */
export interface SourceBytes {
  readonly chunk: string;
  readonly source: string;
  readonly bytes: number;
}

/** Bundles a program by esbuild from the sources, which the modules of the package do not tell apart. */
export async function fromSources(
  program: Program,
  { source }: EntryPoint,
): Promise<{ readonly chunks: readonly Chunk[]; readonly sources: readonly SourceBytes[] }> {
  const path = decodeURIComponent(new URL(source, REPOSITORY).pathname);
  const { outputFiles, metafile } = await buildByEsbuild(program, {
    name: "sources",
    setup(build) {
      build.onResolve({ filter: /^@/ }, () => ({ path, sideEffects: false }));
      build.onResolve({ filter: /^npm:/ }, () => ({ external: true }));
    },
  });
  const sources = Object.entries(metafile.outputs).flatMap(([chunk, { inputs }]) =>
    Object.entries(inputs).map(([from, { bytesInOutput: bytes }]) => ({ chunk, source: from, bytes }))
  );
  return { chunks: chunksOf(outputFiles, metafile), sources };
}

const ENTRY = "program.js";
const OUTPUT = "built-in-memory";

type Built = esbuild.BuildResult<{ write: false; metafile: true }>;

async function buildByEsbuild({ code }: Program, plugin: esbuild.Plugin): Promise<Built> {
  try {
    const root = decodeURIComponent(REPOSITORY.pathname);
    return await esbuild.build({
      absWorkingDir: root,
      stdin: { contents: code, resolveDir: root, sourcefile: ENTRY },
      outdir: OUTPUT,
      bundle: true,
      splitting: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: TARGET,
      metafile: true,
      write: false,
      logLevel: "silent",
      plugins: [plugin],
    });
  } finally {
    await esbuild.stop();
  }
}

function chunksOf(files: Built["outputFiles"], { outputs }: Built["metafile"]): Chunk[] {
  return files.map(({ path, text }) => {
    const name = path.slice(path.lastIndexOf(`${OUTPUT}/`));
    const output = outputs[name];
    if (output === undefined) throw new Error(`Cannot measure ${name}: esbuild says nothing of it`);
    const imports = output.imports.filter(({ kind }) => kind === "import-statement").map((imported) => imported.path);
    return { name, code: text, isEntry: output.entryPoint !== undefined && output.entryPoint.endsWith(ENTRY), imports };
  });
}

/** Says which module of the package is imported: an entry point by the program, or one by a path from another. */
function resolveModule({ library }: Program, path: string, importer: string): string | undefined {
  if (path.startsWith(`${library}/`)) return `${path.slice(library.length + 1)}.js`;
  if (path.startsWith(".")) return new URL(path, `file:///${importer}`).pathname.slice(1);
  return undefined;
}

function codeOf(modules: PackageModules, path: string): string {
  const code = modules.get(path);
  if (code === undefined) throw new Error(`Cannot bundle: the package has no ${path}`);
  return code;
}
