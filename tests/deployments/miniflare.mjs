/** Runs the bundled Workers example as `wrangler.jsonc` beside it says. */
import { readFile } from "node:fs/promises";
import process from "node:process";
// @ts-ignore Resolved where this file is copied to.
import { Miniflare } from "miniflare";

const config = JSON.parse(await readFile("wrangler.jsonc", "utf8"));
const [binding] = config.durable_objects.bindings;
const miniflare = new Miniflare({
  host: "127.0.0.1",
  port: 0,
  modules: true,
  scriptPath: "worker.mjs",
  compatibilityDate: config.compatibility_date,
  compatibilityFlags: config.compatibility_flags,
  durableObjects: { [binding.name]: { className: binding.class_name, useSQLite: true } },
});
console.log(`${(await miniflare.ready).origin}/`);
process.once("SIGTERM", async () => {
  await miniflare.dispose();
  process.exit();
});
