/**
 * The soak's server on `Deno.serve()`.
 *
 * @module
 */
import { KeptReads } from "./kept_reads.ts";
import { serveSoak } from "./server.ts";

const kept = new KeptReads();

await serveSoak((fetch) => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.body !== null) kept.watch(request.body);
    return fetch(request);
  });
  const listener = {
    port: server.addr.port,
    close: () => server.shutdown(),
    get keptReads(): number {
      return kept.count;
    },
  };
  return Promise.resolve(listener);
});
