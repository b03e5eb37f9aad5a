/**
 * Many clients in a process of their own, each with an exchange on which it says nothing. Says how many are open when
 * all are, and leaves when it is told anything.
 */
import { RawPeer } from "./raw_peer.ts";

/** Connections that are opened at once: what a server's queue for them has room for. */
const AT_ONCE = 100;

const [port, count] = Deno.args.map(Number);
if (port === undefined || count === undefined) throw new TypeError("Say which port, and how many clients");

const peers: RawPeer[] = [];
while (peers.length < count) {
  const batch = Array.from({ length: Math.min(AT_ONCE, count - peers.length) }, () => open(port));
  peers.push(...await Promise.all(batch));
}
console.log(peers.filter(({ told }) => told[0] === "hello").length);
for await (const _ of Deno.stdin.readable) break;
Deno.exit();

/** Opens an exchange and waits until it has its first answer, for some time. */
async function open(port: number): Promise<RawPeer> {
  const peer = await RawPeer.open(port, { exchange: "duplex" });
  for (let patience = 1_000; patience > 0 && peer.told.length === 0; patience--) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return peer;
}
