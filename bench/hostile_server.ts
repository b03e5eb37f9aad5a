/** The server that is attacked. Says its port, and what memory it has for each line that it reads. */
import { Site } from "../tests/hostile/site.ts";

const { gc } = globalThis as { gc?: () => void }; // There with --v8-flags=--expose-gc.
const site = new Site();
console.log(site.port);
for await (const _ of Deno.stdin.readable) {
  gc?.();
  const { heapUsed, rss } = Deno.memoryUsage();
  console.log(JSON.stringify({ heapUsed, rss, ...site.counts }));
}
