import { assert, assertEquals } from "@std/assert";
import { upgradeWebSocket } from "npm:hono@^4/deno";
import { type Client, createClient, type ExchangeKind, RpcError } from "../../mod.ts";
import { Numbered } from "../deployment/contract.ts";
import { PROXIES, proxyTest } from "./proxies.ts";
import type { ProxyKind } from "./proxy.ts";
import { Site } from "./site.ts";

type NumberedClient = Client<(typeof Numbered)["methods"]>;

/** How long a call may take that is refused: two heartbeats and the time for a hello, and some for the machine. */
const PROMPT_MS = 5_000;
const HEARTBEAT_MS = 500;

/** Calls of the four kinds. Each fails unless its answer is right. */
const CALLS: Readonly<Record<string, (client: NumberedClient) => Promise<void>>> = {
  unary: async (client) => assertEquals(await client.once(1), 1),
  "server_streaming": async (client) => assertEquals(await Array.fromAsync(client.count(2)), [0, 1, 2, 3, 4]),
  "client_streaming": async (client) => assertEquals(await client.sum([3, 1, 2]), 6),
  bidirectional: async (client) => assertEquals(await Array.fromAsync(client.echo([4, 1])), [4, 1]),
};

/**
 * What becomes of calls when a kind of exchange is forced: `works`, a code, or either for what a proxy may let through
 * at first.
 */
function expected(exchange: ExchangeKind, proxy: ProxyKind, call: string): readonly string[] {
  if (exchange === "socket") return ["unavailable"]; // no proxy here passes an upgrade on
  if (exchange === "single") return call === "bidirectional" ? ["unimplemented"] : ["works"];
  if (exchange === "pair" || proxy.hasDuplex) return ["works"];
  // What goes out with the hello is through before a proxy begins to drop.
  return proxy.name.includes("drops") ? ["works", "unavailable"] : ["unavailable"];
}

for (const proxy of PROXIES) {
  for (const exchange of ["duplex", "single", "pair", "socket"] as const) {
    proxyTest(
      proxy,
      `P7.39 exchange: "${exchange}" through ${proxy.name}: calls work once, or are refused soon and with a code`,
      () => force(exchange, proxy),
    );
  }
}

async function force(exchange: ExchangeKind, kind: ProxyKind): Promise<void> {
  await using site = new Site({ upgradeWebSocket, timeouts: { heartbeatMs: HEARTBEAT_MS } });
  await using proxy = await kind.start(site.port);
  await using client = createClient(Numbered, `http://127.0.0.1:${proxy.port}/rpc`, {
    exchange,
    timeouts: { helloTimeoutMs: 1_000, heartbeatMs: HEARTBEAT_MS },
  });
  for (const [name, call] of Object.entries(CALLS)) {
    const startMs = performance.now();
    const outcome = await call(client).then(() => "works", codeOf);
    const ms = Math.round(performance.now() - startMs);
    const wanted = expected(exchange, kind, name);
    assert(wanted.includes(outcome), `a ${name} call: ${outcome}, expected ${wanted.join(" or ")}`);
    assert(ms < PROMPT_MS, `a ${name} call took ${ms} ms: ${outcome}`);
  }
  assertEquals(new Set(site.started).size, site.started.length, "A call has started twice");
}

function codeOf(error: unknown): string {
  if (error instanceof RpcError) return error.code;
  throw error;
}
