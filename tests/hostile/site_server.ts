/**
 * A server in a process of its own, with the options that it is told as JSON. Says its port, and for each line that it reads
 * what it holds.
 */
import { Site } from "./site.ts";

const { gc } = globalThis as { gc?: () => void }; // There with --v8-flags=--expose-gc.

const site = new Site(JSON.parse(Deno.args[0] ?? "{}"));
console.log(site.port);
for await (const _ of Deno.stdin.readable) {
  gc?.();
  const { heapUsed, external, rss } = Deno.memoryUsage();
  console.log(JSON.stringify({ heapUsed, external, rss, ...site.counts }));
}
