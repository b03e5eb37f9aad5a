// @ts-check
/** @import { Work } from "./work.ts" */
import { callInLanes } from "./lanes.mjs";
import { warmUpInLanes } from "./unary.mjs";

const FEW = 100;
const MANY = 10_000;

/** @type {Work<void>} */
export const CROWD = {
  name: "crowd",
  title: "Unary echo of 100 bytes, 10,000 in flight beside 100 in flight",
  needs: ["unary"],
  crowd: "calls",
  startsAnew: "work",
  metrics: {
    share: { title: "rate of that with 100", unit: "%", better: "higher" },
    many: { title: "10,000 in flight", unit: "calls/s", better: "higher" },
    few: { title: "100 in flight", unit: "calls/s", better: "higher" },
  },
  prepare: async (session, extent) => {
    await warmUpInLanes(FEW)(session, extent);
    await callInLanes(session, { inFlight: MANY, durationMs: extent.roundMs });
  },
  async round(session, { roundMs }) {
    const few = await callInLanes(session, { inFlight: FEW, durationMs: roundMs });
    const many = await callInLanes(session, { inFlight: MANY, durationMs: roundMs });
    return {
      share: 100 * many.perSecond / few.perSecond,
      many: many.perSecond,
      few: few.perSecond,
    };
  },
};
