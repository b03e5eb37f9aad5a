/** Much of the same, as fast as it goes. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { WireTicket } from "../http/frame_feed.ts";
import { attack, toldAfter, waitFor } from "./attack.ts";
import {
  call,
  each,
  EMPTY_FRAME,
  EMPTY_TICKET,
  encode,
  fragment,
  GIGABYTES,
  MALFORMED_TICKET,
  PING,
  repeated,
  UNKNOWN_CONTROL,
} from "./frames.ts";
import { RawPeer } from "./raw_peer.ts";

/** Floods that end with the exchange, and what the last word of the server is. */
const FLOODS: readonly (readonly [name: string, flood: () => Uint8Array, last: string])[] = [
  ["P9.4 pings", () => repeated(PING, 5_000), controlItems()],
  ["P9.4 unknown control items", () => repeated(UNKNOWN_CONTROL, 5_000), controlItems()],
  ["P9.4 empty tickets", () => repeated(EMPTY_TICKET, 5_000), controlItems()],
  ["P9.4 malformed tickets", () => repeated(MALFORMED_TICKET, 5_000), controlItems()],
  [
    "P9.4 tickets with too much metadata",
    () => each(200, (n) => [call(n, "echo", { initialMetadata: [["k", new Uint8Array(17_000)]] })]),
    controlItems(),
  ],
  [
    "P3.11 fragments of 4 GiB",
    () => Uint8Array.of(0x4a, 0x84, 0x2f, 0x01, 0x1a, 0xff, 0xff, 0xff, 0xff, 0x41, 0x00),
    "end, resource_exhausted, Cannot join fragments: a ticket of operation 1 has 4294967296 bytes",
  ],
  ["P3.3 empty frames", () => repeated(EMPTY_FRAME, 5_000), "end, internal, Cannot read a frame"],
  ["P3.4 a frame of 4 GiB", () => GIGABYTES, "end, resource_exhausted, Cannot read a frame: it declares 4294967295"],
];

function controlItems(): string {
  return "end, resource_exhausted, Cannot go on with the exchange: more than 100 control items in a second";
}

for (const [name, flood, last] of FLOODS) {
  attack(`${name}: the exchange fails with a word about it, the neighbour goes on`, {}, async (site) => {
    const { told } = await toldAfter(site, flood());
    assertStringIncludes(told.at(-1)!, last);
    assertEquals(site.hung, 0);
  });
}

attack("P3.12 tickets that are begun and given up: the exchange and the neighbour go on", {}, async (site) => {
  using peer = await RawPeer.open(site.port, { exchange: "duplex" });
  const givenUp = Uint8Array.of(...fragment(1, 5, 1), ...fragment(1, 0, 0));
  void peer.send(Uint8Array.of(...repeated(givenUp, 5_000), ...PING));
  await waitFor(() => peer.told.length > 1);
  assertStringIncludes(peer.told.at(-1)!, "pong");
});

/** Floods of what costs work when it is no longer awaited, and as how many one-way operations each of them counts. */
const UNAWAITED: readonly (readonly [name: string, cost: number, frames: (n: number) => readonly WireTicket[]])[] = [
  ["operations opened and cancelled at once", 4, (n) => [call(n, "hang"), cancel(n)]],
  ["one-way operations", 1, (n) => [call(n, "hang", { subscription: "none" })]],
];

function cancel(operation: number): WireTicket {
  return { operation, termination: "cancellation" };
}

for (const [name, cost, frames] of UNAWAITED) {
  attack(`P9.11 ${name}: so many begin in a second and a tenth at once, the neighbour goes on`, {
    limits: { maxUnawaitedPerSecond: 500 },
  }, async (site) => {
    using peer = await RawPeer.open(site.port, { exchange: "duplex" });
    const start = performance.now();
    void peer.send(each(5_000, frames));
    for (const seconds of [0.5, 1.5]) {
      await waitFor(() => site.hung >= 500 * seconds / cost);
      const elapsed = performance.now() - start;
      // One more is taken while there is any room, and one more may have begun that is not cancelled yet.
      const most = (50 + 500 * elapsed / 1_000) / cost + 2;
      assert(site.hung <= most, `${site.hung} handlers were begun in ${elapsed} ms, ${most} are allowed`);
    }
    assertEquals(peer.told.filter((word) => word.startsWith("end")), []);
  });
}

attack(
  "S45 a client that cancels ten thousand operations and vanishes: nobody waits until all of it is read",
  {},
  async (site) => {
    const peer = await RawPeer.open(site.port, { exchange: "duplex" });
    const numbers = Array.from({ length: 10_000 }, (_, index) => index + 1);
    const sent = peer.send(encode(...numbers.map((n) => call(n, "hang")), ...numbers.map(cancel)));
    await waitFor(() => site.hung === 10_000);
    const start = performance.now();
    peer[Symbol.dispose]();
    await sent;
    await waitFor(() => site.counts.exchanges <= 1 && site.counts.operations <= 1);
    const elapsed = performance.now() - start;
    // At 2,500 a second it would be four seconds.
    assert(elapsed < 2_000, `It took ${elapsed} ms`);
  },
);

attack("P9.19 a client that goes on beyond what is read of it: what waits is bounded, the neighbour goes on", {
  limits: { maxUnawaitedPerSecond: 100, maxBufferedBytes: 2_000_000 },
}, async (site) => {
  const padding = { initialMetadata: [["k", new Uint8Array(1_000)]] } as const;
  const { told } = await toldAfter(site, each(5_000, (n) => [call(n, "hang", padding), cancel(n)]));
  assertStringIncludes(told.at(-1)!, "bytes wait to be read, 2000000 are allowed (maxBufferedBytes)");
  assert(site.hung < 100, `${site.hung} handlers were begun`);
});
