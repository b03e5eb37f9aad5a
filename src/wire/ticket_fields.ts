import { MethodKind } from "../links/method_kind.ts";
import { type Metadata, Subscription, Termination } from "../links/ticket.ts";

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

/** The keys of critical fields: whoever does not support one refuses the operation (P5.11). */
export const CRITICAL_KEYS: Readonly<{ FIRST: 32; LAST: 39 }> = Object.freeze({ FIRST: 32, LAST: 39 });

/** The key of each field on the wire (PROTOCOL.md §5). */
export const FieldKey: Readonly<{
  SEQUENCE: 0;
  GROUP: 1;
  METHOD: 2;
  SUBSCRIPTION: 3;
  TIMEOUT: 4;
  ALLOWANCE: 5;
  INITIAL_METADATA: 6;
  TERMINAL_METADATA: 7;
  CODE: 8;
  MESSAGE: 9;
  TERMINATION: 10;
  METHOD_KIND: 11;
  NEVER_STARTED: 12;
}> = Object.freeze({
  SEQUENCE: 0,
  GROUP: 1,
  METHOD: 2,
  SUBSCRIPTION: 3,
  TIMEOUT: 4,
  ALLOWANCE: 5,
  INITIAL_METADATA: 6,
  TERMINAL_METADATA: 7,
  CODE: 8,
  MESSAGE: 9,
  TERMINATION: 10,
  METHOD_KIND: 11,
  NEVER_STARTED: 12,
});

/** The subscriptions in the order of their numbers on the wire. */
export const SUBSCRIPTIONS: readonly Subscription[] = [Subscription.NONE, Subscription.TERMINATION, Subscription.FULL];

/** The kinds of method in the order of their numbers on the wire. */
export const METHOD_KINDS: readonly MethodKind[] = [
  MethodKind.UNARY,
  MethodKind.SERVER_STREAMING,
  MethodKind.CLIENT_STREAMING,
  MethodKind.BIDI_STREAMING,
];

/** What the field says that an operation never started, by its number on the wire. */
export const NEVER_STARTED: readonly true[] = [true];

/** The terminations in the order of their numbers on the wire. */
export const TERMINATIONS: readonly Termination[] = [
  Termination.COMPLETION,
  Termination.CANCELLATION,
  Termination.EXPIRATION,
  Termination.SHUTDOWN,
  Termination.RECEPTION_FAILURE,
  Termination.TRANSMISSION_FAILURE,
  Termination.LOCAL_FAILURE,
  Termination.REMOTE_FAILURE,
];
