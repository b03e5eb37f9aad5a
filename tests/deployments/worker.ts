import { copyExample, installation, run, type Site, start } from "./site.ts";

/** Bundles the Workers example as its own tools do, and starts it in miniflare with its Durable Object. */
export async function startWorker(): Promise<Site> {
  const { folder, programs: { node } } = installation;
  const cwd = await copyExample("cloudflare-worker");
  await run(`${folder}/../.bin/esbuild`, [
    ...["worker.ts", "--bundle", "--format=esm", "--outfile=worker.mjs", "--log-level=warning"],
    ...["--conditions=workerd", "--external:cloudflare:workers"],
  ], cwd);
  await Deno.copyFile(new URL("miniflare.mjs", import.meta.url), `${cwd}/miniflare.mjs`);
  return await start({ command: node, args: ["miniflare.mjs"], cwd, prints: /http:\/\/127\.0\.0\.1:\d+\// });
}
