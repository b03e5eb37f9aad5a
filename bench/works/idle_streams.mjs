// @ts-check
/** @import { Session } from "../runner/session.ts" */
/** @import { Work } from "./work.ts" */
import { packed } from "../peers/messages.mjs";

const STREAMS = 10_000;
/** Where each has a connection of its own. */
const CONNECTIONS = 1_000;
/** How many are opened at once. */
const BATCH = 100;

/**
 * Opens streams that stay silent after their first message.
 *
 * @param {Session} session
 * @param {number} count
 * @returns {Promise<AsyncIterator<unknown>[]>}
 */
async function openStreams({ client, peer }, count) {
  const request = packed(peer.encoding, { count: 1, byteLength: 1, staysOpen: true });
  /** @type {AsyncIterator<unknown>[]} */
  const opened = [];
  while (opened.length < count) {
    const batch = Array.from(
      { length: Math.min(BATCH, count - opened.length) },
      () => client.serverStream(request)[Symbol.asyncIterator](),
    );
    await Promise.all(batch.map((stream) => stream.next()));
    opened.push(...batch);
  }
  // Someone waits for the next message of each.
  for (const stream of opened) stream.next().catch(() => {});
  return opened;
}

/** @param {Session} session */
async function memory(session) {
  const client = await session.clientState({ collectsGarbage: true });
  const server = await session.serverState({ collectsGarbage: true });
  return { client, server };
}

/** @type {Work<void>} */
export const IDLE_STREAMS = {
  name: "idle",
  title: "10,000 idle server streams (1,000 where each needs a connection), bytes for each",
  needs: ["serverStream"],
  crowd: "streams",
  startsAnew: "work",
  maxRounds: 1,
  metrics: {
    rss: { title: "resident, both sides", unit: "B", better: "lower" },
    clientHeap: { title: "heap, client", unit: "B", better: "lower" },
    serverHeap: { title: "heap, server", unit: "B", better: "lower" },
  },
  // As many as are measured would leave holes in the heap that hide them.
  prepare: async (session) => {
    for (const stream of await openStreams(session, BATCH)) void stream.return?.();
  },
  async round(session) {
    const count = session.peer.connections === undefined ? STREAMS : CONNECTIONS;
    const before = await memory(session);
    const streams = await openStreams(session, count);
    const after = await memory(session);
    const each = (/** @type {"heapBytes" | "rssBytes"} */ what, /** @type {"client" | "server"} */ side) =>
      (after[side][what] - before[side][what]) / streams.length;
    return {
      rss: each("rssBytes", "client") + each("rssBytes", "server"),
      clientHeap: each("heapBytes", "client"),
      serverHeap: each("heapBytes", "server"),
    };
  },
};
