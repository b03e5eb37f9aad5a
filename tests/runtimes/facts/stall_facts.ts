import { assert, assertEquals } from "../../conformance/assert.ts";
import type { Installation } from "../install.ts";
import { SERVERS } from "../servers.ts";
import type { FactTable } from "./fact.ts";
import { clientOf, trustingFetch } from "./serving.ts";

/** Calls of which the median is taken, and how often that is tried: whoever else uses the machine comes and goes. */
const CALLS = 15;
const ATTEMPTS = 5;
/** Less than one delayed acknowledgment, of some 44 ms. */
const NO_STALL_MS = 30;
/** Less than three of them: over HTTP/2 Deno has one for each direction. */
const TWO_STALLS_MS = 120;

/**
 * Nagle's algorithm and delayed acknowledgments: over HTTP/2 with TLS, Deno holds the rest of what is above 1 KB back
 * until its beginning is acknowledged, which takes as long unless something is sent the other way. Over HTTP/1.1 nobody
 * does, so nothing of ours may.
 */
export const STALL_FACTS: FactTable = {
  async "44 ms stalls: a message of 4 KiB meets none where the runtimes have none"(installation) {
    for (const name of ["deno", "node", "bun", "workerd"]) {
      await expectMedian(installation, name, { bytes: 4_096, maxMs: NO_STALL_MS });
    }
  },

  async "44 ms stalls: a message of 4 KiB meets one each way, no more, where Deno speaks HTTP/2"(installation) {
    for (const name of ["deno-h2", "bun-h2", "node-h2"]) {
      await expectMedian(installation, name, { bytes: 4_096, maxMs: TWO_STALLS_MS });
    }
  },

  async "44 ms stalls: a message below 1 KB meets none anywhere"(installation) {
    for (const name of ["deno-h2", "bun-h2", "node-h2"]) {
      await expectMedian(installation, name, { bytes: 800, maxMs: NO_STALL_MS });
    }
  },
};

/** Fails if calls with so many bytes both ways take longer than that, each time that it is tried. */
async function expectMedian(
  installation: Installation,
  name: string,
  { bytes, maxMs }: { readonly bytes: number; readonly maxMs: number },
): Promise<void> {
  await using process = await SERVERS[name.replace(/-h2$/, "")]!(installation);
  const { protocol, port, path } = process.servers.find((server) => server.name === name)!;
  using trusting = await trustingFetch(installation);
  const url = `${protocol}//127.0.0.1:${port}${path}`;
  await using client = clientOf(url, { exchange: "duplex", fetch: trusting.fetch });
  const message = new Uint8Array(bytes);
  const medians: number[] = [];
  while (medians.length < ATTEMPTS) {
    const times: number[] = [];
    for (let i = 0; i < CALLS; i++) {
      const startMs = performance.now();
      assertEquals(await client.echo(message), message);
      times.push(performance.now() - startMs);
    }
    const median = times.sort((a, b) => a - b)[CALLS >> 1]!;
    if (median < maxMs) return;
    medians.push(median);
  }
  assert(false, `Calls of ${bytes} bytes to ${name} take ${medians.map(Math.round).join(", ")} ms`);
}
