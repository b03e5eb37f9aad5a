// @ts-check
/** @import { Work } from "./work.ts" */
import { messageOf } from "../peers/messages.mjs";

/** @type {Work<void>} */
export const COLD_START = {
  name: "cold-start",
  title: "Cold start: from nothing to the first response",
  needs: ["unary"],
  startsAnew: "round",
  // What happens before the client can say anything is added by the driver.
  metrics: {
    total: { title: "both, one after the other", unit: "ms", better: "lower" },
    serverStart: { title: "server, until it listens", unit: "ms", better: "lower" },
    clientStart: { title: "client, until its first response", unit: "ms", better: "lower" },
    firstCall: { title: "first call", unit: "ms", better: "lower" },
  },
  prepare: async () => {},
  async round({ client, peer }) {
    const startedAt = performance.now();
    await client.unary(messageOf(peer.encoding, 100));
    return { firstCall: performance.now() - startedAt };
  },
};
