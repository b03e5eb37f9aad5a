import { BUFFERING, cutting, DRAINING, DROPPING } from "./http_proxy.ts";
import { nginx } from "./nginx.ts";
import { nightlyTest } from "../nightly.ts";
import type { ProxyKind } from "./proxy.ts";

/** How a server replaces its exchanges before a proxy of {@linkcode PROXIES} cuts them. */
export const MODEST_EXCHANGES = {
  limits: { maxExchangeBytes: 16_384 },
  timeouts: { maxExchangeAgeMs: 700 },
} as const;

/** Those that have no duplex. */
const NGINX = nginx("1.1");
const WITHOUT_DUPLEX: readonly ProxyKind[] = [nginx("1.0"), NGINX, BUFFERING, DRAINING, DROPPING];
/** One with duplex. */
const CUTTING = cutting("a proxy that cuts requests after 64 KiB", { maxBytes: 65_536, maxMs: 600_000 });

/** All that the tests put between clients and servers. */
export const PROXIES: readonly ProxyKind[] = [
  ...WITHOUT_DUPLEX,
  CUTTING,
  cutting("a proxy that cuts requests after 3 s", { maxBytes: Infinity, maxMs: 3_000 }),
];

/** The same for calls of any length: no exchange can be replaced while a call is on it. */
export const PATIENT_PROXIES: readonly ProxyKind[] = [
  ...WITHOUT_DUPLEX,
  cutting("a proxy that cuts requests after 64 MiB", { maxBytes: 67_108_864, maxMs: 600_000 }),
  cutting("a proxy that cuts requests after 10 s", { maxBytes: Infinity, maxMs: 10_000 }),
];

/** Those whose tests run by day. */
const SAMPLE: readonly ProxyKind[] = [NGINX, CUTTING];

/** Registers a test with a proxy, of which most run at night only: there are many, and some of them wait for seconds. */
export function proxyTest(
  kind: ProxyKind,
  name: string,
  fn: () => Promise<void>,
  options: Omit<Deno.TestDefinition, "name" | "fn" | "ignore"> = {},
): void {
  const test = { ...options, ignore: kind.ignore === true, fn };
  if (SAMPLE.includes(kind)) Deno.test({ name, ...test });
  else nightlyTest("one of many proxies", name, test);
}
