import type { Context } from "npm:hono@^4";
import {
  checkDuration,
  checkInteger,
  MAX_EXCHANGE_AGE_MS,
  MAX_EXCHANGE_BYTES,
  MAX_EXCHANGES,
  MAX_OPERATIONS_PER_EXCHANGE,
  MAX_PART_BYTES,
  MAX_PARTS_AHEAD,
  MAX_TOTAL_BUFFERED_BYTES,
  SERVER_IDLE_MS,
} from "../limits.ts";
import { checkGroups } from "../option_groups.ts";
import { ExchangeKind } from "../wire/exchange_kind.ts";
import { BufferBudget } from "./server/load_limits.ts";
import { BegunAttempts } from "./server/begun_attempts.ts";
import {
  type ExchangeLimits,
  type ExchangeOptions,
  exchangeSettings,
  type ExchangeTimeouts,
} from "../exchange/exchange_settings.ts";
import type { SliceLength } from "../exchange/fair_scheduler.ts";
import type { PairSettings } from "./pair/server.ts";
import { UNASKED_PART_BYTES } from "./pair/part_size.ts";
import type { ServiceExchangeSettings } from "./server/service_transport.ts";
import type { SocketOrigins, UpgradeWebSocket } from "./socket/upgrade.ts";

/** What clients may push, on one exchange and on all together. */
export interface ServiceLinkLimits extends ExchangeLimits {
  /**
   * Operations at once on one exchange; 10,000 by default. One counts until its handler has settled, also if it is over
   * before: a one-way or a cancelled call. Further ones wait at the client, which hears how many it may begin (P9.11).
   */
  readonly maxOperations?: number | undefined;
  /** Exchanges at once; 10,000 by default. */
  readonly maxExchanges?: number | undefined;
  /** Bytes in one direction after which an exchange begins no more operations; 64 MiB by default. */
  readonly maxExchangeBytes?: number | undefined;
  /**
   * Bytes that all exchanges together may hold: what `maxBufferedBytes` counts for one, and messages that handlers have not
   * consumed; 256 MiB by default. Beyond it exchanges that hold more than their share wait; if that does not help, those go
   * whose clients make no progress, the caller with the largest share first (P10.2). A quarter of it bounds the window of one
   * exchange, and 8 KiB of it each operation, so that 32,768 run at once by default.
   */
  readonly maxTotalBufferedBytes?: number | undefined;
  /** Bytes that one request of a *pair* may bring, at least the 256 KiB that any client may send; 1 MiB by default. */
  readonly maxPartBytes?: number | undefined;
  /** Requests of one *pair* that may be held until it is their turn; 4 by default. */
  readonly maxPartsAhead?: number | undefined;
}

/** How long a server waits for clients, and lets exchanges live. */
export interface ServiceLinkTimeouts extends ExchangeTimeouts {
  /** Milliseconds that an exchange without operations is kept; 60,000 by default. */
  readonly idleMs?: number | undefined;
  /** Milliseconds after which an exchange begins no more operations; 240,000 by default. */
  readonly maxExchangeAgeMs?: number | undefined;
}

/** Options of `serviceLink`. */
export interface ServiceLinkOptions extends ExchangeOptions {
  /** What clients may push. */
  readonly limits?: ServiceLinkLimits | undefined;
  /** How long to wait. */
  readonly timeouts?: ServiceLinkTimeouts | undefined;
  /**
   * Hono's `upgradeWebSocket` for the platform, so that clients can have a *socket* as well: that of `hono/deno`, `hono/bun`
   * or `hono/cloudflare-workers`, or what `createNodeWebSocket()` of `@hono/node-ws` makes. Without it there are none.
   */
  readonly upgradeWebSocket?: UpgradeWebSocket | undefined;
  /**
   * The origins whose pages may open a WebSocket, as `"https://app.example"`, beside the server's own; none by default.
   * Browsers let any page do so, with the user's cookies and without asking first, so `"any"` is only for servers that
   * take no cookies.
   */
  readonly socketOrigins?: SocketOrigins | undefined;
  /**
   * Whether clients can have a *pair*; `true` by default. All requests of one have to reach the same instance, and to be
   * joined there: on Cloudflare Workers only a Durable Object can.
   */
  readonly pair?: boolean | undefined;
  /**
   * Names the caller of a request. The requests of a *pair* are taken from no other caller than the one that has opened it:
   * by default they must have the same `Authorization` header, or none. To be set where that header changes while a caller
   * goes on, as with tokens that expire, and where cookies say who calls.
   */
  readonly callerOf?: ((context: Context) => string | undefined) | undefined;
}

