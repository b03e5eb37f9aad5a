// @ts-check
/** @import { Work } from "./work.ts" */
import { AHEAD } from "./ahead.mjs";
import { BYTEWISE_WORKS } from "./bytewise.mjs";
import { COLD_START } from "./cold_start.mjs";
import { CROWD } from "./crowd.mjs";
import { IDLE_STREAMS } from "./idle_streams.mjs";
import { NEIGHBOUR_WORKS } from "./neighbours.mjs";
import { PING_PONG } from "./ping_pong.mjs";
import { STREAM_WORKS } from "./streams.mjs";
import { UNARY_WORKS } from "./unary.mjs";

/** @type {readonly Work<any>[]} All works, in the order of the report. */
export const WORKS = [
  ...UNARY_WORKS,
  ...STREAM_WORKS,
  PING_PONG,
  ...NEIGHBOUR_WORKS,
  CROWD,
  IDLE_STREAMS,
  AHEAD,
  ...BYTEWISE_WORKS,
  COLD_START,
];
