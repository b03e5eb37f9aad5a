/**
 * What `npm:` specifiers name.
 *
 * @module
 */

/** An `npm:` specifier, taken apart. */
export interface NpmSpecifier {
  /** The name of the package. */
  readonly name: string;
  /** The versions that it allows. */
  readonly range: string;
  /** What Node and bundlers know it as: the name of the package, and the path within. */
  readonly bare: string;
}

const NPM = /^npm:(?<name>(?:@[^/@]+\/)?[^/@]+)@(?<range>[^/]+)(?<path>\/.*)?$/;

/**
 * Takes an `npm:` specifier apart.
 *
 * @param specifier The specifier, which says a version.
 * @returns What it names.
 * @throws {SyntaxError} If it is no such specifier.
 */
export function parseNpmSpecifier(specifier: string): NpmSpecifier {
  const { name, range, path = "" } = NPM.exec(specifier)?.groups ?? {};
  if (name === undefined || range === undefined) {
    throw new SyntaxError(`Cannot parse the specifier: expected npm:NAME@VERSION, got ${specifier}`);
  }
  return { name, range, bare: `${name}${path}` };
}
