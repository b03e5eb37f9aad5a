/**
 * Puts together what the runs need, in a folder that git ignores: the runtimes from npm, the npm package of this
 * library, bundles of the entry points, a certificate.
 *
 * @module
 */

import { type CertificatePaths, makeCertificate } from "../certificate.ts";
import { packLibrary } from "../package/npm_project.ts";
import { runProcess } from "../watched_process.ts";

const HERE = new URL("./", import.meta.url);
const NPM = new URL("./npm/", HERE);
const MODULES = new URL("./node_modules/", NPM);
const PACKAGE = new URL("./@ticketlink/ticketlink/", MODULES);
const BUNDLES = new URL("./.conformance/", MODULES);

/** How npm names the platform. */
const PLATFORM = `${Deno.build.os}-${Deno.build.arch === "x86_64" ? "x64" : "arm64"}`;
const ESBUILD = new URL(`./@esbuild/${PLATFORM}/bin/esbuild`, MODULES).pathname;

/** Where the programs are that run the suite. */
export interface Programs {
  readonly node: string;
  /** A later Node, where there is one for this platform. */
  readonly laterNode: string | undefined;
  readonly bun: string;
  readonly workerd: string;
  readonly chromium: string;
}

/** What the runs need. */
export interface Installation {
  readonly programs: Programs;
  /** Paths of the bundled entry points, by the name of their source. */
  readonly bundles: ReadonlyMap<string, string>;
  /** The folder that the bundles are in. */
  readonly folder: string;
  /** The certificate of the servers. */
  readonly certificate: CertificatePaths;
}

/** Installs the runtimes that are missing. */
export async function installPrograms(): Promise<Programs> {
  await installRuntimes();
  return await findPrograms();
}

/** Installs what is missing, and builds anew what depends on the sources. */
export async function install(): Promise<Installation> {
  await installRuntimes();
  await Deno.mkdir(BUNDLES, { recursive: true });
  await installLibrary();
  const [bundles, certificate] = await Promise.all([bundle(), makeCertificate(BUNDLES.pathname)]);
  return { programs: await findPrograms(), bundles, folder: BUNDLES.pathname, certificate };
}

/** Installs the runtimes, and what it takes to serve on them. */
export async function installRuntimes(): Promise<void> {
  await installPackages(NPM);
}

/**
 * Installs what the `package.json` of a folder names, anew only when that has changed. There is no lock: mirrors of the
 * registry lag behind on optional packages for other platforms, and with a lock npm insists on them. Nothing that the
 * packages would run is needed.
 */
export async function installPackages(folder: URL): Promise<void> {
  const wanted = await Deno.readTextFile(new URL("package.json", folder));
  const stamp = new URL("node_modules/.installed.json", folder);
  await Deno.mkdir(new URL("node_modules/", folder), { recursive: true });
  // Another file of tests may want the same at the same time.
  using lock = await Deno.open(new URL("node_modules/.installing", folder), { create: true, write: true });
  await lock.lock(true);
  if (await readIfThere(stamp) === wanted) return;
  await run("npm", ["install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
  await Deno.writeTextFile(stamp, wanted);
}

async function installLibrary(): Promise<void> {
  const tarball = new URL("library.tgz", BUNDLES).pathname;
  await packLibrary(tarball);
  await Deno.remove(PACKAGE, { recursive: true }).catch(() => "it was not there");
  await Deno.mkdir(PACKAGE, { recursive: true });
  await run("tar", ["-xzf", tarball, "--strip-components=1"], PACKAGE);
}

/** Node and Bun load the package from its folder, as their users' programs do; Workers and browsers get bundles. */
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  "server_node": ["--packages=external", "--platform=node"],
  "server_bun": ["--packages=external", "--platform=node"],
  "server_miniflare": ["--packages=external", "--platform=node"],
  "client_node": ["--packages=external", "--platform=node"],
  "client_bun": ["--packages=external", "--platform=node"],
  "torn_node": ["--packages=external", "--platform=node"],
  "client_chromium": ["--packages=external", "--platform=node"],
  "client_firefox": ["--packages=external", "--platform=node"],
  "server_worker": ["--conditions=workerd", "--external:cloudflare:workers"],
  "client_worker": ["--conditions=workerd"],
  "client_page": ["--platform=browser"],
};

async function bundle(): Promise<Map<string, string>> {
  const bundles = new Map<string, string>();
  await Promise.all(
    Object.entries(ENTRIES).map(async ([name, options]) => {
      const path = new URL(`${name}.mjs`, BUNDLES).pathname;
      bundles.set(name, path);
      const source = new URL(`${name}.mjs`, HERE).pathname;
      await run(ESBUILD, [source, `--outfile=${path}`, ...COMMON, ...options], NPM, { NODE_PATH: MODULES.pathname });
    }),
  );
  return bundles;
}

/** Node 20 does not know `using` yet. */
const COMMON: readonly string[] = ["--bundle", "--format=esm", "--target=es2022", "--log-level=warning"];

/** Says where the programs are, or will be. */
export async function findPrograms(): Promise<Programs> {
  const at = (path: string): string => new URL(path, MODULES).pathname;
  const laterNode = at(`node-${PLATFORM}/bin/node`);
  return {
    node: "node",
    laterNode: await isThere(laterNode) ? laterNode : undefined,
    bun: at(`@oven/bun-${PLATFORM}/bin/bun`),
    workerd: at(`@cloudflare/workerd-${PLATFORM.replace("x64", "64")}/bin/workerd`),
    chromium: await findChromium(),
  };
}

async function findChromium(): Promise<string> {
  for (const path of ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]) {
    if (await isThere(path)) return path;
  }
  return "chromium";
}

/** Tells whether a file is there. */
export async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function readIfThere(url: URL): Promise<string | undefined> {
  return await Deno.readTextFile(url).catch(() => undefined);
}

async function run(
  command: string,
  args: readonly string[],
  cwd: URL,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await runProcess(command, { args, cwd, env });
}
