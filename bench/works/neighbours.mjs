// @ts-check
/** @import { Session } from "../runner/session.ts" */
/** @import { Work } from "./work.ts" */
import { messageOf, packed } from "../peers/messages.mjs";
import { timeInLanes } from "./lanes.mjs";
import { warmUpInLanes } from "./unary.mjs";

/**
 * @typedef {(session: Session, isOver: () => boolean) => Promise<void>} Disturbance Goes on until it is over.
 */

const LARGE = 65_536;
const PAUSE_MS = 10;
/** 64 MiB: those who hold nothing back have them all in memory then. */
const MESSAGES = 1_024;

/** @type {Disturbance} */
async function consumeSlowly({ client, peer }, isOver) {
  for await (const _ of client.serverStream(packed(peer.encoding, { count: MESSAGES, byteLength: LARGE }))) {
    if (isOver()) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

const HUGE = 16 * 1_048_576;

/** @type {Disturbance} */
async function echoHuge({ client, peer }, isOver) {
  const message = messageOf(peer.encoding, HUGE);
  do {
    const answer = await client.unary(message);
    if (answer.length !== HUGE) throw new Error(`An echo of ${HUGE} came back with ${answer.length}`);
  } while (!isOver());
}

/**
 * @param {Pick<Work, "name" | "title" | "needs">} about
 * @param {number} inFlight Of the small calls.
 * @param {Disturbance} disturbance
 * @returns {Work<void>}
 */
function neighbourWork(about, inFlight, disturbance) {
  return {
    ...about,
    startsAnew: "work",
    metrics: {
      ratio: { title: "p99 beside it over p99 alone", unit: "×", better: "lower" },
      beside: { title: "p99 beside it", unit: "µs", better: "lower" },
      alone: { title: "p99 alone", unit: "µs", better: "lower" },
      rateBeside: { title: "rate beside it", unit: "calls/s", better: "higher" },
    },
    prepare: warmUpInLanes(inFlight),
    async round(session, { roundMs }) {
      const alone = await timeInLanes(session, { inFlight, durationMs: roundMs });
      let isOver = false;
      const disturbed = disturbance(session, () => isOver);
      const beside = await timeInLanes(session, { inFlight, durationMs: roundMs });
      isOver = true;
      await disturbed;
      return {
        ratio: beside.p99 / alone.p99,
        beside: beside.p99,
        alone: alone.p99,
        rateBeside: beside.perSecond,
      };
    },
  };
}

export const NEIGHBOUR_WORKS = [
  neighbourWork(
    {
      name: "beside-slow",
      title: "100 fast calls at once beside one slow consumer of a stream of 64 KiB messages",
      needs: ["unary", "serverStream"],
    },
    100,
    consumeSlowly,
  ),
  neighbourWork(
    {
      name: "beside-16m",
      title: "16 small calls at once beside echoes of 16 MiB",
      needs: ["unary"],
    },
    16,
    echoHuge,
  ),
];
