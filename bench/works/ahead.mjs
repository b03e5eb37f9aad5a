// @ts-check
/** @import { Work } from "./work.ts" */
import { packed } from "../peers/messages.mjs";

const BYTES = 65_536;
/** 256 MiB: who gets that far ahead would get further. */
const MESSAGES = 4_096;
const PAUSE_MS = 10;
const TAKEN = 200;
/** How many messages are taken from one look at the producer to the next. */
const LOOK_EVERY = 10;

/** @type {Work<void>} */
export const AHEAD = {
  name: "ahead",
  title: "A producer of up to 256 MiB ahead of a consumer of one 64 KiB message in 10 ms",
  needs: ["serverStream"],
  startsAnew: "work",
  maxRounds: 1,
  metrics: {
    mebibytes: { title: "ahead at most", unit: "MiB", better: "lower" },
    rss: { title: "resident more, both sides", unit: "MiB", better: "lower" },
  },
  prepare: async () => {},
  async round({ client, peer, clientState, serverState }) {
    const before = { client: await clientState(), server: await serverState() };
    let ahead = 0;
    let rss = 0;
    let length = 0;
    let looks = 0;
    for await (const message of client.serverStream(packed(peer.encoding, { count: MESSAGES, byteLength: BYTES }))) {
      length += message.length;
      const taken = Math.floor(length / BYTES);
      if (taken >= TAKEN) break;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      if (taken < looks * LOOK_EVERY) continue;
      looks += 1;
      const [ours, theirs] = [await clientState(), await serverState()];
      ahead = Math.max(ahead, theirs.produced - before.server.produced - taken);
      rss = Math.max(rss, ours.rssBytes - before.client.rssBytes + theirs.rssBytes - before.server.rssBytes);
    }
    return { mebibytes: ahead * BYTES / 1_048_576, rss: rss / 1_048_576 };
  },
};
