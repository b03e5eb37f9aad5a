/** Much of the same, as fast as it goes. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { joinBytes } from "../../src/wire/join_bytes.ts";
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
  opening,
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

/** Floods of operations that the client does not wait for. */
const UNAWAITED: readonly (readonly [name: string, frames: (n: number) => readonly WireTicket[]])[] = [
  ["opened and cancelled at once", (n) => [call(n, "busy"), cancel(n)]],
  ["one-way", (n) => [call(n, "busy", { subscription: "none" })]],
];

function cancel(operation: number): WireTicket {
  return { operation, termination: "cancellation" };
}

for (const [name, frames] of UNAWAITED) {
  attack(`S48, P10.2 operations that are ${name}: no more handlers run than may, the neighbour goes on`, {
    limits: { maxOperations: 500 },
  }, async (site) => {
    using peer = await RawPeer.open(site.port, { exchange: "duplex" });
    void peer.send(joinBytes([each(5_000, frames), PING]));
    await waitFor(() => peer.told.some((word) => word.startsWith("pong")));
    assertEquals([site.busy, peer.told.filter((word) => word.startsWith("end"))], [500, []]);
    site.letGo();
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

attack("P9.20 a client that sends more than the window: its exchange fails, the neighbour goes on", {
  limits: { maxBufferedBytes: 2_000_000 },
}, async (site) => {
  const payload = new Uint8Array(60_000);
  const messages = (operation: number) => [1, 2, 3, 4].map(() => ({ operation, payload }));
  const { told } = await toldAfter(site, each(40, (n) => [opening(n, "sink"), ...messages(n)]));
  assertStringIncludes(told.at(-1)!, "end, resource_exhausted, Cannot go on with the exchange:");
});
