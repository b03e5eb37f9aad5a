import { FrameReader } from "../../src/wire/mod.ts";
import { DEFAULT_WIRE_LIMITS } from "../../src/wire/wire_limits.ts";
import { encode } from "../http/frame_feed.ts";
import type { LimitRow } from "./limit_row.ts";
import { answerTo, KICK_OFF, ticketWith } from "./probes.ts";

const TICKET = "reception failure, resource_exhausted, Cannot read a ticket of operation 1";

/** Limits of frames and items. */
export const WIRE_ROWS: readonly LimitRow[] = [
  {
    name: "MAX_FRAME_BYTES",
    option: "maxFrameBytes",
    byDefault: 4_194_304,
    inEffect: () => greatestFrame(),
    limit: 2_000,
    // [1, bytes]: five bytes beside them.
    probe: (maxFrameBytes, bytes) =>
      answerTo({ limits: { maxFrameBytes } }, encode({ operation: 1, payload: new Uint8Array(bytes - 5) })),
    told: "end, resource_exhausted, Cannot read a frame: it declares 2001 bytes, allowed are 2000 (maxFrameBytes); " +
      "raise that on both sides, or stream smaller messages",
  },
  {
    name: "MAX_DEPTH",
    option: "maxDepth",
    byDefault: 64,
    inEffect: () => DEFAULT_WIRE_LIMITS.maxDepth,
    limit: 8,
    probe: (maxDepth, levels) => answerTo({ limits: { maxDepth } }, ticketWith(nested(levels))),
    told: `${TICKET}: at byte 26 of the frame, at [0][0][0][0][0][0][0][0]: nested deeper than 8 levels (maxDepth)`,
  },
  {
    name: "MAX_EXPANSION",
    option: "maxExpansion",
    byDefault: 16,
    inEffect: () => DEFAULT_WIRE_LIMITS.maxExpansion,
    limit: 20,
    probe: (maxExpansion, cost) => answerTo({ limits: { maxExpansion } }, ticketWith(costing(cost))),
    told: `${TICKET}: at byte 23731 of the frame, at [23708]: decoding costs more than the budget of 20 for ` +
      "each byte (maxExpansion), which cborSerializerWith() raises for a method",
  },
  {
    name: "MAX_METADATA_BYTES",
    option: "maxMetadataBytes",
    byDefault: 16_384,
    inEffect: () => DEFAULT_WIRE_LIMITS.maxMetadataBytes,
    limit: 100,
    // An array of a key of one letter and bytes: five bytes beside them.
    probe: (maxMetadataBytes, bytes) =>
      answerTo(
        { limits: { maxMetadataBytes } },
        encode({ operation: 1, ...KICK_OFF, initialMetadata: [["k", new Uint8Array(bytes - 5)]] }),
      ),
    told: `${TICKET}: at byte 18 of the frame, the metadata of a ticket is above 100 bytes (maxMetadataBytes)`,
  },
  {
    name: "MAX_BIGNUM_BYTES",
    option: "maxBignumBytes",
    byDefault: 1_024,
    inEffect: () => DEFAULT_WIRE_LIMITS.maxBignumBytes,
    limit: 20,
    probe: (maxBignumBytes, bytes) =>
      answerTo({ limits: { maxBignumBytes } }, ticketWith(2n ** (8n * BigInt(bytes)) - 1n)),
    told: `${TICKET}: at byte 19 of the frame, a bignum of 21 bytes is above 20 (maxBignumBytes)`,
  },
  {
    name: "MAX_NUMERIC_KEYS",
    option: "maxNumericKeys",
    byDefault: 1_024,
    inEffect: () => DEFAULT_WIRE_LIMITS.maxNumericKeys,
    limit: 20,
    probe: (maxNumericKeys, keys) =>
      answerTo({ limits: { maxNumericKeys } }, ticketWith(new Set(Array.from({ length: keys }, (_, key) => key)))),
    told:
      `${TICKET}: at byte 41 of the frame, at member(20): more than 20 numbers in sets and as keys of maps (maxNumericKeys)`,
  },
  {
    name: "MAX_CONTROL_ITEMS_PER_SECOND",
    option: "maxControlItemsPerSecond",
    byDefault: 100,
    limit: 10,
    // The hello before them is one, and the ping after them.
    probe: (maxControlItemsPerSecond, items) =>
      answerTo(
        { limits: { maxControlItemsPerSecond } },
        encode(...Array.from({ length: items - 2 }, (_, value) => ({ kind: "pong", value } as const))),
      ),
    told: "end, resource_exhausted, Cannot go on with the exchange: more than 10 control items in a second " +
      "(maxControlItemsPerSecond); tickets that are empty or malformed count as such",
  },
];

/** A value that costs a little less than so much for each of its bytes: numbers cost 8 each, empty arrays 60. */
function costing(cost: number): unknown {
  return Array.from({ length: 100_000 }, (_, i) => i * 52 < (cost - 8.5) * 100_000 ? [] : 0);
}

function nested(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

/** The greatest length that a reader takes which has been told nothing. */
function greatestFrame(): number {
  const handler = { ticket: () => {}, badTicket: () => {}, control: () => {} };
  const takes = (bytes: number): boolean => {
    const head = new Uint8Array(5);
    head[0] = 0x5a;
    new DataView(head.buffer).setUint32(1, bytes);
    try {
      new FrameReader(handler).push(head);
      return true;
    } catch {
      return false;
    }
  };
  return takes(4_194_304) && !takes(4_194_305) ? 4_194_304 : NaN;
}
