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
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--no-check", "--output", path, new URL(file, import.meta.url).pathname],
  }).output();
  if (code !== 0) throw new Error(`Cannot bundle ${file}: ${new TextDecoder().decode(stderr)}`);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}
