/**
 * A server in a process of its own. Says its port, and for each line that it reads what it holds.
 */
import { Site } from "./site.ts";

const { gc } = globalThis as { gc?: () => void }; // There with --v8-flags=--expose-gc.

// The clients answer no pings, and take their time to come.
const site = new Site({ heartbeatMs: 120_000, idleMs: 120_000 });
console.log(site.port);
for await (const _ of Deno.stdin.readable) {
  gc?.();
  const { heapUsed, rss } = Deno.memoryUsage();
  console.log(JSON.stringify({ heapUsed, rss, ...site.counts }));
}
