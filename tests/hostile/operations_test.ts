/** Operations that keep what they take, and tickets that say too much. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { attack, toldAfter, waitFor, within } from "./attack.ts";
import { call, each, encode, opening } from "./frames.ts";
import { RawPeer } from "./raw_peer.ts";

attack(
  "P7.8 operations opened and never granted: as many as may wait, no more begin, and their time ends them",
  { limits: { maxOperations: 200 } },
  async (site) => {
    using peer = await RawPeer.open(site.port, { exchange: "duplex" });
    await peer.send(each(201, (n) => [call(n, "count", { timeout: 500, payload: Uint8Array.of(20) })]));
    const told = () => peer.told.filter((word) => !word.startsWith("credit"));
    await waitFor(() => told().length >= 202);
    const [, refused, ...expired] = told();
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
  { limits: { maxDisorderedBytes: 1_000_000 } },
  async (site) => {
    const { told } = await toldAfter(
      site,
      each(100, (operation) => [{ operation, sequence: 1, payload: new Uint8Array(100_000) }]),
    );
    assertStringIncludes(told.at(-1)!, "end, resource_exhausted");
    assertStringIncludes(
      told.at(-1)!,
      "bytes wait for tickets that are missing, 1000000 are allowed (maxDisorderedBytes)",
    );
  },
);
