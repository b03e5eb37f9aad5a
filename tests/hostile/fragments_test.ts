/** Tickets that come in fragments, and never to their end. */
import { assert, assertEquals } from "@std/assert";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import { MAX_FRAME_BYTES } from "../../src/limits.ts";
import { mebibytes, waitFor } from "./attack.ts";
import { encode, fragment, opening } from "./frames.ts";
import { Program, settled } from "./program.ts";
import { RawPeer } from "./raw_peer.ts";
import { Neighbour } from "./site.ts";

const CLIENTS = 200;
/** Bytes that each client says of a ticket as large as may be, of which the rest never comes. */
const SAID_BYTES = 200_000;
const FRAGMENT_BYTES = 50_000;
/** What all may hold together: as much as eighty of them, and a little for what is on its way. */
const MAX_TOTAL_BYTES = 16_100_000;
const MOST_LEFT = Math.floor(MAX_TOTAL_BYTES / SAID_BYTES);
const OPTIONS: ServiceLinkOptions = { limits: { maxTotalBufferedBytes: MAX_TOTAL_BYTES } };
/** Bytes of the server's heap for the exchanges and connections that are left; 4 MB were measured. */
const MOST_HEAP = 16_000_000;
/**
 * Bytes of its memory. What the platform keeps of memory that was freed depends on the load of the machine. The tickets as
 * a whole would be 800 MB.
 */
const MOST_RSS = 500_000_000;

/** An operation, and the beginning of its first payload. */
function beginning(): Uint8Array<ArrayBuffer> {
  const parts = [encode(opening(1, "sink"))];
  for (let said = FRAGMENT_BYTES; said <= SAID_BYTES; said += FRAGMENT_BYTES) {
    parts.push(fragment(1, MAX_FRAME_BYTES - said, FRAGMENT_BYTES));
  }
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

Deno.test(`P3.11, P10.2 ${CLIENTS} exchanges that never complete their fragments: what they hold is bounded, and let go`, async () => {
  await using server = new Program("./site_server.ts", JSON.stringify(OPTIONS));
  const port = Number(await server.line());
  await using neighbour = new Neighbour(`http://127.0.0.1:${port}/rpc`);
  await waitFor(() => neighbour.calls > 0);
  const before = await server.ask();
  const bytes = beginning();
  using peers = new DisposableStack();
  let left = CLIENTS;
  for (let i = 0; i < CLIENTS; i++) {
    const peer = peers.use(await RawPeer.open(port, { exchange: "duplex" }));
    void peer.over.then(() => left -= 1);
    void peer.send(bytes);
  }
  await waitFor(() => left <= MOST_LEFT);
  const calls = neighbour.calls;
  await waitFor(() => neighbour.calls > calls + 5);
  const during = await server.ask();
  // Nobody has to go for what others hold, but for one or two that what is on its way is counted with.
  assert(left <= MOST_LEFT && left >= MOST_LEFT - 2, `${left} are left, ${MOST_LEFT} may be`);
  assertEquals(during.exchanges, left + 1);
  peers.dispose();
  const after = await settled(server);
  assert(after.operations <= 1);
  console.log(
    `heap ${mebibytes(before.heapUsed, during.heapUsed, after.heapUsed)}, ` +
      `buffers ${mebibytes(before.external, during.external, after.external)}, ` +
      `RSS ${mebibytes(before.rss, during.rss, after.rss)} MiB`,
  );
  assert(during.heapUsed - before.heapUsed < MOST_HEAP && after.heapUsed - before.heapUsed < MOST_HEAP / 2);
  assert(during.rss - before.rss < MOST_RSS);
});
