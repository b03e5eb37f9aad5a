import { assert, assertEquals } from "@std/assert";
import { createClient } from "../../mod.ts";
import type { ExchangeEvent } from "../../src/links/mod.ts";
import { Numbered } from "../deployment/contract.ts";
import { PROXIES, proxyTest } from "./proxies.ts";
import type { ProxyKind } from "./proxy.ts";
import { Site } from "./site.ts";

for (const kind of PROXIES) {
  proxyTest(
    kind,
    `P7.36, P7.37, P7.39 all kinds of calls work through ${kind.name}, and each starts once`,
    () => callThrough(kind),
  );
}

async function callThrough(kind: ProxyKind): Promise<void> {
  await using site = new Site();
  await using proxy = await kind.start(site.port);
  const events: ExchangeEvent[] = [];
  await using client = createClient(Numbered, `http://127.0.0.1:${proxy.port}/rpc`, {
    timeouts: { probeTimeoutMs: 500 },
    onExchange: (event) => void events.push(event),
  });
  let id = 0;
  // Long enough for the requests of a proxy that cuts after a time to be replaced twice.
  const endsAt = performance.now() + (kind.name.includes("3 s") ? 4_000 : 1_000);
  do {
    const [once, count, sum, echo] = [id + 1, id + 2, id + 3, id + 4];
    assertEquals(await client.once(once), once);
    assertEquals(await Array.fromAsync(client.count(count)), [0, 1, 2, 3, 4]);
    assertEquals(await client.sum([sum, 1, 2]), sum + 3);
    assertEquals(await Array.fromAsync(client.echo([echo, 1, 2])), [echo, 1, 2]);
    id += 4;
  } while (performance.now() < endsAt);
  await client[Symbol.asyncDispose]();
  assertEquals(site.started.sort((a, b) => a - b), Array.from({ length: id }, (_, i) => i + 1));
  const used = new Set(events.filter(({ reason }) => reason !== "probe").map((event) => event.kind));
  assertEquals([...used].sort(), kind.hasDuplex ? expectedWithDuplex(events) : ["pair", "single"]);
}

/** The first calls are made while nothing is known, on single exchanges. */
function expectedWithDuplex(events: readonly ExchangeEvent[]): string[] {
  assert(events.some(({ kind, reason }) => kind === "duplex" && reason === "probe"));
  const later = events.some(({ kind, reason }) => kind === "duplex" && reason === "works");
  return later ? ["duplex", "single"] : ["single"];
}
