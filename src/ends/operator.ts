import type { Metadata } from "../links/mod.ts";

/** What is said when a direction completes (S32). */
export interface Completion {
  /** End-of-operation metadata. */
  readonly terminalMetadata?: Metadata | undefined;
  /** Any value, typically a `Code`; absent means success. */
  readonly code?: unknown;
  /** Any value, typically text for people. */
  readonly message?: unknown;
}

/** What one call of {@linkcode Operator.advance} says; what is `undefined` is not said. */
export interface Step {
  /** At most once, and no later than the first payload. */
  readonly initialMetadata?: Metadata | undefined;
  /** One payload. `undefined` is no payload; every other value is one. */
  readonly payload?: unknown;
  /** The last thing said in this direction, but for grants. */
  readonly completion?: Completion | undefined;
  /** Permission for that many more payloads towards the one who calls: a positive safe integer. */
  readonly allowance?: number | undefined;
}

/**
 * Takes what one side of an operation says. The end implements it for its customer (to send), the customer for the end
 * (to receive).
 */
export interface Operator {
  /**
   * Moves the operation on.
   *
   * An end's own operator never blocks (S19), ignores what comes after termination (S21), and throws for an illegal
   * emission, which also ends the operation as LOCAL_FAILURE (S20). A customer's operator that throws ends the operation
   * as LOCAL_FAILURE and no other (S36).
   *
   * @param step What is said.
   * @throws {TypeError} If the step may not be said at this point.
   * @throws {RangeError} If the allowance is not a positive safe integer.
   */
  advance(step: Step): void;
}
