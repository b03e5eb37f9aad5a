import type { MethodKind } from "./method_kind.ts";

/**
 * One immutable message of an operation, the same type in both directions (SEMANTICS §1).
 *
 * An absent field is `undefined`. Falsy values are real values: `""`, `0`, `false`, `null`, an empty byte array and an
 * empty metadata list all travel.
 */
export interface Ticket {
  /** The operation that the ticket belongs to. */
  readonly operationId: OperationId;
  /** Integer from 0, per direction, per operation. */
  readonly sequenceNumber: number;
  /** Required on the first ticket from the invocation to the service side; ignored on every other. */
  readonly group?: string | undefined;
  /** As {@linkcode group}. */
  readonly method?: string | undefined;
  /** How the caller takes the method: how many messages go each way. On the first ticket from the invocation side only. */
  readonly methodKind?: MethodKind | undefined;
  /** Which tickets the sender wants to receive. On the first ticket of either side; ignored later. */
  readonly subscription?: Subscription | undefined;
  /** Milliseconds for the whole operation from its beginning, more than 0. */
  readonly timeout?: number | undefined;
  /** Permission for that many more payloads towards this ticket's sender: a positive safe integer. */
  readonly allowance?: number | undefined;
  /** On at most one ticket per direction, no later than the first payload. */
  readonly initialMetadata?: Metadata | undefined;
  /** One value of the application. */
  readonly payload?: unknown;
  /** End-of-operation metadata, only on the ticket that completes. */
  readonly terminalMetadata?: Metadata | undefined;
  /** A value communicated at completion, typically a `Code`. */
  readonly code?: unknown;
  /** A value communicated at completion, typically text for people. */
  readonly message?: unknown;
  /** How the operation ends in this direction. After a completion only grants, timeouts and an abort follow. */
  readonly termination?: Termination | undefined;
  /**
   * Whether the sender has not begun the operation and never will, so that it may be begun again (S40). Only with the
   * termination `SHUTDOWN`, on the only ticket of its direction; without it the operation was cut off, and may have done
   * anything. The invocation link begins such an operation again by itself where `code` is `UNAVAILABLE` or
   * `RESOURCE_EXHAUSTED` (P5.12), so that an end sees this only if that has not helped.
   */
  readonly neverStarted?: true | undefined;
  /** Between the application and the ticket transport; never crosses a wire. */
  readonly protocol?: Protocol | undefined;
}

/**
 * An ordered list of key–value pairs whose keys may repeat (S44). Pairs with the same key keep their order on the way;
 * no value is ever altered.
 */
export type Metadata = ReadonlyArray<readonly [key: string, value: string | Uint8Array]>;

/**
 * What identifies one operation between two joined links (SEMANTICS §1): compared with `===` and usable as a
 * `Map` key. A link over a wire may use another id on each side.
 */
export type OperationId = string | number | bigint | symbol | object;

let lastOperationId = 0;

/**
 * Returns an operation id that nothing else in this process uses.
 *
 * Ends and links that speak for a remote peer share this one sequence, so an end that both serves and invokes
 * never confuses an operation of its own with one of its peer's.
 *
 * @returns A positive integer, one more than the id before it.
 *
 * @example Two ids differ
 * ```ts
 * import { newOperationId } from "@ticketlink/ticketlink/links";
 * import { assertNotEquals } from "@std/assert";
 *
 * assertNotEquals(newOperationId(), newOperationId());
 * ```
 */
export function newOperationId(): OperationId & number {
  lastOperationId += 1;
  return lastOperationId;
}

/**
 * Which tickets the sender of a ticket wants to receive (SEMANTICS §1, S13).
 *
 * @example Subscriptions are plain strings
 * ```ts
 * import { Subscription } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(Subscription.FULL, "full");
 * ```
 */
export const Subscription: Readonly<{
  /** None. */
  NONE: "none";
  /** Only the one that says how the operation ended. */
  TERMINATION: "termination";
  /** All. */
  FULL: "full";
}> = Object.freeze({ NONE: "none", TERMINATION: "termination", FULL: "full" });

/** One of the members of {@linkcode Subscription}. */
export type Subscription = typeof Subscription[keyof typeof Subscription];

/**
 * How an operation ends in one direction (SEMANTICS §1). All but `COMPLETION` are *aborts*; LOCAL and REMOTE are from
 * the point of view of the ticket's sender.
 *
 * @example Terminations are plain strings
 * ```ts
 * import { Termination } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(Termination.RECEPTION_FAILURE, "reception failure");
 * ```
 */
export const Termination: Readonly<{
  /** The sender has sent everything (S32). */
  COMPLETION: "completion";
  /** The sender's application cancelled. */
  CANCELLATION: "cancellation";
  /** The sender's timer ran out (S27). */
  EXPIRATION: "expiration";
  /** The sender's end was stopped (S40). */
  SHUTDOWN: "shutdown";
  /** The sender received something that breaks the rules (S3, S8 to S10). */
  RECEPTION_FAILURE: "reception failure";
  /** The sender could not send. */
  TRANSMISSION_FAILURE: "transmission failure";
  /** The sender's application failed. */
  LOCAL_FAILURE: "local failure";
  /** The receiver of this ticket made a mistake, such as calling a method that does not exist (S35). */
  REMOTE_FAILURE: "remote failure";
}> = Object.freeze({
  COMPLETION: "completion",
  CANCELLATION: "cancellation",
  EXPIRATION: "expiration",
  SHUTDOWN: "shutdown",
  RECEPTION_FAILURE: "reception failure",
  TRANSMISSION_FAILURE: "transmission failure",
  LOCAL_FAILURE: "local failure",
  REMOTE_FAILURE: "remote failure",
});

/** One of the members of {@linkcode Termination}. */
export type Termination = typeof Termination[keyof typeof Termination];

/**
 * Who sends a {@linkcode Protocol} value to whom (SEMANTICS §1).
 *
 * @example Kinds are plain strings
 * ```ts
 * import { ProtocolKind } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ProtocolKind.CALL_OPTION, "call option");
 * ```
 */
export const ProtocolKind: Readonly<{
  /** Invocation end to its transport, on the first ticket: per-call transport options. */
  CALL_OPTION: "call option";
  /** Service-side transport to its end, on ticket 0. */
  SERVICER_CONTEXT: "servicer context";
  /** Invocation-side transport to its end, on ticket 0 of that direction. */
  INVOCATION_CONTEXT: "invocation context";
}> = Object.freeze({
  CALL_OPTION: "call option",
  SERVICER_CONTEXT: "servicer context",
  INVOCATION_CONTEXT: "invocation context",
});

/** One of the members of {@linkcode ProtocolKind}. */
export type ProtocolKind = typeof ProtocolKind[keyof typeof ProtocolKind];

/** A value between the application and the ticket transport. It never crosses a wire. */
export interface Protocol {
  /** Who sends the value to whom. */
  readonly kind: ProtocolKind;
  /** What is communicated. The transport defines its meaning. */
  readonly value: unknown;
}
