/** Requests of pairs that nobody asked for. */
import { assert, assertEquals } from "@std/assert";
import { encode } from "../http/frame_feed.ts";
import { expectRefusal, openPair, partBody } from "../http/scripted_pair.ts";
import { post } from "../http/scripted_client.ts";
import { attack, waitFor, within } from "./attack.ts";
import { RawPeer } from "./raw_peer.ts";

const PING = encode({ kind: "ping", value: 1 });

attack("P7.23 forged ids: each is answered alike, the neighbour goes on", {}, async (site) => {
  const said = new Set<string>();
  for (let round = 0; round < 20; round++) {
    const forged = Array.from({ length: 50 }, () => crypto.getRandomValues(new Uint8Array(16)));
    const answers = forged.map((id) => expectRefusal(post(fetch, site.url, partBody(id, 1, PING)), 404));
    for (const text of await Promise.all(answers)) said.add(text);
  }
  assertEquals(said.size, 1);
});

attack("P7.18 half parts: they get no more time than a hello, the neighbour goes on", {
  timeouts: { helloTimeoutMs: 400 },
}, async (site) => {
  const victim = await openPair(fetch, site.url);
  const peers = await Promise.all(Array.from({ length: 100 }, () => RawPeer.open(site.port)));
  using connections = new DisposableStack();
  for (const peer of peers) connections.use(peer);
  const half = partBody(victim.id, 1, new Uint8Array(1_000)).subarray(0, 500);
  const start = performance.now();
  for (const [index, peer] of peers.entries()) await peer.send(half.subarray(0, 1 + index * 4));
  await Promise.all(peers.map((peer) => within(waitForAnswer(peer))));
  assert(performance.now() - start < 5_000);
  // Eight requests of one exchange at once are more than its client has reason to send.
  for (const { answer } of peers) assert(/^HTTP\/1.1 (408|429) /.test(answer), answer);
  connections.dispose();
  await victim.finish(1);
});

attack("P7.21, P10.1 parts ahead: no more are held than may be, the neighbour goes on", {
  limits: { maxTotalBufferedBytes: 8_000_000 },
}, async (site) => {
  const attacker = await openPair(fetch, site.url);
  const bytes = new Uint8Array(1_000_000);
  const numbers = Array.from({ length: 200 }, (_, index) => 2 + index % 60);
  const told: string[] = [];
  const answers = numbers.map(async (number) => {
    const response = await attacker.raw(number, bytes);
    told.push(`${response.status} ${await response.text()}`);
  });
  await waitFor(() => told.some((line) => line.startsWith("409 ") && line.includes("(maxPartsAhead)")));
  await attacker.gets.cancel();
  await Promise.all(answers);
  for (const line of told) assert(/^(404|409|429|503) /.test(line), line);
});

async function waitForAnswer(peer: RawPeer): Promise<void> {
  while (peer.answer === "") await new Promise((resolve) => setTimeout(resolve, 5));
}
