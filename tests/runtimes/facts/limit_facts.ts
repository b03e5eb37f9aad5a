import { HEARTBEAT_MS } from "../../../src/limits.ts";
import { assert, assertEquals } from "../../conformance/assert.ts";
import { sleep } from "../../conformance/sleep.ts";
import type { FactTable } from "./fact.ts";
import { clientOf, codeOf, serve } from "./serving.ts";

const MEBIBYTE = 1_048_576;

/** What the runtimes cut by limits of their own, which are small here, so that nobody waits for minutes. */
export const LIMIT_FACTS: FactTable = {
  async "Bun's idleTimeout of 10 s, its default: the default heartbeat keeps silent calls alive"(installation) {
    await using server = await serve("bun", installation, {
      handlerOptions: { timeouts: { heartbeatMs: HEARTBEAT_MS } },
    });
    await Promise.all((["duplex", "single", "pair", "socket"] as const).map(async (exchange) => {
      await using client = clientOf(server.url, { exchange });
      assert(await client.delay({ key: exchange, ms: 26_000 }) > 0, "It had no time left");
    }));
  },

  async "Bun's idleTimeout: a heartbeat above it does not, and the caller is told"(installation) {
    await using server = await serve("bun", installation, { handlerOptions: { timeouts: { heartbeatMs: 60_000 } } });
    await using client = clientOf(server.url, { exchange: "single", timeouts: { heartbeatMs: 60_000 } });
    assertEquals(await codeOf(client.delay({ key: "silent", ms: 25_000 })), "unavailable");
  },

  async "Bun's maxRequestBodySize of 128 MiB, its default: exchanges are replaced before"(installation) {
    await using server = await serve("bun", installation, {});
    await using client = clientOf(server.url, { exchange: "duplex" });
    const bytes = new Uint8Array(3 * MEBIBYTE);
    for (let sent = 0; sent < 150 * MEBIBYTE; sent += bytes.length) {
      assertEquals(await client.weigh([bytes]), bytes.length);
    }
  },

  async "Node's requestTimeout: an exchange that is replaced in time never meets it"(installation) {
    const serverOptions = { requestTimeout: 2_000, headersTimeout: 1_500, connectionsCheckingInterval: 100 };
    const handlerOptions = { timeouts: { maxExchangeAgeMs: 800 } };
    await using server = await serve("node", installation, { serverOptions, handlerOptions });
    await using client = clientOf(server.url, { exchange: "duplex" });
    const endsAt = performance.now() + 5_000;
    while (performance.now() < endsAt) {
      assertEquals(await client.echo("Ada"), "Ada");
      await sleep(20);
    }
  },

  async "Node's requestTimeout: a call that is longer is cut, and the caller is told"(installation) {
    const serverOptions = { requestTimeout: 1_000, headersTimeout: 800, connectionsCheckingInterval: 100 };
    await using server = await serve("node", installation, { serverOptions });
    await using client = clientOf(server.url, { exchange: "duplex" });
    assertEquals(await codeOf(client.delay({ key: "long", ms: 10_000 })), "unavailable");
    await using single = clientOf(server.url, { exchange: "single" });
    assert(await single.delay({ key: "single", ms: 3_000 }) > 0, "The request was complete, and was cut");
  },
};
