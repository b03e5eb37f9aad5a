import type { OperationSubscription, Operator, Outcome, Step } from "../../src/ends/mod.ts";
import type { Subscription } from "../../src/links/mod.ts";

/** What an application does when it is spoken to. */
export interface ApplicationReactions {
  /** Called for each step, after it was noted. */
  advance?(step: Step): void;
  /** Called for the transport's context value, after it was noted. */
  context?(value: unknown): void;
}

/** The application of an operation: it notes everything that it is told. */
export class RecordedApplication implements Operator {
  /** The steps it was told, without absent fields. */
  readonly steps: Step[] = [];
  /** The context values it was told (S38). */
  readonly contexts: unknown[] = [];
  /** The outcomes it was told through a subscription to the termination. */
  readonly outcomes: Outcome[] = [];
  readonly subscription: OperationSubscription;
  readonly #reactions: ApplicationReactions;

  constructor(kind: Subscription = "full", reactions: ApplicationReactions = {}) {
    this.#reactions = reactions;
    this.subscription = this.#subscriptionOf(kind);
  }

  /** The payloads among the steps. */
  get payloads(): unknown[] {
    return this.steps.filter((step) => "payload" in step).map((step) => step.payload);
  }

  advance(step: Step): void {
    this.steps.push(Object.fromEntries(Object.entries(step).filter(([, value]) => value !== undefined)));
    this.#reactions.advance?.(step);
  }

  #subscriptionOf(kind: Subscription): OperationSubscription {
    switch (kind) {
      case "full":
        return { kind, operator: this, protocolReceiver: { context: (value) => this.#takeContext(value) } };
      case "termination":
        return { kind, terminationCallback: (outcome) => this.outcomes.push(outcome) };
      case "none":
        return { kind };
    }
  }

  #takeContext(value: unknown): void {
    this.contexts.push(value);
    this.#reactions.context?.(value);
  }
}
