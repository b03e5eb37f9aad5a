import { describeValue } from "../links/foreign_value.ts";
import type { OperateOptions } from "./end.ts";
import type { OperationSubscription } from "./operation_subscription.ts";
import { checkTimeout } from "./timeout.ts";
import { isAllowance } from "./window.ts";

/**
 * Checks with what an operation is to begin.
 *
 * @param group The group.
 * @param method The method.
 * @param subscription What is wanted of what comes back.
 * @param options How it begins.
 * @throws {TypeError} If an argument is of the wrong kind.
 * @throws {RangeError} If a number is out of its range.
 */
export function checkInvocation(
  group: unknown,
  method: unknown,
  subscription: OperationSubscription,
  { timeout, allowance }: OperateOptions,
): void {
  if (typeof group !== "string") throw new TypeError(`Cannot operate: group must be a string, got ${typeof group}`);
  if (typeof method !== "string") throw new TypeError(`Cannot operate: method must be a string, got ${typeof method}`);
  const kind: unknown = subscription?.kind;
  if (kind !== "full" && kind !== "termination" && kind !== "none") {
    throw new TypeError(
      `Cannot operate: subscription.kind must be "full", "termination" or "none", got ${describeValue(kind)}`,
    );
  }
  checkTimeout("timeout", timeout);
  if (allowance !== undefined && !isAllowance(allowance)) {
    throw new RangeError(`Cannot operate: allowance must be a positive safe integer, got ${describeValue(allowance)}`);
  }
}
