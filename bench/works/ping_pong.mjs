// @ts-check
/** @import { Session } from "../runner/session.ts" */
/** @import { Work } from "./work.ts" */
import { messageOf } from "../peers/messages.mjs";
import { PROCESSOR_METRICS, withProcessorTime } from "./processor_time.mjs";
import { quantile } from "./statistics.mjs";
import { warmUp } from "./warm_up.mjs";

const BYTES = 100;

/**
 * Sends a message on one stream when the one before has come back.
 *
 * @param {Session} session
 * @param {number} durationMs
 * @returns {Promise<number[]>} Milliseconds of each round trip.
 */
async function roundTrips({ client, peer }, durationMs) {
  const message = messageOf(peer.encoding, BYTES);
  /** @type {number[]} */
  const times = [];
  const endsAt = performance.now() + durationMs;
  let sentAt = 0;
  let comeBack = () => {};
  const pings = async function* () {
    while (performance.now() < endsAt) {
      /** @type {Promise<void>} */
      const back = new Promise((resolve) => comeBack = resolve);
      sentAt = performance.now();
      yield message;
      await back;
    }
  };
  let missing = BYTES;
  for await (const { length } of client.bidi(pings())) {
    missing -= length;
    if (missing > 0) continue;
    missing = BYTES;
    times.push(performance.now() - sentAt);
    comeBack();
  }
  return times;
}

/** @type {Work<void>} */
export const PING_PONG = {
  name: "ping-pong",
  title: "Ping-pong of 100-byte messages on one bidirectional stream",
  needs: ["bidi"],
  metrics: {
    p50: { title: "p50", unit: "µs", better: "lower" },
    p99: { title: "p99", unit: "µs", better: "lower" },
    ...PROCESSOR_METRICS,
  },
  prepare: (session, extent) =>
    warmUp(extent, async (durationMs) => (await roundTrips(session, durationMs)).length / durationMs),
  round: (session, { roundMs }) =>
    withProcessorTime(session, async () => {
      const times = await roundTrips(session, roundMs);
      return { operations: times.length, p50: 1000 * quantile(times, 0.5), p99: 1000 * quantile(times, 0.99) };
    }),
};
