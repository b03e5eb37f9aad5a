/** What the tests about the sources themselves read: files, imports and module graphs. */
import { assert } from "@std/assert";
import { scanSource } from "../tools/scan_source.ts";
import { runDeno } from "./watched_process.ts";

/** One import or re-export of a module. */
export interface ModuleImport {
  /** What is imported, as written. */
  readonly specifier: string;
  /** Whether the whole statement is gone at run time. */
  readonly typeOnly: boolean;
}

/** The path of a file relative to this one. */
export function fromFileUrl(relative: string): string {
  return decodeURIComponent(new URL(relative, import.meta.url).pathname);
}

/** The TypeScript files of `src` by their path within it. */
export async function readSources(): Promise<ReadonlyMap<string, string>> {
  const sources = new Map<string, string>();
  await readInto(sources, "");
  return sources;
}

async function readInto(sources: Map<string, string>, folder: string): Promise<void> {
  for await (const entry of Deno.readDir(fromFileUrl(`../src/${folder}`))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) await readInto(sources, `${path}/`);
    else if (path.endsWith(".ts")) sources.set(path, await Deno.readTextFile(fromFileUrl(`../src/${path}`)));
  }
}

/** The imports and re-exports of a source text, `import()` in code and in types included. */
export function importsOf(text: string): ModuleImport[] {
  const { code, literals } = scanSource(text);
  return literals.flatMap(({ index, text: specifier }) => {
    const before = code.slice(0, index);
    const statement = /\b(import|export)\b(\s+type\b)?[^;]*?\bfrom\s*$/.exec(lastStatement(before));
    if (statement !== null) return [{ specifier, typeOnly: statement[2] !== undefined }];
    return /\bimport\s*\(?\s*$/.test(before) ? [{ specifier, typeOnly: false }] : [];
  });
}

/** From the last `import` or `export` that begins a line. */
function lastStatement(code: string): string {
  return code.slice(Math.max(code.search(/^(?:import|export)\b(?![^]*^(?:import|export)\b)/m), 0));
}

/** One module as `deno info --json` tells of it. */
interface ModuleInfo {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    /** Whether it is loaded by `import()`. */
    readonly isDynamic?: boolean;
  }[];
}

/** Every module that a file loads at run time before it runs, itself included, as URLs. */
export async function runtimeGraph(relative: string): Promise<string[]> {
  const { stdout } = await runDeno(["info", "--json", fromFileUrl(relative)]);
  const { roots, modules } = JSON.parse(stdout) as {
    readonly roots: readonly string[];
    readonly modules: readonly ModuleInfo[];
  };
  const byName = new Map(modules.map((module) => [module.specifier, module]));
  const reached = new Set(roots);
  // A set grows while it is walked: what is added is visited too.
  for (const specifier of reached) {
    for (const { code, isDynamic } of byName.get(specifier)?.dependencies ?? []) {
      if (code?.specifier !== undefined && isDynamic !== true) reached.add(code.specifier);
    }
  }
  assert(reached.size > 0);
  return [...reached];
}
