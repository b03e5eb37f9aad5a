import { nameOf } from "../links/thrown.ts";
import type { OperationContext } from "./operation_context.ts";
import type { OperationSubscription } from "./operation_subscription.ts";
import type { Operator } from "./operator.ts";

/** What answers the operations that others invoke. */
export interface Servicer {
  /**
   * Begins to serve one operation. Called when ticket 0 is processed (S4), before anything of it is delivered.
   *
   * @param group The group that the invoker named.
   * @param method The method that the invoker named.
   * @param context The operation.
   * @param output Takes what the servicer says.
   * @returns Where what the invoker says goes.
   * @throws {NoSuchMethodError} If there is no such group or method (S35). Anything else that it throws ends the operation
   * as LOCAL_FAILURE and is reported (S36).
   */
  service(group: string, method: string, context: OperationContext, output: Operator): OperationSubscription;
}

/**
 * What a {@linkcode Servicer} throws when it has no such group or method (S35).
 *
 * @example A servicer that serves nothing
 * ```ts
 * import { NoSuchMethodError, type Servicer } from "@ticketlink/ticketlink";
 * import { assertThrows } from "@std/assert";
 *
 * const nothing: Servicer = {
 *   service() {
 *     throw new NoSuchMethodError();
 *   },
 * };
 * assertThrows(() => Reflect.apply(nothing.service, nothing, []), NoSuchMethodError);
 * ```
 */
export class NoSuchMethodError extends Error {
  /** Sent to the invoker as the outcome's code; `Code.UNIMPLEMENTED` if absent. */
  readonly code: unknown;

  /**
   * Makes the error.
   *
   * @param code The code for the invoker; `Code.UNIMPLEMENTED` if absent.
   * @param message The text for the invoker; names group and method if absent.
   */
  constructor(code?: unknown, message?: string) {
    super(message);
    this.name = "NoSuchMethodError";
    this.code = code;
  }
}

/** Tells whether a servicer has thrown that, also one that another copy of this library comes with. */
export function isNoSuchMethod(error: unknown): error is NoSuchMethodError {
  return nameOf(error) === "NoSuchMethodError";
}
