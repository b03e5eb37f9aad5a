import type { Ticket } from "../links/mod.ts";
import type { OperationSubscription } from "./operation_subscription.ts";
import type { Completion } from "./operator.ts";

/**
 * Passes the transport's context value on to an operation's customer (S38). Throws what the customer throws.
 *
 * @param subscription What the customer wants.
 * @param value The value.
 */
export function tellContext(subscription: OperationSubscription | undefined, value: unknown): void {
  if (subscription?.kind === "full") subscription.protocolReceiver?.context(value);
}

/**
 * Passes on what one ticket says, all of it together (S12), as far as the customer wants it (S13). Throws what the customer
 * throws.
 *
 * @param subscription What the customer wants.
 * @param ticket The ticket.
 * @param completion The completion that it carries, if it does.
 */
export function deliver(
  subscription: OperationSubscription | undefined,
  { initialMetadata, payload, allowance }: Ticket,
  completion: Completion | undefined,
): void {
  if (subscription?.kind !== "full") return;
  const nothing = initialMetadata === undefined && payload === undefined && completion === undefined &&
    allowance === undefined;
  if (!nothing) subscription.operator.advance({ initialMetadata, payload, completion, allowance });
}
