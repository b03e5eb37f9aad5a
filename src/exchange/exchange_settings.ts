import { type Clock, PLATFORM_CLOCK } from "../clock.ts";
import {
  checkDuration,
  checkInteger,
  EXCHANGE_WINDOW_BYTES,
  HEARTBEAT_MS,
  HELLO_TIMEOUT_MS,
  HIGH_WATER_BYTES,
  MAX_BUFFERED_BYTES,
  MAX_CONTROL_ITEMS_PER_SECOND,
  MAX_DISORDERED_BYTES,
} from "../limits.ts";
import { BULK_SIZES, type BulkSizes } from "../wire/bulk_sizes.ts";
import { MEDIA_TYPE } from "../wire/media_type.ts";
import type { SliceLength } from "./fair_scheduler.ts";
import { type WireLimits, wireLimits } from "../wire/wire_limits.ts";

/** What a peer may push on one exchange. */
export interface ExchangeLimits extends Partial<WireLimits> {
  /**
   * Bytes that an exchange may hold: encoded and not taken by the HTTP layer, of an upload that waits for grants, or received
   * and not read yet; 64 MiB by default.
   *
   * What has no room waits at its sender, and no call fails for it. An exchange fails only if its peer goes on sending
   * what it was not allowed to (P7.31, P9.19, P9.20). The window of an exchange, which bounds what is delivered and not
   * consumed, is 16 MiB, or this if it is less; one message up to `maxFrameBytes` always gets through.
   */
  readonly maxBufferedBytes?: number | undefined;
  /**
   * Bytes of tickets that may wait for earlier ones, which happens only where a relay on the way reorders tickets; 5 MiB by
   * default, and no more than `maxBufferedBytes`.
   */
  readonly maxDisorderedBytes?: number | undefined;
  /** Control items that the peer may send in a second; 100 by default. */
  readonly maxControlItemsPerSecond?: number | undefined;
}

/** How far senders on one exchange run ahead. */
export interface ExchangeFlow {
  /**
   * Bytes that may wait, encoded, to be taken by the HTTP layer. While more wait, messages wait unencoded and the peer's
   * grants are held back from the sender (P9.13, P9.20); grants, cancellations and deadlines of this side do not wait. 1 MiB
   * by default, and at most a quarter of `limits.maxBufferedBytes`.
   */
  readonly highWaterBytes?: number | undefined;
}

/** How long either side of an exchange waits for the other. */
export interface ExchangeTimeouts {
  /**
   * Milliseconds of silence after which the peer is pinged. After as many again without an answer it counts as gone. 7,000
   * by default.
   */
  readonly heartbeatMs?: number | undefined;
  /**
   * Milliseconds in which the peer's hello must come, and in which a server must end a *single* exchange whose operation is
   * over; 10,000 by default.
   */
  readonly helloTimeoutMs?: number | undefined;
}

