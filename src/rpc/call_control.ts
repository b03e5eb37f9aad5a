import type { OperationContext } from "../ends/mod.ts";
import { abortError } from "./call_bounds.ts";
import type { CallControl } from "./call_options.ts";

/** What can be given up. */
export interface Fallible {
  /** Gives it up. */
  fail(error: Error): void;
}

/**
 * Makes the means to steer a call, for a caller that asks for them.
 *
 * @param call The call.
 * @param context Its operation.
 * @param path What is called, as `service/method`.
 * @returns The means.
 */
export function callControl(call: Fallible, context: OperationContext, path: string): CallControl {
  return {
    cancel: () => call.fail(abortError(undefined, path)),
    changeTimeout: (timeoutMs) => context.changeTimeout(timeoutMs),
    timeRemaining: () => context.timeRemaining(),
  };
}
