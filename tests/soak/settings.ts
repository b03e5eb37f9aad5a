/** Calls that the ledgers have room for. */
export const CAPACITY = 4_000_000;

/** Milliseconds of the heartbeat on both sides: a connection that falls silent is missed after twice as much. */
export const HEARTBEAT_MS = 1_500;
