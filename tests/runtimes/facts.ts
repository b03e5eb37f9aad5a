/**
 * What runtimes do to exchanges by their own limits, and what of it the library has to live with. The limits are small
 * here, so that nobody waits for minutes. The client is Deno's.
 *
 * @module
 */

import * as library from "../../src/client.ts";
import { assert, assertEquals } from "../conformance/assert.ts";
import { type ConformanceClient, conformanceContract } from "../conformance/contract.ts";
import { sleep } from "../conformance/sleep.ts";
import { Child } from "./child.ts";
import type { Installation } from "./install.ts";

/** Something that a runtime does, and that calls survive or are told of. */
export type Fact = (installation: Installation) => Promise<void>;

/** The facts, by what they say. */
export const FACTS: Readonly<Record<string, Fact>> = {
  async "a heartbeat below Bun's idleTimeout of 10 s keeps silent calls alive"(installation) {
    await using server = await serve("bun", installation, { handlerOptions: { heartbeatMs: 3_000 } });
    await Promise.all((["duplex", "single"] as const).map(async (exchange) => {
      await using client = clientOf(server.url, exchange);
      assert(await client.delay({ key: exchange, ms: 16_000 }) > 0, "It had no time left");
    }));
  },

  async "a heartbeat above Bun's idleTimeout does not, and the caller is told"(installation) {
    await using server = await serve("bun", installation, { handlerOptions: { heartbeatMs: 60_000 } });
    await using client = clientOf(server.url, "single", 60_000);
    assertEquals(await codeOf(client.delay({ key: "silent", ms: 25_000 })), "unavailable");
  },

  async "an exchange that is replaced in time never meets Node's requestTimeout"(installation) {
    const serverOptions = { requestTimeout: 2_000, headersTimeout: 1_500, connectionsCheckingInterval: 100 };
    const handlerOptions = { maxExchangeAgeMs: 800 };
    await using server = await serve("node", installation, { serverOptions, handlerOptions });
    await using client = clientOf(server.url, "duplex");
    const endsAt = performance.now() + 5_000;
    while (performance.now() < endsAt) {
      assertEquals(await client.echo("Ada"), "Ada");
      await sleep(20);
    }
  },

  async "a call that is longer than Node's requestTimeout is cut, and the caller is told"(installation) {
    const serverOptions = { requestTimeout: 1_000, headersTimeout: 800, connectionsCheckingInterval: 100 };
    await using server = await serve("node", installation, { serverOptions });
    await using client = clientOf(server.url, "duplex");
    assertEquals(await codeOf(client.delay({ key: "long", ms: 10_000 })), "unavailable");
    await using single = clientOf(server.url, "single");
    assert(await single.delay({ key: "single", ms: 3_000 }) > 0, "The request was complete, and was cut");
  },
};

interface Serving {
  readonly serverOptions?: Readonly<Record<string, number>>;
  readonly handlerOptions?: Readonly<Record<string, number>>;
}

async function serve(
  runtime: "node" | "bun",
  { programs, bundles, certificate: { cert, key } }: Installation,
  serving: Serving,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const bundle = bundles.get(`server_${runtime}`) ?? "";
  const child = new Child(programs[runtime], [bundle, cert, key, JSON.stringify(serving)]);
  const { plain } = await child.next() as { plain: number };
  return { url: `http://127.0.0.1:${plain}/rpc`, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

function clientOf(url: string, exchange: "duplex" | "single", heartbeatMs = 15_000): ConformanceClient {
  return library.createClient(conformanceContract(library), url, { exchange, heartbeatMs });
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(() => "ok", (error) => error instanceof library.RpcError ? error.code : String(error));
}
