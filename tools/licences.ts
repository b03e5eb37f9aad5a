/**
 * Checks the licences of all that the library imports at run time and that its tests and tools use: what `deno.lock` pins,
 * and what is installed in the folders of npm packages. Run it with `deno task licences`.
 *
 * @module
 */
import { OPTIONAL_PEERS } from "./build/optional_peers.ts";

/** Licences that ask for no more than their text beside the code. */
const ALLOWED: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
]);

/** What tests alone use, unchanged, and nothing that is built holds: the beginning of the name, the licence, and why. */
const FOR_TESTS_ALONE: readonly (readonly [name: string, licence: string, why: string])[] = [
  ["@img/sharp-libvips-", "LGPL-3.0-or-later", "Miniflare's image bindings, which no test calls"],
  ["caniuse-lite", "CC-BY-4.0", "data of webpack about browsers"],
  ["lightningcss", "MPL-2.0", "Vite's compiler of style sheets"],
];

/** The folders that npm installs into. What is not installed is not checked. */
const NPM_FOLDERS: readonly string[] = [
  "bench/peers",
  "tests/blackbox/fetch/npm",
  "tests/package/npm",
  "tests/runtimes/npm",
];

const ROOT = new URL("../", import.meta.url);

/** A package that is used. */
export interface UsedPackage {
  readonly name: string;
  readonly version: string;
  /** What its `package.json` says, as an SPDX expression; undefined if it says nothing that is understood. */
  readonly licence: string | undefined;
}

/**
 * Tells whether an SPDX expression allows use under allowed licences alone.
 *
 * @param expression Licences, joined by `OR` and `AND`; `AND` binds closer.
 * @param allowed The names of allowed licences.
 * @returns Whether it does. An expression with parentheses within is not understood, and does not.
 */
export function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  const alternatives = expression.replace(/^\((.*)\)$/, "$1").split(" OR ");
  return alternatives.some((alternative) => alternative.split(" AND ").every((licence) => allowed.has(licence)));
}

/**
 * Finds what may not be used.
 *
 * @param packages What is used.
 * @returns A complaint for each package that may not be, in order.
 */
export function complaintsAbout(packages: readonly UsedPackage[]): string[] {
  const atRunTime = new Set(OPTIONAL_PEERS.map(({ name }) => name));
  return packages.flatMap(({ name, version, licence }) => {
    if (licence === undefined) return [`${name}@${version} says nothing of its licence`];
    const isExcepted = FOR_TESTS_ALONE.some(([beginning, excepted]) =>
      name.startsWith(beginning) && licence === excepted
    );
    if (isAllowed(licence, ALLOWED) || (isExcepted && !atRunTime.has(name))) return [];
    return [`${name}@${version} is under ${licence}, which is not on the list`];
  });
}

/** As much of a `package.json` as matters here. Older packages have a list of objects, or one. */
interface PackageManifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string | { readonly type?: string };
  readonly licenses?: readonly { readonly type?: string }[];
}

/**
 * Reads what a `package.json` says.
 *
 * @param text Its text.
 * @returns The package; undefined for a file that only says how modules are read.
 */
export function packageOf(text: string): UsedPackage | undefined {
  const { name, version, license, licenses }: PackageManifest = JSON.parse(text);
  if (name === undefined || version === undefined) return undefined;
  const several = licenses?.map(({ type }) => type ?? "unknown").join(" OR ");
  return { name, version, licence: typeof license === "string" ? license : license?.type ?? several };
}

/** What of the lock matters here. */
interface Lock {
  readonly npm: Readonly<Record<string, LockedPackage | undefined>>;
}

/** Which platforms a package is for; it is for all of which it says nothing. */
interface LockedPackage {
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

/** A platform, as npm calls it. */
export interface Platform {
  readonly os: string;
  readonly cpu: string;
}

const PLATFORM: Platform = {
  os: Deno.build.os === "windows" ? "win32" : Deno.build.os,
  cpu: Deno.build.arch === "x86_64" ? "x64" : "arm64",
};

/**
 * Lists what `deno.lock` pins, but for what is of other platforms.
 *
 * @param lock The lock.
 * @param platform This platform.
 * @returns Names and versions, in order.
 */
export function lockedPackages(lock: Lock, { os, cpu }: Platform): (readonly [name: string, version: string])[] {
  return Object.entries(lock.npm).flatMap(([key, entry]) => {
    // What a package was resolved with follows its version after an underscore.
    const { name, version } = /^(?<name>@?[^@]+)@(?<version>[^_]+)/.exec(key)?.groups ?? {};
    if (name === undefined || version === undefined) throw new SyntaxError(`Cannot read deno.lock: ${key}`);
    const isForThis = (entry?.os?.includes(os) ?? true) && (entry?.cpu?.includes(cpu) ?? true);
    return isForThis ? [[name, version] as const] : [];
  });
}

/** Reads what Deno has cached of the packages that its lock pins. */
async function readLocked(missing: string[]): Promise<UsedPackage[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache }: { readonly npmCache: string } = JSON.parse(new TextDecoder().decode(stdout));
  const registries = Array.from(Deno.readDirSync(npmCache), ({ name }) => name);
  const lock: Lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT)));
  const packages: UsedPackage[] = [];
  for (const [name, version] of lockedPackages(lock, PLATFORM)) {
    const paths = registries.map((registry) => `${npmCache}/${registry}/${name}/${version}/package.json`);
    const texts = await Promise.all(paths.map(readIfThere));
    const found = texts.flatMap((text) => text === undefined ? [] : packageOf(text) ?? []);
    if (found.length === 0) missing.push(`${name}@${version}`);
    else packages.push(...found);
  }
  return packages;
}

/** Reads all packages of a `node_modules`, those within others included. */
async function readInstalled(folder: string, packages: UsedPackage[]): Promise<void> {
  for (const { name, isDirectory } of await listIfThere(folder)) {
    if (!isDirectory || name.startsWith(".") || name === "@ticketlink") continue;
    const path = `${folder}/${name}`;
    if (name.startsWith("@")) {
      await readInstalled(path, packages);
      continue;
    }
    const text = await readIfThere(`${path}/package.json`);
    const found = text === undefined ? undefined : packageOf(text);
    if (found !== undefined) packages.push(found);
    await readInstalled(`${path}/node_modules`, packages);
  }
}

async function listIfThere(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const missing: string[] = [];
  const packages = await readLocked(missing);
  for (const folder of NPM_FOLDERS) {
    await readInstalled(decodeURIComponent(new URL(`${folder}/node_modules`, ROOT).pathname), packages);
  }
  const complaints = complaintsAbout(packages);
  for (const complaint of new Set(complaints)) console.log(complaint);
  if (missing.length > 0) console.log(`not downloaded, so not checked: ${missing.join(", ")}`);
  const count = new Set(packages.map(({ name, version }) => `${name}@${version}`)).size;
  console.log(`${count} packages, ${new Set(complaints).size} with a licence that is not allowed`);
  // Types and tests load all that the lock pins; without them the answer would be of nothing.
  if (complaints.length > 0 || missing.length > 0) Deno.exit(1);
}
