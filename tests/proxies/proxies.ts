import { BUFFERING, cutting, DRAINING, DROPPING } from "./http_proxy.ts";
import { nginx } from "./nginx.ts";
import type { ProxyKind } from "./proxy.ts";

/** Less than the proxies allow that cut: with these a server replaces its exchanges in time. */
export const MODEST_EXCHANGES = { maxExchangeBytes: 262_144, maxExchangeAgeMs: 700 } as const;

/** All that the tests put between clients and servers. */
export const PROXIES: readonly ProxyKind[] = [
  nginx("1.0"),
  nginx("1.1"),
  BUFFERING,
  DRAINING,
  DROPPING,
  cutting("a proxy that cuts requests after 8 MiB", { maxBytes: 8_388_608, maxMs: 600_000 }),
  cutting("a proxy that cuts requests after 3 s", { maxBytes: Infinity, maxMs: 3_000 }),
];
