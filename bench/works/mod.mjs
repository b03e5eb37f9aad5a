// @ts-check
/** @import { Work } from "./work.ts" */
import { PING_PONG } from "./ping_pong.mjs";
import { STREAM_WORKS } from "./streams.mjs";
import { UNARY_WORKS } from "./unary.mjs";

/** @type {readonly Work<any>[]} All works, in the order of the report. */
export const WORKS = [...UNARY_WORKS, ...STREAM_WORKS, PING_PONG];