/** What both kinds of link let their users set about an exchange. */
export interface ExchangeOptions {
  /** Where time comes from; the platform's by default. */
  readonly clock?: Clock | undefined;
  /** What the peer may push. */
  readonly limits?: ExchangeLimits | undefined;
  /** How far senders run ahead. */
  readonly flow?: ExchangeFlow | undefined;
  /** How long to wait. */
  readonly timeouts?: ExchangeTimeouts | undefined;
  /**
   * How the link delivers payloads: as values, or as `EncodedPayload`, for a link that only passes them on and need not
   * decode them; `"decoded"` by default.
   */
  readonly payloads?: "decoded" | "encoded" | undefined;
  /**
   * Called with errors that no operation can be told of, such as one that the peer link throws; `console.error` by default.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** {@linkcode ExchangeOptions}, checked and filled in. */
export interface ExchangeSettings {
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly helloTimeoutMs: number;
  readonly maxBufferedBytes: number;
  /** Bytes of messages that are taken before the application has consumed earlier ones. */
  readonly windowBytes: number;
  readonly highWaterBytes: number;
  readonly maxDisorderedBytes: number;
  readonly maxControlItemsPerSecond: number;
  readonly payloads: "decoded" | "encoded";
  readonly slice: SliceLength;
  readonly wire: WireLimits;
  /** From which size on others overtake a message. */
  readonly bulk: BulkSizes;
}

/**
 * Checks options and fills in defaults.
 *
 * @throws {RangeError} If a number is out of its range.
 */
export function exchangeSettings(options: ExchangeOptions, slice: SliceLength): ExchangeSettings {
  const { limits = {}, flow = {}, timeouts = {} } = options;
  const maxBufferedBytes = checkInteger("maxBufferedBytes", limits.maxBufferedBytes ?? MAX_BUFFERED_BYTES);
  return {
    clock: options.clock ?? PLATFORM_CLOCK,
    heartbeatMs: checkInteger("heartbeatMs", timeouts.heartbeatMs ?? HEARTBEAT_MS),
    helloTimeoutMs: checkDuration("helloTimeoutMs", timeouts.helloTimeoutMs ?? HELLO_TIMEOUT_MS),
    maxBufferedBytes,
    windowBytes: Math.min(EXCHANGE_WINDOW_BYTES, maxBufferedBytes),
    highWaterBytes: Math.min(
      checkInteger("highWaterBytes", flow.highWaterBytes ?? HIGH_WATER_BYTES),
      // When the mark is reached, senders may have as much again on its way.
      Math.ceil(maxBufferedBytes / 4),
    ),
    maxDisorderedBytes: checkInteger(
      "maxDisorderedBytes",
      limits.maxDisorderedBytes ?? Math.min(MAX_DISORDERED_BYTES, maxBufferedBytes),
    ),
    maxControlItemsPerSecond: checkInteger(
      "maxControlItemsPerSecond",
      limits.maxControlItemsPerSecond ?? MAX_CONTROL_ITEMS_PER_SECOND,
    ),
    payloads: options.payloads ?? "decoded",
    slice,
    wire: wireLimits(limits),
    bulk: BULK_SIZES,
  };
}

/** Turns an `onError` option into a function that never throws. */
export function errorReporter(onError: ExchangeOptions["onError"]): (error: unknown) => void {
  const report = onError ?? ((error: unknown) => console.error(error));
  return (error) => {
    try {
      report(error);
    } catch (failure) {
      console.error(failure);
    }
  };
}

/** The smallest `maxFrameBytes` of a peer: room for what the library itself sends of an operation. */
const LEAST_FRAME_BYTES = 1_024;

/** Tells what is wrong with the `maxFrameBytes` of a peer; `undefined` if nothing is. */
export function peerFrameProblem(maxFrameBytes: number | undefined): string | undefined {
  if (maxFrameBytes === undefined || maxFrameBytes >= LEAST_FRAME_BYTES) return undefined;
  return `Cannot begin the exchange: the peer accepts frames of ${maxFrameBytes} bytes, ` +
    `at least ${LEAST_FRAME_BYTES} are needed`;
}

/** The headers of every request of an exchange. `Incremental` asks proxies to pass on bytes as they come. */
export const REQUEST_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "content-type": MEDIA_TYPE,
  "accept": MEDIA_TYPE,
  "incremental": "?1",
});

/** Tells whether a `Content-Type` is that of an exchange: without case and parameters (RFC 9110 §8.3.1). */
export function isExchangeMediaType(contentType: string | null | undefined): boolean {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase() === MEDIA_TYPE;
}

/** How much of what a peer sends may wait to be read: its window has room for so much, and one message more. */
export function mostUnreadBytes({ maxBufferedBytes, windowBytes, wire: { maxFrameBytes } }: ExchangeSettings): number {
  return Math.max(maxBufferedBytes, windowBytes + maxFrameBytes);
}
