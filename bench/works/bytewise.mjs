// @ts-check
/** @import { Session } from "../runner/session.ts" */
/** @import { Work } from "./work.ts" */
import { packed } from "../peers/messages.mjs";

const MEBIBYTE = 1_048_576;
const MESSAGE_BYTES = 65_536;

/**
 * Streams so many bytes, each of which comes in a chunk of its own.
 *
 * @param {Session} session
 * @param {number} mebibytes
 * @returns {Promise<number>} Nanoseconds for each byte.
 */
async function nanosPerByte({ peer, connectBytewise }, mebibytes) {
  const client = await connectBytewise();
  const count = mebibytes * MEBIBYTE / MESSAGE_BYTES;
  const startedAt = performance.now();
  for await (const _ of client.serverStream(packed(peer.encoding, { count, byteLength: MESSAGE_BYTES })));
  const tookMs = performance.now() - startedAt;
  await client.close();
  return 1e6 * tookMs / (mebibytes * MEBIBYTE);
}

/**
 * @param {number} mebibytes
 * @returns {Work<void>}
 */
function bytewise(mebibytes) {
  const part = mebibytes / 4;
  return {
    name: `bytewise-${mebibytes}`,
    title: `A stream of ${mebibytes} MiB in chunks of one byte beside one of ${part}`,
    needs: ["serverStream"],
    startsAnew: "work",
    needsBytewise: true,
    isExtra: mebibytes > 1,
    maxRounds: 3,
    maxRoundMs: 20_000 * (1 + mebibytes),
    metrics: {
      growth: { title: "time per byte, long over short", unit: "×", better: "lower" },
      long: { title: `${mebibytes} MiB`, unit: "ns/byte", better: "lower" },
      short: { title: `${part} MiB`, unit: "ns/byte", better: "lower" },
    },
    prepare: async (session) => void await nanosPerByte(session, 1 / 4),
    async round(session) {
      const short = await nanosPerByte(session, part);
      const long = await nanosPerByte(session, mebibytes);
      return { growth: long / short, long, short };
    },
  };
}

export const BYTEWISE_WORKS = [bytewise(1), bytewise(64)];
