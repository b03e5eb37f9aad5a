/**
 * Makes the npm package: one module for each entry point and chunks for what they share, with names and lines as in the
 * sources, source maps and declarations beside them. The declarations are those of `deno pack`. Run it with
 * `deno task pack FILE`; options of `deno pack` may follow.
 *
 * @module
 */
import { bareSpecifier, bundle, moduleFiles } from "./build/bundle.ts";
import { entryDeclarations, TYPES_FOLDER, withMissingTypesIgnored } from "./build/declarations.ts";
import { denoPack, readDeclarations } from "./build/deno_pack.ts";
import { type EntryPoint, readLibraryConfig, REPOSITORY } from "./build/entry_points.ts";
import { type FileTexts, runTool, writeFiles } from "./build/files.ts";
import { OPTIONAL_PEERS, type OptionalPeer } from "./build/optional_peers.ts";

/** What stands beside the code. The other documents are a third of it in bytes, and README.md says where they are. */
const DOCUMENTS: readonly string[] = ["README.md", "LICENSE"];

/** As much of `package.json` as changes here. */
export interface Manifest {
  readonly [field: string]: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
}

/**
 * Makes packages optional peers, whether they are dependencies so far or not.
 *
 * @param manifest What `deno pack` has written.
 * @param peers The packages.
 * @returns The same with the peers.
 */
export function withOptionalPeers(manifest: Manifest, peers: readonly OptionalPeer[]): Manifest {
  const { dependencies = {}, ...rest } = manifest;
  const others = Object.entries(dependencies).filter(([name]) => !peers.some((peer) => peer.name === name));
  return {
    ...rest,
    ...(others.length === 0 ? {} : { dependencies: Object.fromEntries(others) }),
    peerDependencies: Object.fromEntries(peers.map(({ name, range }) => [name, range])),
    peerDependenciesMeta: Object.fromEntries(peers.map(({ name }) => [name, { optional: true }])),
  };
}

/**
 * Says where the built entry points are, and that importing them does nothing by itself: bundlers leave out what a program
 * does not use.
 *
 * @param manifest What `deno pack` has written.
 * @param entryPoints The entry points.
 * @returns The same with the fields that lead to them.
 */
export function withEntryPoints(manifest: Manifest, entryPoints: readonly EntryPoint[]): Manifest {
  return {
    ...manifest,
    main: "./mod.js",
    types: "./mod.d.ts",
    exports: Object.fromEntries(
      entryPoints.map(({ subpath, name }) => [subpath, { types: `./${name}.d.ts`, default: `./${name}.js` }]),
    ),
    sideEffects: false,
  };
}

/**
 * Makes the npm package.
 *
 * @param output Where it goes.
 * @param options Options of `deno pack`.
 */
export async function pack(output: string, options: readonly string[]): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ticketlink-pack-" });
  try {
    const { entryPoints } = await readLibraryConfig();
    const plain = await denoPack(folder, options);
    const modules = await bundle(entryPoints, { minify: false, externalSpecifier: bareSpecifier });
    const manifest: Manifest = JSON.parse(await Deno.readTextFile(`${plain}/package.json`));
    const built = `${folder}/built/package`;
    await writeFiles(
      built,
      new Map([
        ["package.json", manifestText(withEntryPoints(withOptionalPeers(manifest, OPTIONAL_PEERS), entryPoints))],
        ...modules.flatMap((module) => moduleFiles(module, "./")),
        ...declarationFiles(await readDeclarations(plain)),
        ...entryPoints.map((entryPoint) => [`${entryPoint.name}.d.ts`, entryDeclarations(entryPoint, ".js")] as const),
      ]),
    );
    for (const document of DOCUMENTS) await Deno.copyFile(new URL(document, REPOSITORY), `${built}/${document}`);
    await runTool("tar", ["-czf", output, "-C", `${folder}/built`, "package"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function* declarationFiles(declarations: FileTexts): Iterable<[path: string, text: string]> {
  const peers = OPTIONAL_PEERS.map(({ name }) => name);
  for (const [path, text] of declarations) {
    yield [`${TYPES_FOLDER}/${path}`, withMissingTypesIgnored(text, peers)];
  }
}

if (import.meta.main) {
  const [output = "ticketlink.tgz", ...options] = Deno.args;
  await pack(output, options);
}
