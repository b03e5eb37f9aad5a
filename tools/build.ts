/**
 * Makes `dist`, which programs import by URL: one minified module for each entry point, which names its declarations, and
 * chunks for what they share. Run it with `deno task build`.
 *
 * @module
 */
import { bundle, moduleFiles } from "./build/bundle.ts";
import { entryDeclarations, forUrls, TYPES_FOLDER } from "./build/declarations.ts";
import { denoPack, readDeclarations } from "./build/deno_pack.ts";
import { readLibraryConfig, REPOSITORY } from "./build/entry_points.ts";
import { removeFolder, writeFiles } from "./build/files.ts";
import { OPTIONAL_PEERS, type OptionalPeer } from "./build/optional_peers.ts";

/**
 * Writes the notice of what the built files hold and load of others.
 *
 * @param peers What they load.
 * @returns The text of the notice.
 */
export function thirdPartyNotices(peers: readonly OptionalPeer[]): string {
  const loaded = peers.map(({ name, range, licence, use }) => `- ${name} ${range} (${licence}): ${use}.\n`).join("");
  return `# Third-party notices

The files of this folder hold the code of ticketlink alone, under the MIT licence in LICENSE. They hold no code of others.

These packages are loaded from npm where a program uses them, and come with their own licences:

${loaded}`;
}

/**
 * Makes the files to import by URL.
 *
 * @param folder Where they go; what is there is removed.
 */
export async function build(folder: string): Promise<void> {
  const work = await Deno.makeTempDir({ prefix: "ticketlink-build-" });
  try {
    const { entryPoints } = await readLibraryConfig();
    const declarations = await readDeclarations(await denoPack(work, ["--allow-dirty"]));
    const modules = await bundle(entryPoints, { minify: true, externalSpecifier: (specifier) => specifier });
    const specifiers = new Map(OPTIONAL_PEERS.map(({ name, range }) => [name, `npm:${name}@${range}`]));
    await removeFolder(folder);
    await writeFiles(
      folder,
      new Map([
        ...modules.flatMap((module) => moduleFiles(module, "../", selfTypes(module.entryPoint?.name))),
        ...Array.from(declarations, ([path, text]) => [`${TYPES_FOLDER}/${path}`, forUrls(text, specifiers)] as const),
        ...entryPoints.map((entryPoint) =>
          [`${entryPoint.name}.d.ts`, entryDeclarations(entryPoint, ".d.ts")] as const
        ),
        ["THIRD_PARTY_NOTICES.md", thirdPartyNotices(OPTIONAL_PEERS)],
        ["LICENSE", await Deno.readTextFile(new URL("LICENSE", REPOSITORY))],
      ]),
    );
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Tells Deno where the declarations of a module are. */
function selfTypes(name: string | undefined): string {
  return name === undefined ? "" : `// @ts-self-types="./${name}.d.ts"\n`;
}

if (import.meta.main) await build(decodeURIComponent(new URL("dist", REPOSITORY).pathname));
