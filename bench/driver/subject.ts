import type { CatalogEntry } from "../peers/catalog.ts";
import { PEERS, RUNNER } from "./folders.ts";
import type { Library } from "./library.ts";

/** One that is measured: a peer, and for us the revision of the library. */
export interface Subject extends CatalogEntry {
  readonly library: Library;
}

/** What starts a file of the runner on the subject's runtime. */
export async function commandOf(
  { runtime, library, module }: Subject,
  file: string,
  args: readonly string[],
): Promise<readonly [string, ...string[]]> {
  const rest = [`${RUNNER}/${file}`, new URL(module, `file://${PEERS}/`).href, ...args];
  if (runtime === "node") return ["node", "--expose-gc", ...rest];
  if (runtime === "bun") return [await bunProgram(), ...rest];
  const config = ["--config", `${library.root}/deno.json`];
  return [Deno.execPath(), "run", "-A", "--quiet", ...config, "--v8-flags=--expose-gc", ...rest];
}

/** The environment of the subject's processes. */
export async function environmentOf({ role, runtime, library }: Subject): Promise<Record<string, string>> {
  return role === "us" ? { TICKETLINK_LIBRARY: await library.entriesFor(runtime) } : {};
}

/** The program itself, as it comes in a package for each platform. */
async function bunProgram(): Promise<string> {
  const folder = `${PEERS}/node_modules/@oven`;
  for await (const { name } of Deno.readDir(folder)) return `${folder}/${name}/bin/bun`;
  throw new Error(`There is no Bun in ${folder}`);
}
