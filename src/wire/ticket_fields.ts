import type { MethodKind } from "../links/method_kind.ts";
import type { Metadata, Subscription, Termination } from "../links/ticket.ts";

/**
 * Everything of a ticket but its operation, its number and its payload, as decoded; an absent field is `undefined`.
 *
 * What a receiving *end* must judge (S3, S10) comes as whatever it is. What the wire cannot represent, as a subscription
 * of unknown number, never comes here: such a ticket is malformed.
 */
export interface TicketFields {
  /** See `Ticket`; any value. */
  readonly group: unknown;
  /** See `Ticket`; any value. */
  readonly method: unknown;
  /** See `Ticket`. */
  readonly methodKind: MethodKind | undefined;
  /** See `Ticket`. */
  readonly subscription: Subscription | undefined;
  /** See `Ticket`; any value. */
  readonly timeout: unknown;
  /** See `Ticket`; any value. */
  readonly allowance: unknown;
  /** See `Ticket`. */
  readonly initialMetadata: Metadata | undefined;
  /** See `Ticket`. */
  readonly terminalMetadata: Metadata | undefined;
  /** See `Ticket`; any value. */
  readonly code: unknown;
  /** See `Ticket`; any value. */
  readonly message: unknown;
  /** See `Ticket`. */
  readonly termination: Termination | undefined;
  /** See `Ticket`. */
  readonly neverStarted: true | undefined;
  /** The key of a critical field that this version does not support (P5.11). */
  readonly unsupported: number | undefined;
}
