import type { Outcome } from "./outcome.ts";

/** One operation as its customer sees and steers it. */
export interface OperationContext {
  /**
   * Tells how the operation ended.
   *
   * @returns The outcome, or `undefined` while the operation runs.
   */
  outcome(): Outcome | undefined;

  /**
   * Asks to be told of the end (S37). Callbacks run in the order of registration; one that throws is reported to the
   * end's `onError` and stops nothing.
   *
   * @param callback Called once with the outcome, unless the operation has ended already.
   * @returns `undefined`, or the outcome of an operation that has ended; then the callback is never called.
   */
  addTerminationCallback(callback: (outcome: Outcome) => void): Outcome | undefined;

  /**
   * Tells how much time is left (S28).
   *
   * @returns Milliseconds, never negative, 0 after termination.
   */
  timeRemaining(): number;

  /**
   * Asks for another timeout of the whole operation, counted from its beginning (S25, S26). It takes effect here at once,
   * within this end's maximum; the peer is told and has the last word within its own. Ignored after termination.
   *
   * @param timeoutMs The new total, in milliseconds, more than 0 and finite.
   * @throws {TypeError} If it is not a number.
   * @throws {RangeError} If it is not above 0 or not finite.
   */
  changeTimeout(timeoutMs: number): void;

  /** Ends the operation as CANCELLED (S29). Ignored after termination. */
  cancel(): void;

  /**
   * Ends the operation as LOCAL_FAILURE (S29). The peer learns that, never why (S36). Ignored after termination.
   *
   * @param error What went wrong, for the end's `onError`; nothing is reported if it is `undefined`.
   */
  fail(error?: unknown): void;
}
