// @ts-check
/** @import { Extent, Work } from "./work.ts" */
/** @import { Session } from "../runner/session.ts" */
import { callInLanes, timeInLanes } from "./lanes.mjs";
import { PROCESSOR_METRICS, withProcessorTime } from "./processor_time.mjs";
import { warmUp } from "./warm_up.mjs";

/**
 * @param {number} inFlight
 * @returns {(session: Session, extent: Extent) => Promise<void>}
 */
export function warmUpInLanes(inFlight) {
  return (session, extent) =>
    warmUp(extent, async (durationMs) => (await callInLanes(session, { inFlight, durationMs })).perSecond);
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
  // With many at once first: engines compile by how often something runs, and one at a time that takes six seconds.
  prepare: async (session, extent) => {
    await warmUpInLanes(64)(session, extent);
    await warmUpInLanes(1)(session, extent);
  },
  round: (session, { roundMs }) =>
    withProcessorTime(session, () => timeInLanes(session, { inFlight: 1, durationMs: roundMs })),
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
    prepare: warmUpInLanes(inFlight),
    round: (session, { roundMs }) =>
      withProcessorTime(session, () => callInLanes(session, { inFlight, durationMs: roundMs })),
  };
}

export const UNARY_WORKS = [ALONE, together(16), together(64), together(256)];
