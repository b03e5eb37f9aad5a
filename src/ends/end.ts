import type { Link, Metadata } from "../links/mod.ts";
import type { OperationContext } from "./operation_context.ts";
import type { OperationSubscription } from "./operation_subscription.ts";
import type { Completion, Operator } from "./operator.ts";
import type { OutcomeKind } from "./outcome.ts";

/** How an operation begins, beside its group and method. */
export interface OperateOptions {
  /** Milliseconds for the whole operation, more than 0 and finite. */
  readonly timeout: number;
  /** Metadata for the peer, at the beginning. */
  readonly initialMetadata?: Metadata | undefined;
  /** The first payload; uses the implicit allowance (S14). */
  readonly payload?: unknown;
  /** Says that nothing follows. */
  readonly completion?: Completion | undefined;
  /** For the transport, as a CALL_OPTION on the first ticket. */
  readonly protocolOptions?: unknown;
  /** Permission for that many more responses than the implicit one: a positive safe integer. */
  readonly allowance?: number | undefined;
}

/** An operation just begun. */
export interface Operation {
  /** Steers and watches it. */
  readonly context: OperationContext;
  /** Takes what the customer says. */
  readonly operator: Operator;
}

/**
 * Gives tickets their meaning: order, allowance, deadlines, termination (SEMANTICS §2 to §9). It is a link, to be joined to
 * another end, a transport or anything else that is one.
 */
export interface End extends Link {
  /**
   * Begins to take and send tickets.
   *
   * @throws {TypeError} If the end is started (S39).
   */
  start(): void;

  /**
   * Ends all operations (S40): at once with 0, after `graceMs` otherwise, while new ones are refused. A second call
   * with 0 cuts the grace short. An end that is not started is stopped already. A stopped end can be started again.
   *
   * @param graceMs How long operations may go on, in milliseconds, from 0.
   * @returns Resolves when every operation has ended.
   * @throws {RangeError} If `graceMs` is not a finite number from 0.
   */
  stop(graceMs: number): Promise<void>;

  /**
   * Begins an operation (S1). What is said before the current stretch of code ends travels with its first ticket.
   *
   * @param group The group to address.
   * @param method The method in that group.
   * @param subscription What is wanted of what comes back, and where it goes.
   * @param options How the operation begins.
   * @returns The operation's context, and the operator that takes what the customer says.
   * @throws {TypeError} If the end is not started or is stopping (S39, S40), or an argument is of the wrong kind.
   * @throws {RangeError} If the timeout or the allowance is out of range.
   */
  operate(
    group: string,
    method: string,
    subscription: OperationSubscription,
    options: OperateOptions,
  ): Operation;

  /**
   * Counts the operations that have ended since construction, by how they ended (S42).
   *
   * @returns A fresh record with a count for each kind.
   */
  operationStats(): Record<OutcomeKind, number>;

  /**
   * Asks to be told when no operation runs (S41): at once if so now, else once when the count next reaches zero.
   *
   * @param action Called once. If it throws, that is reported and stops no other.
   * @throws {TypeError} If the end is not started (S39).
   */
  addIdleAction(action: () => void): void;
}
