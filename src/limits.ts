/**
 * Every number that a peer can push, or that bounds what one may cost: name, unit, default, reason. PROTOCOL.md has the
 * same numbers as a table. All of them can be set by an option of the same meaning; {@linkcode checkInteger} and
 * {@linkcode checkDuration} are where such options are checked, and `option_groups.ts` says where they stand.
 *
 * @module
 */

// Operations (ends).

/** Milliseconds of an operation whose first ticket names no timeout (S3, S24): as long as a patient person waits. */
export const DEFAULT_TIMEOUT_MS = 300_000;
/** The longest timeout that a service end accepts, in milliseconds (S24): a day, since nothing outlives a deployment longer. */
export const MAXIMUM_TIMEOUT_MS = 86_400_000;
/** Tickets held per operation while earlier ones are missing (S8). Links of this library never reorder, so a gap means trouble. */
export const MAX_HELD_TICKETS = 64;
/** Ended operations remembered per end so that stragglers stay dead (S11), in runs of consecutive ids. */
export const MAX_REMEMBERED_RUNS = 4_096;

// Frames and items (wire).

/** Bytes of one frame's content: gRPC's customary limit for a message, 4 MiB. */
export const MAX_FRAME_BYTES = 4_194_304;
/** Nesting of arrays, maps and tags in one item: far above real data, far below any stack. */
export const MAX_DEPTH = 64;
/**
 * What decoding a value may cost for each of its bytes, in bytes of memory or in work that takes as long: 4 MiB become at
 * most 64 MiB, in at most three times the time of the slowest ordinary value (`deno task bench:worst-value`).
 */
export const MAX_EXPANSION = 16;
/** Bytes of encoded metadata in one ticket, as HTTP servers bound their header sections. */
export const MAX_METADATA_BYTES = 16_384;
/** Bytes of one bignum: 8,192 bits, enough for keys and signatures; what applications do with one is quadratic in it. */
export const MAX_BIGNUM_BYTES = 1_024;
/**
 * Members of sets and keys of `Map`s in one value that are numbers, or text that looks like one: engines hash them without a
 * secret, so chosen ones fall together and cost their number squared, here 2.5 ms on V8 and 0.8 on JavaScriptCore.
 */
export const MAX_NUMERIC_KEYS = 1_024;
/**
 * Control items, and tickets that are empty or malformed, that a peer may send in one second: a healthy one sends a
 * handful a minute.
 */
export const MAX_CONTROL_ITEMS_PER_SECOND = 100;

// Exchanges (http).

/** Operations at once on one exchange. */
export const MAX_OPERATIONS_PER_EXCHANGE = 10_000;
/** Exchanges at once on one service link. */
export const MAX_EXCHANGES = 10_000;
/** Bytes encoded and not yet taken by the HTTP layer, or taken from it and not yet read, per exchange, before it is given up. */
export const MAX_BUFFERED_BYTES = 67_108_864;
/**
 * Bytes encoded and not yet taken by the HTTP layer, per exchange, beyond which what the peer grants is handed on only as it
 * takes more: what leaves within some milliseconds. As much as a window made streams of 64 KiB slower, not faster.
 */
export const HIGH_WATER_BYTES = 1_048_576;
/**
 * Bytes of messages that one side of an exchange takes before its application has consumed earlier ones, if the buffer has
 * so much room: four of the largest, or five calls that each stream as fast as they can. No option.
 */
export const EXCHANGE_WINDOW_BYTES = 16_777_216;
/** Bytes that a client sends before it knows what the server takes, and bytes of one frame of them. No option. */
export const EARLY_BYTES = 65_536;
export const EARLY_FRAME_BYTES = 1_024;
/** The same as `MAX_BUFFERED_BYTES` for all exchanges of a service link together: as four at their limit, and well within any server's heap. */
export const MAX_TOTAL_BUFFERED_BYTES = 268_435_456;
/**
 * Bytes by which all exchanges together may exceed that while those that hold much wait: four of the largest messages.
 * Beyond it the largest is given up at once. No option.
 */
export const MAX_BUDGET_OVERDRAFT_BYTES = 16_777_216;
/**
 * An operation of a server for each so many bytes of `maxTotalBufferedBytes`, at most, as long as their handlers run: one
 * that waits costs 1.6 KB, and 5.6 with what engines leave lying (measured). No option.
 */
export const OPERATION_BYTES = 8_192;
/**
 * Milliseconds in which a peer has to go on with a message that it has begun, or to take what it has asked for, when
 * others wait for the memory. No option.
 */
export const STALL_MS = 1_000;
/**
 * Milliseconds in which a client has to take something of what waits for it, where that is more than `maxBufferedBytes`:
 * answers that wait for room are what handlers have made already. No option.
 */
export const NOT_TAKEN_MS = 5_000;
/**
 * Bytes that must come of a message that has begun in {@linkcode PROGRESS_MS}, or its exchange is given up: a twentieth of
 * what the slowest mobile network brings. No option.
 */
export const LEAST_PROGRESS_BYTES = 4_096;
/** Milliseconds after which that is looked at, and again. No option. */
export const PROGRESS_MS = 15_000;
/** Milliseconds that one message may take to come, from its first byte. No option. */
export const MAX_MESSAGE_MS = 300_000;
/**
 * Bytes that a peer may send on an exchange that has failed, and that are discarded: a mebibyte is on its way when the peer is
 * told. To read on for longer would let others wait. No option.
 */
