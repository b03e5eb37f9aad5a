import { BUFFERING, cutting, DRAINING, DROPPING } from "./http_proxy.ts";
import { nginx } from "./nginx.ts";
import type { ProxyKind } from "./proxy.ts";

/** How a server replaces its exchanges before a proxy of {@linkcode PROXIES} cuts them. */
export const MODEST_EXCHANGES = {
  limits: { maxExchangeBytes: 16_384 },
  timeouts: { maxExchangeAgeMs: 700 },
} as const;

/** Those that have no duplex. */
const WITHOUT_DUPLEX: readonly ProxyKind[] = [nginx("1.0"), nginx("1.1"), BUFFERING, DRAINING, DROPPING];

/** All that the tests put between clients and servers. */
export const PROXIES: readonly ProxyKind[] = [
  ...WITHOUT_DUPLEX,
  cutting("a proxy that cuts requests after 64 KiB", { maxBytes: 65_536, maxMs: 600_000 }),
  cutting("a proxy that cuts requests after 3 s", { maxBytes: Infinity, maxMs: 3_000 }),
];

/** The same for calls of any length: no exchange can be replaced while a call is on it. */
export const PATIENT_PROXIES: readonly ProxyKind[] = [
  ...WITHOUT_DUPLEX,
  cutting("a proxy that cuts requests after 64 MiB", { maxBytes: 67_108_864, maxMs: 600_000 }),
  cutting("a proxy that cuts requests after 10 s", { maxBytes: Infinity, maxMs: 10_000 }),
];
