import type { Ticket } from "../links/mod.ts";
import { describeValue } from "../links/describe_value.ts";

/**
 * Checks a timeout that the customer names.
 *
 * @param name The parameter, for the message.
 * @param timeoutMs What was given.
 * @throws {TypeError} If it is not a number.
 * @throws {RangeError} If it is not above 0 or not finite.
 */
export function checkTimeout(name: string, timeoutMs: unknown): asserts timeoutMs is number {
  if (typeof timeoutMs !== "number") {
    throw new TypeError(`Cannot use ${name}: expected a number of milliseconds, got ${typeof timeoutMs}`);
  }
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) {
    throw new RangeError(`Cannot use ${name}: expected a finite number of milliseconds above 0, got ${timeoutMs}`);
  }
}

/** Whether what a peer sent can be a timeout (S3). */
export function isTimeout(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

/** What is wrong with a first ticket from the invocation to the service side, if anything (S3). */
export function invalidOpeningField({ group, method, timeout }: Ticket): string | undefined {
  if (typeof group !== "string") return `field "group" of the first ticket must be a string, got ${typeof group}`;
  if (typeof method !== "string") return `field "method" of the first ticket must be a string, got ${typeof method}`;
  if (timeout !== undefined && !isTimeout(timeout)) {
    return `field "timeout" of the first ticket must be a finite number of milliseconds above 0, got ${
      describeValue(timeout)
    }`;
  }
  return undefined;
}
