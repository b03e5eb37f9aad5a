/**
 * Hostile clients on real sockets, and a neighbour on the same server that must not notice: all its calls succeed. What
 * the attacker is told, that nothing is left of it, and what memory the server had before and after.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ServiceLinkOptions } from "../../src/http/mod.ts";
import { PATH, ServiceBench } from "../http/bench.ts";
import { FrameFeed } from "../http/frame_feed.ts";
import { openDuplex, postStream, type ScriptedClient } from "../http/scripted_client.ts";
import {
  call,
  each,
  EMPTY_FRAME,
  EMPTY_TICKET,
  encode,
  GIGABYTES,
  MALFORMED_TICKET,
  opening,
  PING,
  repeated,
  UNKNOWN_CONTROL,
} from "./frames.ts";
import { RawPeer, type RawPeerOptions } from "./raw_peer.ts";
import { Neighbour, Site } from "./site.ts";

/** Runs an attack next to a neighbour, and checks that nothing is left of it. */
function attack(name: string, options: ServiceLinkOptions, run: (site: Site) => Promise<void>): void {
  Deno.test(name, async () => {
    await using site = new Site(options);
    const before = Deno.memoryUsage();
    {
      await using neighbour = new Neighbour(site.url);
      await run(site);
      // Until the neighbour leaves, its exchange is the only one.
      await waitFor(() => site.counts.exchanges <= 1 && site.counts.operations <= 1);
      assert(neighbour.calls >= 0);
    }
    await site.settled();
    const after = Deno.memoryUsage();
    console.log(`heap ${mebibytes(before.heapUsed, after.heapUsed)}, RSS ${mebibytes(before.rss, after.rss)} MiB`);
  });
}

function mebibytes(...numbers: readonly number[]): string {
  return numbers.map((bytes) => (bytes / 1_048_576).toFixed(1)).join(" -> ");
}

