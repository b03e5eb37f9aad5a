/**
 * The status of a completed operation: the sixteen canonical gRPC status codes, and `OK`.
 *
 * The `code` of a ticket may be any value (SEMANTICS §1). The library itself sends only these, as the text given here.
 *
 * @example Codes are plain strings
 * ```ts
 * import { Code } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(Code.NOT_FOUND, "not_found");
 * ```
 */
export const Code: Readonly<{
  /** Success. A completion without a code means the same. */
  OK: "ok";
  /** The operation was cancelled, typically by the caller. */
  CANCELLED: "cancelled";
  /** Something failed that has no better code. */
  UNKNOWN: "unknown";
  /** The request is wrong in every state of the system. */
  INVALID_ARGUMENT: "invalid_argument";
  /** The deadline passed before the operation completed. */
  DEADLINE_EXCEEDED: "deadline_exceeded";
  /** Something requested does not exist. */
  NOT_FOUND: "not_found";
  /** Something to be created exists already. */
  ALREADY_EXISTS: "already_exists";
  /** The caller is known and may not do this. */
  PERMISSION_DENIED: "permission_denied";
  /** A quota or a named limit is used up. */
  RESOURCE_EXHAUSTED: "resource_exhausted";
  /** The system is not in a state that allows the operation. */
  FAILED_PRECONDITION: "failed_precondition";
  /** A conflict, such as a transaction that lost; retry at a higher level. */
  ABORTED: "aborted";
  /** Beyond the valid range, as when reading past the end. */
  OUT_OF_RANGE: "out_of_range";
  /** The group or method does not exist, or the way to call it is not supported. */
  UNIMPLEMENTED: "unimplemented";
  /** An invariant is broken, or a peer broke the protocol. */
  INTERNAL: "internal";
  /** The other side cannot be reached at the moment. */
  UNAVAILABLE: "unavailable";
  /** Data was lost or corrupted beyond recovery. */
  DATA_LOSS: "data_loss";
  /** The caller has not proved who it is. */
  UNAUTHENTICATED: "unauthenticated";
}> = Object.freeze({
  OK: "ok",
  CANCELLED: "cancelled",
  UNKNOWN: "unknown",
  INVALID_ARGUMENT: "invalid_argument",
  DEADLINE_EXCEEDED: "deadline_exceeded",
  NOT_FOUND: "not_found",
  ALREADY_EXISTS: "already_exists",
  PERMISSION_DENIED: "permission_denied",
  RESOURCE_EXHAUSTED: "resource_exhausted",
  FAILED_PRECONDITION: "failed_precondition",
  ABORTED: "aborted",
  OUT_OF_RANGE: "out_of_range",
  UNIMPLEMENTED: "unimplemented",
  INTERNAL: "internal",
  UNAVAILABLE: "unavailable",
  DATA_LOSS: "data_loss",
  UNAUTHENTICATED: "unauthenticated",
});

/** One of the codes of {@linkcode Code}. */
export type Code = typeof Code[keyof typeof Code];

const CODES: ReadonlySet<unknown> = new Set(Object.values(Code));

/**
 * Tells whether a value is one of the codes of {@linkcode Code}.
 *
 * @param value Anything, typically the `code` of a ticket or an outcome.
 * @returns Whether it is one of the seventeen codes.
 *
 * @example A code and something else
 * ```ts
 * import { isCode } from "@ticketlink/ticketlink/links";
 * import { assert } from "@std/assert";
 *
 * assert(isCode("not_found"));
 * assert(!isCode(5));
 * ```
 */
export function isCode(value: unknown): value is Code {
  return CODES.has(value);
}
