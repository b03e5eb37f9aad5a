/**
 * Who speaks to whom in a {@linkcode Protocol} value (SEMANTICS §1).
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
  /** Who speaks to whom. */
  readonly kind: ProtocolKind;
  /** What is said; its meaning is the transport's. */
  readonly value: unknown;
}
