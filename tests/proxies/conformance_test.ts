import { assertEquals } from "@std/assert";
import { upgradeWebSocket } from "hono/deno";
import * as clientLibrary from "../../src/client.ts";
import * as serverLibrary from "../../src/server.ts";
import { conformance, type ConformanceTarget, NO_DUPLEX } from "../conformance/mod.ts";
import { conformanceApp } from "../runtimes/conformance_app.ts";
import { Desk } from "../runtimes/desk.ts";
import { PATIENT_PROXIES, proxyTest } from "./proxies.ts";
import type { ProxyKind } from "./proxy.ts";

for (const kind of PATIENT_PROXIES) {
  proxyTest(kind, `the conformance suite passes through ${kind.name}`, () => passThrough(kind), {
    // The suite cuts connections: what its clients and the proxies have of them is theirs to give back.
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

async function passThrough(kind: ProxyKind): Promise<void> {
  const { app, handler } = conformanceApp(serverLibrary, () => upgradeWebSocket);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
  const proxy = await kind.start(server.addr.port);
  await using desk = new Desk("");
  const way = desk.wayTo(proxy.port);
  const urls = [proxy.port, way.port].map((port) => `http://127.0.0.1:${port}/rpc`);
  await Promise.all(urls.map(findOut));
  const target: ConformanceTarget = {
    client: "deno",
    server: kind.hasDuplex ? "deno" : NO_DUPLEX,
    exchange: "auto",
    url: urls[0]!,
    cuttable: { url: urls[1]!, cutUrl: way.cutUrl },
  };
  const results = await conformance(clientLibrary, target);
  await handler.stop(0);
  // Before the server, which would wait for the connections that the proxy keeps.
  await proxy[Symbol.asyncDispose]();
  await server.shutdown();
  assertEquals(results.filter(({ result }) => result === "failed"), []);
}

/** Makes a call that needs to know whether there is duplex, so that what follows is the same each time. */
async function findOut(url: string): Promise<void> {
  const contract = clientLibrary.defineService("test.Unknown", { chat: clientLibrary.bidiStreaming<void, void>() });
  await using client = clientLibrary.createClient(contract, url, { timeouts: { probeTimeoutMs: 700 } });
  for (let i = 0; i < 2; i++) await Array.fromAsync(client.chat([])).catch(() => "there is no such service");
}
