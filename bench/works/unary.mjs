// @ts-check
/** @import { Session } from "../runner/session.ts" */
/** @import { Work } from "./work.ts" */
import { messageOf } from "../peers/messages.mjs";
import { PROCESSOR_METRICS, withProcessorTime } from "./processor_time.mjs";
import { quantile } from "./statistics.mjs";

const BYTES = 100;

/**
 * Calls one after the other in so many lanes.
 *
 * @param {Session} session
 * @param {{ inFlight: number, durationMs: number, onCall?: (ms: number) => void }} options
 * @returns {Promise<{ operations: number, perSecond: number }>}
 */
export async function callInLanes({ client, peer }, { inFlight, durationMs, onCall }) {
  const message = messageOf(peer.encoding, BYTES);
  const startedAt = performance.now();
  let operations = 0;
  const lane = async () => {
    while (performance.now() - startedAt < durationMs) {
      const calledAt = onCall && performance.now();
      const answer = await client.unary(message);
      if (answer.length !== BYTES) throw new Error(`An echo of ${BYTES} came back with ${answer.length}`);
      operations += 1;
      if (onCall !== undefined && calledAt !== undefined) onCall(performance.now() - calledAt);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { operations, perSecond: 1000 * operations / (performance.now() - startedAt) };
}

/** @type {Work<void>} */
const ALONE = {
  name: "unary-1",
  title: "Unary echo of 100 bytes, one call at a time",
  needs: ["unary"],
  metrics: {
    p50: { title: "p50", unit: "µs", better: "lower" },
    p99: { title: "p99", unit: "µs", better: "lower" },
    perSecond: { title: "rate", unit: "calls/s", better: "higher" },
    ...PROCESSOR_METRICS,
  },
  prepare: async (session, { warmUpMs }) => void await callInLanes(session, { inFlight: 1, durationMs: warmUpMs }),
  round: (session, { roundMs }) =>
    withProcessorTime(session, async () => {
      /** @type {number[]} */
      const times = [];
      const onCall = (/** @type {number} */ ms) => void times.push(ms);
      const rate = await callInLanes(session, { inFlight: 1, durationMs: roundMs, onCall });
      return { ...rate, p50: 1000 * quantile(times, 0.5), p99: 1000 * quantile(times, 0.99) };
    }),
};

/**
 * @param {number} inFlight
 * @returns {Work<void>}
 */
function together(inFlight) {
  return {
    name: `unary-${inFlight}`,
    title: `Unary echo of 100 bytes, ${inFlight} in flight`,
    needs: ["unary"],
    metrics: { perSecond: { title: "rate", unit: "calls/s", better: "higher" }, ...PROCESSOR_METRICS },
    prepare: async (session, { warmUpMs }) => void await callInLanes(session, { inFlight, durationMs: warmUpMs }),
    round: (session, { roundMs }) =>
      withProcessorTime(session, () => callInLanes(session, { inFlight, durationMs: roundMs })),
  };
}

export const UNARY_WORKS = [ALONE, together(16), together(64), together(256)];
