import type { Ticket } from "../links/mod.ts";
import type { OperationSubscription } from "./operation_subscription.ts";
import type { Completion } from "./operator.ts";

/** Is told of an exception in the customer's code. */
export interface CustomerGuard {
  /** Called with what the customer threw. */
  customerThrew(error: unknown): void;
}

/** Hands what the peer says to an operation's customer, as far as it wants it (S13), and catches what it throws (S36). */
export class Customer {
  readonly #guard: CustomerGuard;
  #subscription: OperationSubscription | undefined;

  /** @param guard Told of an exception in the customer's code. */
  constructor(guard: CustomerGuard) {
    this.#guard = guard;
  }

  /** Whether the customer wants nothing of what comes back. */
  get wantsNothing(): boolean {
    return this.#subscription?.kind === "none";
  }

  /** Sets what the customer wants. */
  subscribe(subscription: OperationSubscription): void {
    this.#subscription = subscription;
  }

  /** Passes the transport's context value on (S38). */
  tellContext(value: unknown): void {
    if (this.#subscription?.kind !== "full") return;
    try {
      this.#subscription.protocolReceiver?.context(value);
    } catch (error) {
      this.#guard.customerThrew(error);
    }
  }

  /** Passes on what one ticket says, all of it together (S12). */
  deliver({ initialMetadata, payload, allowance }: Ticket, completion: Completion | undefined): void {
    if (this.#subscription?.kind !== "full") return;
    const nothing = initialMetadata === undefined && payload === undefined && completion === undefined &&
      allowance === undefined;
    if (nothing) return;
    try {
      this.#subscription.operator.advance({ initialMetadata, payload, completion, allowance });
    } catch (error) {
      this.#guard.customerThrew(error);
    }
  }
}