export const MAX_DISCARDED_BYTES = 1_048_576;
/**
 * Bytes of a request that a server reads before it refuses it, so that proxies which stream requests pass the refusal on:
 * what is under way of most calls when a server begins to stop. No option.
 */
export const MAX_DISCARDED_REQUEST_BYTES = 65_536;
/** Milliseconds that it waits for them: many round trips, and short for a client that is to begin elsewhere. No option. */
export const DISCARD_MS = 1_000;
/**
 * Bytes of tickets that have come before earlier ones, per exchange, before it is given up: one of the largest frames and a mebibyte. HTTP
 * keeps the order, so that only a relay on the way can have changed it.
 */
export const MAX_DISORDERED_BYTES = 5_242_880;
/** Bytes that a `single` exchange may collect for its request body. */
export const MAX_REQUEST_BYTES = 16_777_216;
/** Bytes that one request of a `pair` may bring: four times what this library's clients send in one. */
export const MAX_PART_BYTES = 1_048_576;
/** Requests of one `pair` that may be held until it is their turn: twice what this library's clients have in flight. */
export const MAX_PARTS_AHEAD = 4;
/**
 * Bytes of one message of a *socket*: platforms refuse long ones, Bun's server above 16 MiB by default, Workers above 1 MiB
 * until 2025. No option, since every peer counts on it.
 */
export const MAX_SOCKET_MESSAGE_BYTES = 262_144;
/** Bytes that may wait in a WebSocket whose peer does not read before nothing more is given to it. No option. */
export const MAX_SOCKET_BACKLOG_BYTES = 1_048_576;
/**
 * Milliseconds after which such a backlog is looked at again, since WebSockets do not say when it has become short: a
 * mebibyte in them lets 100 MiB a second through. No option.
 */
export const SOCKET_LOOK_MS = 10;
/**
 * Milliseconds to the next look at most: each one is after twice as long as the one before, or peers that never read would
 * cost time. No option.
 */
export const MAX_SOCKET_LOOK_MS = 160;
/**
 * Attempts to begin operations that a service link remembers, to begin none of them again that a runtime has sent again by
 * itself: as many requests as a busy process takes within the time below, some 8 MiB. No option.
 */
export const MAX_BEGUN_ATTEMPTS = 65_536;
/**
 * Milliseconds for which it remembers them: runtimes send a request again as soon as its connection has closed without an
 * answer, which most notice within half a minute. No option.
 */
export const BEGUN_ATTEMPT_MS = 60_000;
/** Milliseconds from the request's arrival to its first complete frame. */
export const HELLO_TIMEOUT_MS = 10_000;
/**
 * Milliseconds that a client's operations wait at most to know whether duplex works: far above any round trip, and short
 * enough for a person to wait once.
 */
export const PROBE_TIMEOUT_MS = 2_000;
/**
 * Milliseconds of silence after which a side asks whether the other is there; the same again and it counts as gone. Bun's
 * server cuts what is silent for 10 s by default, which it counts in steps of 4 s: it may be little more than 8.
 */
export const HEARTBEAT_MS = 7_000;
/** Milliseconds that a client keeps an exchange without operations: an idle client costs a serverless platform nothing. */
export const CLIENT_IDLE_MS = 1_000;
/** Milliseconds that a server keeps an exchange without operations, for clients that forget to close. */
export const SERVER_IDLE_MS = 60_000;
/** Milliseconds after which a server ends an exchange in good order, before Node's request timeout of 300 s cuts it. */
export const MAX_EXCHANGE_AGE_MS = 240_000;
/** Bytes in either direction after which a server ends an exchange in good order: platforms cut bodies at 100 MB and above. */
export const MAX_EXCHANGE_BYTES = 67_108_864;

// Calls (rpc).

/**
 * Bytes that one direction of a call may have granted and not yet consumed, as far as the sizes seen so far foretell: enough
 * for 300 MB a second over 10 ms of round trip. With a mebibyte, streams of 64 KiB had half the rate between two processes.
 */
export const WINDOW_BYTES = 3_145_728;
/** Payloads that one direction of a call grants before it has seen a size: 16 of 64 KiB are a mebibyte. */
export const INITIAL_WINDOW_PAYLOADS = 16;
/** Payloads that one direction of a call ever grants ahead: enough for 10,000 a second over 100 ms of round trip. */
export const MAX_WINDOW_PAYLOADS = 1_024;

/**
 * Checks an option that is a whole number.
 *
 * @param name The option, for the message.
 * @param value What was given.
 * @param minimum The least that is allowed.
 * @param maximum The most that is allowed.
 * @returns The value.
 * @throws {RangeError} If it is not an integer from `minimum` to `maximum`.
 */
export function checkInteger(name: string, value: number, minimum = 1, maximum = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= minimum && value <= maximum) return value;
  throw outOfRange(name, `an integer from ${minimum} to ${maximum}`, value);
}

/**
 * Checks an option that is a duration in milliseconds.
 *
 * @param name The option, for the message.
 * @param value What was given.
 * @param minimum The least that is allowed; 0 means that zero itself is not.
 * @returns The value.
 * @throws {RangeError} If it is not a finite number above 0 and from `minimum`.
 */
export function checkDuration(name: string, value: number, minimum = 0): number {
  if (Number.isFinite(value) && value > 0 && value >= minimum) return value;
  throw outOfRange(name, `a finite number of milliseconds above ${minimum}`, value);
}

function outOfRange(option: string, expected: string, value: unknown): RangeError {
  return new RangeError(`Cannot use option "${option}": expected ${expected}, got ${String(value)}`);
}
