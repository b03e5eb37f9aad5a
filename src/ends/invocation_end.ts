import type { End } from "./end.ts";
import { type EndOptions, OperationEnd } from "./operation_end.ts";

/**
 * Makes an end that invokes operations and serves none: a ticket for an operation that it did not invoke is dropped (S5).
 *
 * @param options How it measures time, reports errors, and how much it holds.
 * @returns The end, stopped and joined to nothing; start it and join it before the first operation.
 * @throws {RangeError} If `maxHeldTickets` is not a positive integer.
 *
 * @example Invoke over a link that swallows everything, then cancel
 * ```ts
 * import { invocationEnd, type Outcome } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * const end = invocationEnd();
 * end.start();
 * const ended: Outcome[] = [];
 * const { context } = end.operate("group", "method", {
 *   kind: "termination",
 *   terminationCallback: (outcome) => ended.push(outcome),
 * }, { timeout: 1000 });
 *
 * context.cancel();
 * await end.stop(0);
 *
 * assertEquals(ended[0]?.kind, "cancelled");
 * ```
 */
export function invocationEnd(options: EndOptions = {}): End {
  return new OperationEnd(options);
}
