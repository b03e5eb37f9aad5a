// @ts-check
/** @import { Extent, Work } from "./work.ts" */
/** @import { Session } from "../runner/session.ts" */
import { messageOf, packed, repeated, unpacked } from "../peers/messages.mjs";
import { PROCESSOR_METRICS, withProcessorTime } from "./processor_time.mjs";
import { warmUp } from "./warm_up.mjs";

/** @typedef {(session: Session, count: number, byteLength: number) => Promise<number>} Streaming Returns what arrived, in bytes. */

/** @type {Streaming} */
async function download({ client, peer }, count, byteLength) {
  return await lengthOf(client.serverStream(packed(peer.encoding, { count, byteLength })));
}

/** @type {Streaming} */
async function upload({ client, peer }, count, byteLength) {
  return unpacked(await client.clientStream(repeated(messageOf(peer.encoding, byteLength), count)));
}

/** @type {Streaming} */
async function echo({ client, peer }, count, byteLength) {
  return await lengthOf(client.bidi(repeated(messageOf(peer.encoding, byteLength), count)));
}

/** @param {AsyncIterable<{ readonly length: number }>} messages */
async function lengthOf(messages) {
  let length = 0;
  for await (const message of messages) length += message.length;
  return length;
}

const LARGE = 65_536;

/** @satisfies {Work["metrics"]} */
const RATE = { perSecond: { title: "rate", unit: "messages/s", better: "higher" } };
/** @satisfies {Work["metrics"]} */
const THROUGHPUT = { megabytes: { title: "payload", unit: "MB/s", better: "higher" } };

/** The first stream's messages, and the fewest of a round. */
const FEWEST = 16;
/** How many times longer than the one before a stream may be. */
const GROWTH = 8;

/**
 * Streams again and again until all is warm, and returns how many messages a round then takes.
 *
 * @param {(count: number) => Promise<unknown>} stream
 * @param {Extent} extent
 */
async function calibrated(stream, extent) {
  let count = FEWEST;
  const timed = async () => {
    const startedAt = performance.now();
    await stream(count);
    return performance.now() - startedAt;
  };
  while (await timed() < extent.warmUpMs / GROWTH) count *= GROWTH;
  let perMs = 0;
  await warmUp(extent, async (durationMs) => {
    perMs = count / await timed();
    count = Math.max(FEWEST, Math.ceil(Math.min(perMs * durationMs, count * GROWTH)));
    return perMs;
  });
  return Math.max(FEWEST, Math.ceil(perMs * extent.roundMs));
}

/**
 * @param {Pick<Work, "name" | "title" | "needs">} about
 * @param {number} byteLength Of a message.
 * @param {Streaming} streaming
 * @returns {Work<number>}
 */
function streamWork(about, byteLength, streaming) {
  /** @type {(session: Session, count: number) => Promise<number>} */
  const stream = async (session, count) => {
    const arrived = await streaming(session, count, byteLength);
    if (arrived === count * byteLength) return arrived;
    throw new Error(`Of ${count} messages of ${byteLength} bytes, ${arrived} bytes arrived`);
  };
  return {
    ...about,
    metrics: {
      ...(byteLength < LARGE ? RATE : THROUGHPUT),
      ...PROCESSOR_METRICS,
    },
    prepare: (session, extent) => calibrated((count) => stream(session, count), extent),
    round: (session, _extent, count) =>
      withProcessorTime(session, async () => {
        const startedAt = performance.now();
        const arrived = await stream(session, count);
        const seconds = (performance.now() - startedAt) / 1000;
        return { operations: count, perSecond: count / seconds, megabytes: arrived / 1e6 / seconds };
      }),
  };
}

export const STREAM_WORKS = [
  streamWork(
    { name: "download-100", title: "Server stream of 100-byte messages", needs: ["serverStream"] },
    100,
    download,
  ),
  streamWork(
    { name: "download-64k", title: "Server stream of 64 KiB messages", needs: ["serverStream"] },
    LARGE,
    download,
  ),
  streamWork({ name: "upload-100", title: "Client stream of 100-byte messages", needs: ["clientStream"] }, 100, upload),
  streamWork({ name: "upload-64k", title: "Client stream of 64 KiB messages", needs: ["clientStream"] }, LARGE, upload),
  streamWork({ name: "bidi", title: "Bidirectional echo of 100-byte messages, pipelined", needs: ["bidi"] }, 100, echo),
];
