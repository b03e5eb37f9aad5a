// @ts-check
/** @import { Session } from "../runner/session.ts" */
import { messageOf } from "../peers/messages.mjs";
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
      const calledAt = onCall === undefined ? 0 : performance.now();
      const answer = await client.unary(message);
      if (answer.length !== BYTES) throw new Error(`An echo of ${BYTES} came back with ${answer.length}`);
      operations += 1;
      if (onCall !== undefined) onCall(performance.now() - calledAt);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { operations, perSecond: 1000 * operations / (performance.now() - startedAt) };
}

/**
 * The same, and how long single calls took.
 *
 * @param {Session} session
 * @param {{ inFlight: number, durationMs: number }} options
 * @returns {Promise<{ operations: number, perSecond: number, p50: number, p99: number }>} The latter two in microseconds.
 */
export async function timeInLanes(session, options) {
  /** @type {number[]} */
  const times = [];
  const rate = await callInLanes(session, { ...options, onCall: (ms) => times.push(ms) });
  return { ...rate, p50: 1000 * quantile(times, 0.5), p99: 1000 * quantile(times, 0.99) };
}
