import type { End } from "./end.ts";
import { DEFAULT_TIMEOUT_MS, MAXIMUM_TIMEOUT_MS } from "../limits.ts";
import type { EndOptions } from "./operation_end.ts";
import { ServingEnd } from "./serving_end.ts";
import type { Servicer } from "./servicer.ts";
import { checkTimeout } from "./timeout.ts";

/** How a service end behaves. */
export interface ServiceEndOptions extends EndOptions {
  /** Milliseconds of an operation that names no timeout (S3, S24), above 0; 300,000 by default. */
  readonly defaultTimeoutMs?: number | undefined;
  /** The longest timeout that is accepted, in milliseconds (S24), above 0; 86,400,000 by default. */
  readonly maximumTimeoutMs?: number | undefined;
}

/**
 * Makes an end that serves the operations its mate sends it. It can invoke too.
 *
 * @param servicer Answers the operations.
 * @param options Its timeouts, how it measures time, reports errors, and how much it holds.
 * @returns The end, stopped and joined to nothing; tickets that arrive before it is started are dropped (S39).
 * @throws {TypeError} If the servicer has no `service` method, or a timeout is not a number.
 * @throws {RangeError} If a timeout is not above 0 or not finite, or `maxHeldTickets` is not a positive integer.
 *
 * @example A service that answers each operation with one payload
 * ```ts
 * import { invocationEnd, joinLinks, serviceEnd } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * const service = serviceEnd({
 *   service(_group, method, _context, output) {
 *     output.advance({ payload: `this is ${method}`, completion: {} });
 *     return { kind: "full", operator: { advance() {} } };
 *   },
 * });
 * const invocation = invocationEnd();
 * joinLinks(invocation, service);
 * service.start();
 * invocation.start();
 *
 * const answers: unknown[] = [];
 * invocation.operate("demo", "hello", {
 *   kind: "full",
 *   operator: { advance: ({ payload }) => answers.push(payload) },
 * }, { timeout: 1000, completion: {} });
 * await invocation.stop(1000);
 * await service.stop(0);
 *
 * assertEquals(answers, ["this is hello"]);
 * ```
 */
export function serviceEnd(servicer: Servicer, options: ServiceEndOptions = {}): End {
  if (typeof servicer?.service !== "function") {
    throw new TypeError(`Cannot make the service end: servicer must have a service method, got ${typeof servicer}`);
  }
  const defaultTimeoutMs = options.defaultTimeoutMs ?? DEFAULT_TIMEOUT_MS;
  const maximumTimeoutMs = options.maximumTimeoutMs ?? MAXIMUM_TIMEOUT_MS;
  checkTimeout("defaultTimeoutMs", defaultTimeoutMs);
  checkTimeout("maximumTimeoutMs", maximumTimeoutMs);
  return new ServingEnd(options, { servicer, defaultTimeoutMs, maximumTimeoutMs });
}
