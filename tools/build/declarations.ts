/**
 * The declarations beside built modules. `deno pack` writes one file for each source; they keep their places in a folder of
 * their own, and the declarations of an entry point refer there.
 *
 * @module
 */
import type { EntryPoint } from "./entry_points.ts";

/** The folder of the declarations, beside the entry points. */
export const TYPES_FOLDER = "types";

/**
 * Writes the declarations of an entry point.
 *
 * @param entryPoint The entry point.
 * @param ending What declarations are imported by: `.js` in npm packages, `.d.ts` by URL, where there is nothing else.
 * @returns The text of the `.d.ts`.
 */
export function entryDeclarations({ source }: EntryPoint, ending: ".js" | ".d.ts"): string {
  return `export * from "./${TYPES_FOLDER}/${source.replace(/\.ts$/, ending)}";\n`;
}

/** An import in a declaration, up to what it names; what it names. */
const IMPORT = /(?<before>^(?:import|export) [^\n]*? from ")(?<specifier>[^"\n]+)(?=";)/gm;

/**
 * Makes declarations of a package importable by URL: what they import is there under its own name.
 *
 * @param declarations The text of a `.d.ts` of an npm package.
 * @param specifiers What packages are called by URL, by what they are called in the package.
 * @returns The text for URLs.
 * @throws {Error} If it imports a package that has no name.
 */
export function forUrls(declarations: string, specifiers: ReadonlyMap<string, string>): string {
  return declarations.replaceAll(IMPORT, (_match, before: string, specifier: string) => {
    if (specifier.startsWith(".")) return before + specifier.replace(/\.js$/, ".d.ts");
    const named = specifiers.get(specifier);
    if (named === undefined) throw new Error(`Cannot build: declarations import ${specifier}, which has no URL`);
    return before + named;
  });
}

/**
 * Lets declarations import types of packages that may be missing: a program that uses none of them is checked all the same,
 * without `skipLibCheck`, too.
 *
 * @param declarations The text of a `.d.ts`.
 * @param peers The names of the packages.
 * @returns The text with a directive before each such import.
 */
export function withMissingTypesIgnored(declarations: string, peers: readonly string[]): string {
  const imported = new RegExp(`^(?=(?:import|export) [^\n]* from "(?:${peers.join("|")})(?:/[^"\n]*)?";)`, "gm");
  return declarations.replaceAll(imported, "// @ts-ignore An optional peer, which may be missing.\n");
}
