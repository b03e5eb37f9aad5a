/**
 * Hostile clients on real sockets, and a neighbour on the same server that must not notice: all its calls succeed. What
 * the attacker is told, that nothing is left of it, and what memory the server had before and after.
 */
import { assert } from "@std/assert";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import { RawPeer, type RawPeerOptions } from "./raw_peer.ts";
import { Neighbour, Site } from "./site.ts";

/** Runs an attack next to a neighbour, and checks that nothing is left of it. */
export function attack(name: string, options: ServiceLinkOptions, run: (site: Site) => Promise<void>): void {
  Deno.test(name, async () => {
    await using site = new Site(options);
    const before = Deno.memoryUsage();
    {
      await using neighbour = new Neighbour(site.url);
      try {
        await run(site);
      } finally {
        RawPeer.closeAll();
      }
      // Until the neighbour leaves, its exchange is the only one.
      await waitFor(() => site.counts.exchanges <= 1 && site.counts.operations <= 1);
      assert(neighbour.calls >= 0);
    }
    await site.settled();
    const after = Deno.memoryUsage();
    console.log(`heap ${mebibytes(before.heapUsed, after.heapUsed)}, RSS ${mebibytes(before.rss, after.rss)} MiB`);
  });
}

/** Bytes as mebibytes, from one to the next. */
export function mebibytes(...numbers: readonly number[]): string {
  return numbers.map((bytes) => (bytes / 1_048_576).toFixed(1)).join(" -> ");
}

/** Waits for something to come true: half a minute at the most, since other tests keep the machine busy. */
export async function waitFor(condition: () => boolean): Promise<void> {
  const patienceEnds = performance.now() + 30_000;
  while (!condition()) {
    assert(performance.now() < patienceEnds, "It takes longer than 30 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Fails if a peer is not rid of in time. */
export async function within<T>(promise: Promise<T>): Promise<T> {
  let isOver = false;
  const settled = promise.finally(() => isOver = true);
  settled.catch(() => {});
  await waitFor(() => isOver);
  return await settled;
}

/** What a duplex client is told that sends this and then waits for its end. */
export async function toldAfter(site: Site, bytes: Uint8Array, options: RawPeerOptions = {}): Promise<RawPeer> {
  const peer = await RawPeer.open(site.port, { exchange: "duplex", ...options });
  // A server that has given up takes no more of it, so that this may well never come to its end before the peer goes.
  const sent = peer.send(bytes);
  await within(peer.over);
  peer[Symbol.dispose]();
  await sent;
  return peer;
}
