/**
 * The soak's server on Node, with Hono's adapter.
 *
 * @module
 */
import type { AddressInfo } from "node:net";
import { serve } from "npm:@hono/node-server@^1";
import { serveSoak } from "./server.ts";

await serveSoak((fetch) =>
  new Promise((resolve) => {
    const server = serve({ fetch, hostname: "127.0.0.1", port: 0 }, ({ port }: AddressInfo) => {
      // Node lets go of everything, as far as is known.
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())), keptReads: 0 });
    });
  })
);
