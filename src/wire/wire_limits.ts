import { type CborLimits, DEFAULT_CBOR_LIMITS, filledLimits } from "../cbor/profile.ts";
import { MAX_FRAME_BYTES, MAX_METADATA_BYTES } from "../limits.ts";

/** What a peer may send. The first three and the last bound single values inside a frame. */
export interface WireLimits extends CborLimits {
  /** Bytes of one frame's content. */
  readonly maxFrameBytes: number;
  /** Bytes of encoded metadata in one ticket, initial and terminal together. */
  readonly maxMetadataBytes: number;
}

/** The limits that hold where none are given (PROTOCOL.md §10). */
export const DEFAULT_WIRE_LIMITS: WireLimits = Object.freeze({
  ...DEFAULT_CBOR_LIMITS,
  maxFrameBytes: MAX_FRAME_BYTES,
  maxMetadataBytes: MAX_METADATA_BYTES,
});

/**
 * Fills in the limits that are not given and checks those that are.
 *
 * @param limits Some limits, or none.
 * @returns All of them.
 * @throws {RangeError} If one is not an integer in its range.
 */
export function wireLimits(limits: Partial<WireLimits> | undefined): WireLimits {
  return filledLimits(DEFAULT_WIRE_LIMITS, limits);
}

/**
 * What a ticket with a payload costs its receiver beside its bytes, and counts for against a window (P9.20). Without it the
 * smallest, of four bytes, would cost thirty times what is counted.
 */
export const TICKET_OVERHEAD_BYTES = 128;

/** What the error of a frame that is too large says after the numbers: which option it is, and what else one can do. */
export const TOO_LARGE = " (maxFrameBytes); raise that on both sides, or stream smaller messages";