/** {@linkcode ServiceLinkOptions} of a link that is one of several for the same requests. */
export interface SharedLinkOptions extends ServiceLinkOptions {
  readonly attempts?: BegunAttempts | undefined;
  readonly budget?: BufferBudget | undefined;
}

/** {@linkcode ServiceLinkOptions}, checked and filled in. */
export interface ServiceSettings extends ServiceExchangeSettings, PairSettings {
  readonly upgradeWebSocket: UpgradeWebSocket | undefined;
  readonly socketOrigins: SocketOrigins;
  readonly maxExchanges: number;
  readonly budget: BufferBudget;
}

/**
 * How long one turn of reading may be: what other clients may well wait. With 256 endings in a turn a neighbour of clients
 * that vanish with 2,000 operations each waited for 18 ms at the 99th percentile, with 32 for 9.
 */
const SERVICE_SLICE: SliceLength = Object.freeze({ operations: 256, endings: 32, ms: 4 });

/**
 * Checks options and fills in what is not given.
 *
 * @throws {TypeError} If an option stands in the wrong place.
 * @throws {RangeError} If a number is out of its range.
 */
export function serviceSettings(options: SharedLinkOptions): ServiceSettings {
  checkGroups(options, "server");
  const settings = exchangeSettings(options, SERVICE_SLICE);
  const { limits = {}, timeouts = {} } = options;
  const maxTotalBufferedBytes = checkInteger(
    "maxTotalBufferedBytes",
    limits.maxTotalBufferedBytes ?? MAX_TOTAL_BUFFERED_BYTES,
  );
  return {
    ...settings,
    upgradeWebSocket: options.upgradeWebSocket,
    socketOrigins: options.socketOrigins ?? [],
    maxOperations: checkInteger("maxOperations", limits.maxOperations ?? MAX_OPERATIONS_PER_EXCHANGE),
    maxExchanges: checkInteger("maxExchanges", limits.maxExchanges ?? MAX_EXCHANGES),
    idleMs: checkDuration("idleMs", timeouts.idleMs ?? SERVER_IDLE_MS),
    maxExchangeAgeMs: checkDuration("maxExchangeAgeMs", timeouts.maxExchangeAgeMs ?? MAX_EXCHANGE_AGE_MS),
    maxExchangeBytes: checkInteger("maxExchangeBytes", limits.maxExchangeBytes ?? MAX_EXCHANGE_BYTES),
    maxTotalBufferedBytes,
    budget: options.budget ?? new BufferBudget(maxTotalBufferedBytes, undefined, settings.clock),
    windowBytes: Math.min(settings.windowBytes, Math.ceil(maxTotalBufferedBytes / 4)),
    pair: options.pair ?? true,
    callerOf: options.callerOf ?? authorizationOf,
    maxPartBytes: checkInteger("maxPartBytes", limits.maxPartBytes ?? MAX_PART_BYTES, UNASKED_PART_BYTES),
    maxPartsAhead: checkInteger("maxPartsAhead", limits.maxPartsAhead ?? MAX_PARTS_AHEAD),
    offers: offersOf(options),
    attempts: options.attempts ?? new BegunAttempts(settings.clock),
  };
}

function offersOf({ pair, upgradeWebSocket }: ServiceLinkOptions): readonly ExchangeKind[] {
  const offers: ExchangeKind[] = [ExchangeKind.DUPLEX, ExchangeKind.SINGLE];
  if (pair !== false) offers.push(ExchangeKind.PAIR);
  if (upgradeWebSocket !== undefined) offers.push(ExchangeKind.SOCKET);
  return offers;
}

function authorizationOf(context: Context): string | undefined {
  return context.req.header("authorization");
}
