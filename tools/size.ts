/**
 * Says how large the client is in a browser: all that `./client` exports, from the npm package, bundled and minified by
 * esbuild and compressed by gzip. `deno task size`
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { install } from "../tests/runtimes/install.ts";

/** What a bundle comes to. */
export interface Size {
  readonly minifiedBytes: number;
  readonly gzippedBytes: number;
}

/** Bundles the client's entry point, with everything in it. */
async function bundleClient(): Promise<Uint8Array> {
  const { folder } = await install();
  const { success, stdout, stderr } = await new Deno.Command(`${folder}/../.bin/esbuild`, {
    args: ["@ticketlink/ticketlink/client", "--bundle", "--minify", "--format=esm", "--platform=browser"],
    cwd: folder,
  }).output();
  if (!success) throw new Error(`Cannot bundle the client: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}

/** Measures a bundle. */
export function measure(bundle: Uint8Array): Size {
  return { minifiedBytes: bundle.byteLength, gzippedBytes: gzipSync(bundle, { level: 9 }).byteLength };
}

/** Writes a size as the README does: in thousands of bytes, with one decimal. */
export function inKilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}

if (import.meta.main) {
  const { minifiedBytes, gzippedBytes } = measure(await bundleClient());
  console.log(`client: ${inKilobytes(minifiedBytes)} kB minified, ${inKilobytes(gzippedBytes)} kB gzipped`);
}
