/** Which tickets are large, where others may overtake them. */
export interface BulkSizes {
  /** Bytes from which on a payload is large, so that its ticket waits in a lane of its own. */
  readonly leastBytes: number;
  /** Bytes up to which the ticket still leaves in one frame. */
  readonly wholeBytes: number;
  /** Bytes of a ticket in one fragment. */
  readonly fragmentBytes: number;
}

/** Chunks of 64 KiB cost the platforms hardly more than 1 MiB in one, and the head of a fragment has up to 32 bytes of them. */
const FRAGMENT_BYTES = 65_536 - 32;

/**
 * What is below 16 KiB is no burden to what follows it: 15 µs on its way. 128 KiB are 0.1 ms, less than fragments would
 * cost.
 */
export const BULK_SIZES: BulkSizes = Object.freeze({
  leastBytes: 16_384,
  wholeBytes: 131_072,
  fragmentBytes: FRAGMENT_BYTES,
});
