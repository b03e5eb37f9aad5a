import { runDeno } from "../watched_process.ts";

/** A module with everything that it imports, in one file. */
export interface Bundle extends AsyncDisposable {
  /** Where it lies until it is disposed of. */
  readonly path: string;
}

/**
 * Makes one file of a module of this folder, for runtimes that cannot import it as it is.
 *
 * @param file The module, relative to this one.
 */
export async function bundled(file: string): Promise<Bundle> {
  const folder = await Deno.makeTempDir({ prefix: "ticketlink-soak-" });
  const path = `${folder}/bundle.mjs`;
  await runDeno(["bundle", "--no-check", "--output", path, new URL(file, import.meta.url).pathname]);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}
