/** As many idle exchanges as a server takes, over real sockets: the server and its clients are processes of their own. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import { MAX_EXCHANGES } from "../../src/limits.ts";
import { IS_NIGHTLY } from "../nightly.ts";
import { runProcess } from "../watched_process.ts";
import { mebibytes, waitFor } from "./attack.ts";
import { Program, type ServerState, settled } from "./program.ts";
import { RawPeer } from "./raw_peer.ts";
import { Neighbour } from "./site.ts";

/** As many as there may be by default, or a sample: they take ten seconds to come. */
const EXCHANGES = IS_NIGHTLY ? MAX_EXCHANGES : 1_000;
/** The clients answer no pings, and take their time to come. */
const OPTIONS: ServiceLinkOptions = {
  timeouts: { heartbeatMs: 120_000, idleMs: 120_000 },
  limits: { maxExchanges: EXCHANGES },
};
/** One of the exchanges is the neighbour's. */
const CLIENTS = EXCHANGES - 1;
/** Files that the server has open beside its connections, and a few to spare. */
const OTHER_FILES = 500;
/** Bytes of the server's heap for an exchange and its connection; 20 KiB were measured, 13 of them without this library. */
const MOST_HEAP_EACH = 40_960;

/** How many files a process may open here. */
async function mostFiles(): Promise<number> {
  if (Deno.build.os === "windows") return 0;
  const limit = (await runProcess("sh", { args: ["-c", "ulimit -Hn"] })).stdout.trim();
  return limit === "unlimited" ? Infinity : Number(limit);
}

Deno.test({
  name:
    `P8.7 ${EXCHANGES} idle exchanges over sockets: none is lost, one more is refused, and all end with their clients`,
  // Elsewhere no server could have as many connections.
  ignore: await mostFiles() < EXCHANGES + OTHER_FILES,
  async fn() {
    await using server = new Program("./site_server.ts", JSON.stringify(OPTIONS));
    const port = Number(await server.line());
    const before = await server.ask();
    await using neighbour = new Neighbour(`http://127.0.0.1:${port}/rpc`);
    await waitFor(() => neighbour.calls > 0);
    let during: ServerState;
    {
      const halves = [Math.floor(CLIENTS / 2), Math.ceil(CLIENTS / 2)];
      await using one = new Program("./idle_clients.ts", port, halves[0]);
      await using other = new Program("./idle_clients.ts", port, halves[1]);
      assertEquals([await one.line(), await other.line()].map(Number), halves);
      during = await server.ask();
      assertEquals([during.exchanges, during.operations <= 1], [EXCHANGES, true]);
      using tooMany = await RawPeer.open(port, { exchange: "duplex" });
      await waitFor(() => tooMany.answer !== "");
      assertStringIncludes(tooMany.answer, "HTTP/1.1 503");
    }
    const after = await settled(server);
    console.log(
      `heap ${mebibytes(before.heapUsed, during.heapUsed, after.heapUsed)}, ` +
        `RSS ${mebibytes(before.rss, during.rss, after.rss)} MiB`,
    );
    const heapEach = (during.heapUsed - before.heapUsed) / CLIENTS;
    assert(heapEach < MOST_HEAP_EACH, `${heapEach} bytes of heap for each exchange`);
    assert(after.heapUsed - before.heapUsed < (during.heapUsed - before.heapUsed) / 2, "Too much of the heap is left");
  },
});
