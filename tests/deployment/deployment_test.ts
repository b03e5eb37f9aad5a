import { assert, assertEquals } from "@std/assert";
import { createClient } from "../../mod.ts";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import { IS_NIGHTLY } from "../nightly.ts";
import { test } from "../protocol/register.ts";
import { Balancer } from "./balancer.ts";
import { Callers } from "./callers.ts";
import { Numbered } from "./contract.ts";
import { DeployedServer } from "./deployed_server.ts";

/** Deployments in a row, of two seconds each. */
const DEPLOYMENTS = IS_NIGHTLY ? 3 : 1;

interface Load {
  readonly exchange: "duplex" | "single";
  /** How many of the kinds of call it carries. */
  readonly kinds: number;
  readonly options: ServiceLinkOptions;
}

const LOADS: readonly Load[] = [
  { exchange: "duplex", kinds: 4, options: {} },
  { exchange: "duplex", kinds: 4, options: { limits: { maxExchangeBytes: 20_000 } } },
  { exchange: "single", kinds: 3, options: {} },
];

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

for (const { exchange, kinds, options } of LOADS) {
  const name = `${exchange} exchanges with ${JSON.stringify(options)}`;
  test(`S40 no call is lost and none runs twice when servers are replaced under load, on ${name}`, async () => {
    const servers = [await DeployedServer.start(options)];
    await using balancer = new Balancer(servers[0]!.port);
    await using client = createClient(Numbered, `http://127.0.0.1:${balancer.port}/rpc`, { exchange });
    const callers = new Callers(client, 16, kinds);
    for (let i = 0; i < DEPLOYMENTS; i++) {
      await pause(300);
      const old = servers.at(-1)!;
      servers.push(await DeployedServer.start(options));
      balancer.target = servers.at(-1)!.port;
      await old.stop();
    }
    await pause(300);
    await callers.stop();
    await client[Symbol.asyncDispose]();
    const reports = await Promise.all(servers.map((server) => server.stop()));
    assertEquals(callers.failures, []);
    for (const { started } of reports) assert(started.length > 0, "A server has had nothing to do");
    const started = reports.flatMap((report) => report.started).sort((a, b) => a - b);
    assertEquals(started, Array.from({ length: callers.calls }, (_, i) => i + 1));
  });
}
