import { Hono } from "npm:hono@^4";
import { assert, assertEquals } from "@std/assert";
import { createClient, ticketHandler } from "../../mod.ts";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import { test } from "../protocol/register.ts";
import { Numbered } from "./contract.ts";
import { numberedService } from "./service.ts";

/** Why a server replaces exchanges, and how often at least in what follows. */
const REASONS: readonly (readonly [why: string, options: ServiceLinkOptions, exchanges: number])[] = [
  ["by bytes", { limits: { maxExchangeBytes: 1_000 } }, 20],
  ["by age", { timeouts: { maxExchangeAgeMs: 20 } }, 5],
  ["when idle", { timeouts: { idleMs: 1 } }, 2],
];

for (const way of ["app.request", "a socket"] as const) {
  for (const [why, options, least] of REASONS) {
    test(`P9.5, P9.6 thousands of calls by ${way} while exchanges are replaced ${why}: each starts once`, async () => {
      const started: number[] = [];
      let exchanges = 0;
      await using handler = ticketHandler(numberedService(started), options);
      const app = new Hono().use(async (_, next) => {
        exchanges += 1;
        await next();
      }).all("/rpc", handler);
      const server = way === "a socket"
        ? Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch)
        : undefined;
      const url = server === undefined ? "/rpc" : `http://127.0.0.1:${server.addr.port}/rpc`;
      const target = server === undefined ? { fetch: app.request } : {};
      await using client = createClient(Numbered, url, { exchange: "duplex", ...target });
      for (let batch = 0; batch < 40; batch++) {
        const ids = Array.from({ length: 50 }, (_, i) => batch * 50 + i);
        const unary = ids.filter((id) => id % 2 === 0).map(async (id) => assertEquals(await client.once(id), id));
        const streams = ids.filter((id) => id % 2 === 1).map(async (id) => {
          assertEquals(await Array.fromAsync(client.echo([id, 1])), [id, 1]);
        });
        await Promise.all([...unary, ...streams]);
        if (why === "when idle") await new Promise((resolve) => setTimeout(resolve, batch % 4));
      }
      assertEquals(started.sort((a, b) => a - b), Array.from({ length: 2_000 }, (_, i) => i));
      assert(exchanges >= least, `Only ${exchanges} exchanges`);
      await client[Symbol.asyncDispose]();
      await handler.stop(0);
      await server?.shutdown();
    });
  }
}
