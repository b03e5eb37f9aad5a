/**
 * Makes the npm package. `deno pack` does nearly all of it, but takes what imports are for from the sources alone: it knows
 * no optional peers. Run it with `deno task pack FILE`; options of `deno pack` may follow.
 *
 * @module
 */

/** What only some users of the package need, and bring themselves: the packages and their versions. */
const OPTIONAL_PEERS: Readonly<Record<string, string>> = { "cbor-x": "^1.6.8", hono: "^4" };

const ROOT = new URL("../", import.meta.url);

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
 * @param peers The packages and their versions.
 * @returns The same with the peers.
 */
export function withOptionalPeers(manifest: Manifest, peers: Readonly<Record<string, string>>): Manifest {
  const { dependencies = {}, ...rest } = manifest;
  const others = Object.entries(dependencies).filter(([name]) => !Object.hasOwn(peers, name));
  return {
    ...rest,
    ...(others.length === 0 ? {} : { dependencies: Object.fromEntries(others) }),
    peerDependencies: { ...peers },
    peerDependenciesMeta: Object.fromEntries(Object.keys(peers).map((name) => [name, { optional: true }])),
  };
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

/**
 * Makes the npm package.
 *
 * @param output Where it goes.
 * @param options Options of `deno pack`.
 */
export async function pack(output: string, options: readonly string[]): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ticketlink-pack-" });
  try {
    const plain = `${folder}/plain.tgz`;
    await run(Deno.execPath(), ["pack", "--quiet", ...options, "--output", plain]);
    await run("tar", ["-xzf", plain, "-C", folder]);
    await edit(`${folder}/package/package.json`, (text) => {
      const manifest: Manifest = JSON.parse(text);
      return `${JSON.stringify(withOptionalPeers(manifest, OPTIONAL_PEERS), undefined, 2)}\n`;
    });
    for (const path of await declarationsIn(`${folder}/package`)) {
      await edit(path, (text) => withMissingTypesIgnored(text, Object.keys(OPTIONAL_PEERS)));
    }
    await run("tar", ["-czf", output, "-C", folder, "package"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
}

async function declarationsIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) paths.push(...await declarationsIn(`${folder}/${name}`));
    else if (name.endsWith(".d.ts")) paths.push(`${folder}/${name}`);
  }
  return paths;
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args], cwd: ROOT }).output();
  if (!success) throw new Error(`Cannot pack: ${command} failed\n${new TextDecoder().decode(stderr)}`);
}

if (import.meta.main) {
  const [output = "ticketlink.tgz", ...options] = Deno.args;
  await pack(output, options);
}
