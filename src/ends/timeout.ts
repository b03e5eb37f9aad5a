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