async function waitFor(condition: () => boolean): Promise<void> {
  const patienceEnds = performance.now() + 10_000;
  while (!condition()) {
    assert(performance.now() < patienceEnds, "It takes longer than 10 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Fails if a peer is not rid of in time. */
async function within<T>(promise: Promise<T>): Promise<T> {
  let isOver = false;
  const settled = promise.finally(() => isOver = true);
  settled.catch(() => {});
  await waitFor(() => isOver);
  return await settled;
}

/** What a duplex client is told that sends this and then waits for its end. */
async function toldAfter(site: Site, bytes: Uint8Array, options: RawPeerOptions = {}): Promise<RawPeer> {
  const peer = await RawPeer.open(site.port, { exchange: "duplex", ...options });
  // A server that has given up takes no more of it, so that this may well never come to its end before the peer goes.
  const sent = peer.send(bytes);
  await within(peer.over);
  peer[Symbol.dispose]();
  await sent;
  return peer;
}

/** Floods that end with the exchange, and what the last word of the server is. */
const FLOODS: readonly (readonly [name: string, flood: () => Uint8Array, last: string])[] = [
  [
    "P9.11 operations opened and cancelled at once",
    () => each(5_000, (n) => [call(n, "hang"), { operation: n, termination: "cancellation" }]),
    "end, resource_exhausted, Cannot go on with the exchange: more than 1000 operations in a second that the client " +
    "gave up or wants nothing back of (maxUnawaitedPerSecond)",
  ],
  [
    "P9.11 one-way operations",
    () => each(5_000, (n) => [call(n, "hang", { subscription: "none" })]),
    "end, resource_exhausted, Cannot go on with the exchange: more than 1000 operations in a second that the client " +
    "gave up or wants nothing back of (maxUnawaitedPerSecond)",
  ],
  ["P9.4 pings", () => repeated(PING, 5_000), controlItems()],
  ["P9.4 unknown control items", () => repeated(UNKNOWN_CONTROL, 5_000), controlItems()],
  ["P9.4 empty tickets", () => repeated(EMPTY_TICKET, 5_000), controlItems()],
  ["P9.4 malformed tickets", () => repeated(MALFORMED_TICKET, 5_000), controlItems()],
  [
    "P9.4 tickets with too much metadata",
    () => each(200, (n) => [call(n, "echo", { initialMetadata: [["k", new Uint8Array(17_000)]] })]),
    controlItems(),
  ],
  ["P3.3 empty frames", () => repeated(EMPTY_FRAME, 5_000), "end, internal, Cannot read a frame"],
  ["P3.4 a frame of 4 GiB", () => GIGABYTES, "end, resource_exhausted, Cannot read a frame: it declares 4294967295"],
];

function controlItems(): string {
  return "end, resource_exhausted, Cannot go on with the exchange: more than 100 control items in a second";
}

for (const [name, flood, last] of FLOODS) {
  attack(`${name}: the exchange fails with a word about it, the neighbour goes on`, {
    maxUnawaitedPerSecond: 1_000,
  }, async (site) => {
    const { told } = await toldAfter(site, flood());
    assertStringIncludes(told.at(-1)!, last);
    assert(site.hung <= 1_001, `${site.hung} handlers were begun`);
  });
}

attack(
  "P7.8 operations opened and never granted: as many as may wait, no more begin, and their time ends them",
  { maxOperations: 200 },
  async (site) => {
    using peer = await RawPeer.open(site.port, { exchange: "duplex" });
    await peer.send(each(201, (n) => [call(n, "count", { timeout: 500, payload: Uint8Array.of(20) })]));
    await waitFor(() => peer.told.length >= 202);
    const [, refused, ...expired] = peer.told;
    assertEquals(
      refused,
      "201: shutdown, resource_exhausted, Cannot begin the operation: 200 run already (maxOperations)",
    );
    assertEquals(expired.length, 200);
    for (const word of expired) assertStringIncludes(word, ": expiration");
  },
);

attack("P5.7 metadata above the limit: each such operation ends, the others go on", {}, async (site) => {
  using peer = await RawPeer.open(site.port, { exchange: "duplex" });
  const tooMuch = call(1, "count", { initialMetadata: [["k", new Uint8Array(17_000)]] });
  const many = Array.from({ length: 5_000 }, () => ["", ""] as const);
  await peer.send(encode(tooMuch, call(2, "echo", { initialMetadata: many }), { kind: "end" }));
  await peer.finish();
  await within(peer.over);
  assertStringIncludes(peer.told[1]!, "1: reception failure, resource_exhausted");
  assertStringIncludes(peer.told[1]!, "(maxMetadataBytes)");
  assertEquals(peer.told.slice(2), ["2: completion", "end"]);
});

attack("S14 allowances that sum up beyond all numbers: they are all that there are", {}, async (site) => {
  using peer = await RawPeer.open(site.port, { exchange: "duplex" });
  const most = Number.MAX_SAFE_INTEGER;
  const grants = Array.from({ length: 5 }, () => ({ operation: 1, allowance: most }));
  await peer.send(encode(call(1, "count", { payload: Uint8Array.of(0x18, 50), allowance: most }), ...grants));
  await waitFor(() => peer.told.length >= 2);
  assertEquals([peer.told[1], peer.payloads], ["1: completion", 50]);
  await peer.send(encode(call(2, "count", { payload: Uint8Array.of(0x18, 50) }), { operation: 2, allowance: 2 ** 60 }));
  await waitFor(() => peer.told.length >= 3);
  assertStringIncludes(peer.told[2]!, "2: reception failure, internal");
});

attack("S8 gaps in sequence numbers: so many tickets wait, and one more ends the operation", {}, async (site) => {
  using peer = await RawPeer.open(site.port, { exchange: "duplex" });
  const late = (operation: number, sequence: number) => ({ operation, sequence, payload: Uint8Array.of(1) });
  await peer.send(encode(opening(1, "sink"), late(1, Number.MAX_SAFE_INTEGER), { operation: 1, payload: 1 }));
  await peer.send(encode(opening(2, "sink"), ...Array.from({ length: 65 }, (_, i) => late(2, 10 + i))));
  await waitFor(() => peer.told.length >= 3);
  assertStringIncludes(peer.told[1]!, "1: reception failure, internal");
  assertStringIncludes(peer.told[2]!, "2: reception failure, resource_exhausted");
  assertStringIncludes(peer.told[2]!, "(maxHeldTickets)");
});

attack(
  "P9.12 large tickets with a gap before them: their bytes are bounded",
  { maxBufferedBytes: 1_000_000 },
  async (site) => {
    const { told } = await toldAfter(
      site,
      each(100, (operation) => [{ operation, sequence: 1, payload: new Uint8Array(100_000) }]),
    );
    assertStringIncludes(told.at(-1)!, "end, resource_exhausted");
    assertStringIncludes(
      told.at(-1)!,
      "bytes wait for tickets that are missing, 1000000 are allowed (maxBufferedBytes)",
    );
  },
);

attack("P8.6 a hello that drips: 408 when its time is up", { helloTimeoutMs: 300 }, async (site) => {
  using peer = await RawPeer.open(site.port);
  const hello = encode({ kind: "hello", versions: [1], exchange: "duplex" });
  for (let i = 0; i < 100 && peer.answer === ""; i++) {
    await peer.send(hello.subarray(0, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertStringIncludes(peer.answer, "HTTP/1.1 4");
});

attack("P9.5 a frame that drips: the exchange is idle all the same, and is ended", { idleMs: 300 }, async (site) => {
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
});

attack("maxBufferedBytes: a reader that never reads is given up", { maxBufferedBytes: 1_000_000 }, async (site) => {
  using peer = await RawPeer.open(site.port, { exchange: "duplex", reads: false });
  await peer.send(encode(call(1, "flood", { allowance: 1_000_000 })));
  await waitFor(() => site.floodsEnded.length === 1);
  assertEquals(site.floodsEnded, ["resource_exhausted"]);
});

attack("P10.2 readers that never read: what they hold together is bounded", {
  maxTotalBufferedBytes: 2_000_000,
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
  { maxBufferedBytes: 200_000 },
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

attack("P8.7 a thousand idle exchanges: no more are let in than may, and all of them end", {
  maxExchanges: 1_001,
  idleMs: 500,
}, async (site) => {
  const peers: RawPeer[] = [];
  for (let i = 0; i < 1_000; i++) peers.push(await RawPeer.open(site.port, { exchange: "duplex" }));
  using tooMany = await RawPeer.open(site.port, { exchange: "duplex" });
  await waitFor(() => tooMany.answer !== "");
  assertStringIncludes(tooMany.answer, "HTTP/1.1 503");
  await within(Promise.all(peers.map((peer) => peer.over)));
  for (const peer of peers) {
    assertEquals(peer.told.length, 3);
    assertStringIncludes(peer.told[1]!, "goaway, unavailable");
    assertEquals(peer.told[2], "end");
    peer[Symbol.dispose]();
  }
});

Deno.test("P8.7 ten thousand idle exchanges, without sockets: they cost little, and all of them end", async () => {
  await using bench = new ServiceBench({ heartbeatMs: 1_000_000 });
  const before = Deno.memoryUsage();
  const clients: ScriptedClient[] = [];
  for (let i = 0; i < 10_000; i++) clients.push(await openDuplex(bench.fetch, PATH));
  const after = Deno.memoryUsage();
  assertEquals((await postStream(bench.fetch, PATH, new FrameFeed().stream)).status, 503);
  assertEquals(bench.link.exchangeCount, 10_000);
  assertEquals(bench.clock.pendingTimers, 10_000);
  console.log(`heap ${mebibytes(before.heapUsed, after.heapUsed)} MiB, both sides, for 10,000`);
  await bench.clock.advance(60_000);
  await clients[0]!.gets.expect({ kind: "goaway" });
  await bench.clock.advance(1_000);
  assertEquals([bench.link.exchangeCount, bench.clock.pendingTimers], [0, 0]);
  for (const client of clients.slice(1, 10)) await client.gets.rest();
});
