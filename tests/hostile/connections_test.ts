/** Clients that drip, do not read, vanish, or do nothing at all. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PATH, ServiceBench } from "../http/bench.ts";
import { FrameFeed } from "../http/frame_feed.ts";
import { clientHello, openDuplex, postStream, type ScriptedClient } from "../http/scripted_client.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { attack, mebibytes, waitFor, within } from "./attack.ts";
import { call, each, encode, opening } from "./frames.ts";
import { RawPeer } from "./raw_peer.ts";

attack("P8.6 a hello that drips: 408 when its time is up", { timeouts: { helloTimeoutMs: 300 } }, async (site) => {
  using peer = await RawPeer.open(site.port);
  const hello = encode({ kind: "hello", versions: [1], exchange: "duplex" });
  for (let i = 0; i < 100 && peer.answer === ""; i++) {
    await peer.send(hello.subarray(0, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertStringIncludes(peer.answer, "HTTP/1.1 4");
});

attack(
  "P9.5 a frame that drips: the exchange is idle all the same, and is ended",
  { timeouts: { idleMs: 1_000 } },
  async (site) => {
    using peer = await RawPeer.open(site.port, { exchange: "duplex" });
    const frame = encode(call(1, "echo", { payload: new Uint8Array(10_000) }));
    let isOver = false;
    peer.over.then(() => isOver = true);
    for (let i = 0; i < 900 && !isOver; i++) {
      await peer.send(frame.subarray(i, i + 1));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert(isOver, "It was not ended");
    assertStringIncludes(peer.told[1]!, "goaway, unavailable");
    assertEquals(peer.told.slice(2), ["end"]);
  },
);

attack("P9.13 a reader that never reads: its handlers pause, and few megabytes wait", {
  limits: {
    // Of more the exchange would be given up.
    maxTotalBufferedBytes: 4_000_000,
  },
}, async (site) => {
  using peer = await RawPeer.open(site.port, { exchange: "duplex", reads: false });
  await peer.send(each(50, (n) => [call(n, "flood", { allowance: 1_000_000 })]));
  await waitFor(() => site.flooded > 0);
  let seen = -1;
  while (site.flooded !== seen) {
    seen = site.flooded;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // Connections on loopback hold some megabytes themselves, which is the kernel's memory.
  assert(seen < 16_000_000, `${seen} bytes were produced`);
  assertEquals(site.floodsEnded, []);
});

attack(
  "maxBufferedBytes: a client that reads no answers is given up",
  { limits: { maxBufferedBytes: 1_000_000 } },
  async (site) => {
    using peer = await RawPeer.open(site.port, { exchange: "duplex", reads: false });
    // The first payload of an operation needs no grant.
    const sent = peer.send(each(10_000, (n) => [call(n, "flood", { allowance: 1_000_000 })]));
    await waitFor(() => site.floodsEnded.length > 0);
    assertEquals(site.floodsEnded[0], "resource_exhausted");
    peer[Symbol.dispose]();
    await sent;
  },
);

attack("P10.2 readers that never read: what they hold together is bounded", {
  limits: { maxTotalBufferedBytes: 2_000_000 },
}, async (site) => {
  const peers = await Promise.all(
    Array.from({ length: 10 }, () => RawPeer.open(site.port, { exchange: "duplex", reads: false })),
  );
  for (const peer of peers) await peer.send(encode(call(1, "flood", { allowance: 1_000_000 })));
  await waitFor(() => site.floodsEnded.length >= 9);
  for (const peer of peers) peer[Symbol.dispose]();
  await waitFor(() => site.floodsEnded.length === 10);
  assertEquals(site.floodsEnded.slice(0, 9), Array(9).fill("resource_exhausted"));
});

attack(
  "S46 an upload that nobody reads: what waits is bounded, and its time ends it",
  { limits: { maxBufferedBytes: 200_000 } },
  async (site) => {
    using peer = await RawPeer.open(site.port, { exchange: "single" });
    await peer.send(encode({ ...opening(1, "sink"), timeout: 700 }));
    const payload = encode({ operation: 1, payload: new Uint8Array(10_000) });
    // Most of these the server never takes, so that the writes stall until it has given up.
    const writes = (async () => {
      for (let i = 0; i < 2_000 && await peer.send(payload); i++);
    })();
    await waitFor(() => peer.told.length >= 2);
    assertEquals(peer.told[1], "1: expiration");
    peer[Symbol.dispose]();
    await writes;
  },
);

attack("S45 clients that open operations and vanish: their operations end with them", {}, async (site) => {
  for (let round = 0; round < 10; round++) {
    const peers = await Promise.all(Array.from({ length: 10 }, () => RawPeer.open(site.port, { exchange: "duplex" })));
    for (const peer of peers) await peer.send(each(20, (n) => [call(n, "hang")]));
    await waitFor(() => site.hung >= (round + 1) * 200);
    for (const peer of peers) peer[Symbol.dispose]();
  }
});

/** Time of the server, so that none of its exchanges is idle for long before all of them are there. */
const CLOCK = virtualClock();

attack("P8.7 a thousand idle exchanges: no more are let in than may, and all of them end", {
  limits: { maxExchanges: 1_001 },
  timeouts: { heartbeatMs: 1_000_000 },
  clock: CLOCK,
}, async (site) => {
  const peers: RawPeer[] = [];
  for (let i = 0; i < 1_000; i++) peers.push(await RawPeer.open(site.port, { exchange: "duplex" }));
  using tooMany = await RawPeer.open(site.port, { exchange: "duplex" });
  await waitFor(() => tooMany.answer !== "");
  assertStringIncludes(tooMany.answer, "HTTP/1.1 503");
  await CLOCK.advance(60_000);
  await waitFor(() => peers.every((peer) => peer.told.length >= 2));
  // Now nobody says the end item that the server waits for.
  await CLOCK.advance(1_000);
  await within(Promise.all(peers.map((peer) => peer.over)));
  for (const peer of peers) {
    assertEquals(peer.told.length, 3);
    assertStringIncludes(peer.told[1]!, "goaway, unavailable");
    assertEquals(peer.told[2], "end");
    peer[Symbol.dispose]();
  }
});

Deno.test("P8.7 ten thousand idle exchanges, without sockets: they cost little, and all of them end", async () => {
  await using bench = new ServiceBench({ timeouts: { heartbeatMs: 1_000_000 } });
  const before = Deno.memoryUsage();
  const clients: ScriptedClient[] = [];
  for (let i = 0; i < 10_000; i++) clients.push(await openDuplex(bench.fetch, PATH));
  const after = Deno.memoryUsage();
  const tooMany = new FrameFeed();
  tooMany.send(clientHello({ exchange: "duplex" }));
  assertEquals((await postStream(bench.fetch, PATH, tooMany.stream)).status, 503);
  assertEquals(bench.link.exchangeCount, 10_000);
  assertEquals(bench.clock.pendingTimers, 10_000);
  console.log(`heap ${mebibytes(before.heapUsed, after.heapUsed)} MiB, both sides, for 10,000`);
  await bench.clock.advance(60_000);
  await clients[0]!.gets.expect({ kind: "goaway" });
  await bench.clock.advance(1_000);
  assertEquals([bench.link.exchangeCount, bench.clock.pendingTimers], [0, 0]);
  for (const client of clients.slice(1, 10)) await client.gets.rest();
});
