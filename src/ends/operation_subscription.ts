import type { Operator } from "./operator.ts";
import type { Outcome } from "./outcome.ts";

/** What the transport tells a customer, once per operation (S38). */
export interface ProtocolReceiver {
  /**
   * Takes the value of ticket 0 if its kind is a context kind, else `undefined`.
   *
   * @param value The transport's context value.
   */
  context(value: unknown): void;
}

/** What a customer wants of what comes back, and where it goes (S13). */
export type OperationSubscription =
  | {
    /** Everything. */
    readonly kind: "full";
    /** Takes what comes. */
    readonly operator: Operator;
    /** Takes the transport's context value. */
    readonly protocolReceiver?: ProtocolReceiver | undefined;
  }
  | {
    /** Only how it ended. */
    readonly kind: "termination";
    /** Called once, at the end. */
    terminationCallback(outcome: Outcome): void;
  }
  | {
    /** Nothing at all. */
    readonly kind: "none";
  };
