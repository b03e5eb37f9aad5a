import { Termination } from "../links/ticket.ts";

/**
 * How an operation ended, as one end sees it (SEMANTICS §1, S29, S30).
 *
 * @example Kinds are plain strings
 * ```ts
 * import { OutcomeKind } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(OutcomeKind.LOCAL_SHUTDOWN, "local shutdown");
 * ```
 */
export const OutcomeKind: Readonly<{
  /** Both directions completed. The code may still say that the call failed. */
  COMPLETED: "completed";
  /** One of the applications cancelled. */
  CANCELLED: "cancelled";
  /** The timeout expired. */
  EXPIRED: "expired";
  /** This end was stopped. */
  LOCAL_SHUTDOWN: "local shutdown";
  /** The other end was stopped. */
  REMOTE_SHUTDOWN: "remote shutdown";
  /** One side received something that breaks the rules. */
  RECEPTION_FAILURE: "reception failure";
  /** The link failed. */
  TRANSMISSION_FAILURE: "transmission failure";
  /** The application on this side failed. */
  LOCAL_FAILURE: "local failure";
  /** The application on the other side failed. */
  REMOTE_FAILURE: "remote failure";
}> = Object.freeze({
  COMPLETED: "completed",
  CANCELLED: "cancelled",
  EXPIRED: "expired",
  LOCAL_SHUTDOWN: "local shutdown",
  REMOTE_SHUTDOWN: "remote shutdown",
  RECEPTION_FAILURE: "reception failure",
  TRANSMISSION_FAILURE: "transmission failure",
  LOCAL_FAILURE: "local failure",
  REMOTE_FAILURE: "remote failure",
});

/** One of the members of {@linkcode OutcomeKind}. */
export type OutcomeKind = typeof OutcomeKind[keyof typeof OutcomeKind];

/** How one operation ended, with the peer's code and message. */
export interface Outcome {
  /** How it ended. */
  readonly kind: OutcomeKind;
  /** The peer's code, if it gave one (S34). */
  readonly code: unknown;
  /** The peer's message, if it gave one (S34). */
  readonly message: unknown;
}

/** An abort: any termination but a completion. */
type Abort = Exclude<Termination, "completion">;

/** Each abort: the outcome at the end that it tells the peer of (S29), and that at the end that receives it (S30). */
const ABORTS: readonly (readonly [Abort, told: OutcomeKind, received: OutcomeKind])[] = [
  [Termination.CANCELLATION, OutcomeKind.CANCELLED, OutcomeKind.CANCELLED],
  [Termination.EXPIRATION, OutcomeKind.EXPIRED, OutcomeKind.EXPIRED],
  [Termination.SHUTDOWN, OutcomeKind.LOCAL_SHUTDOWN, OutcomeKind.REMOTE_SHUTDOWN],
  [Termination.RECEPTION_FAILURE, OutcomeKind.RECEPTION_FAILURE, OutcomeKind.RECEPTION_FAILURE],
  [Termination.TRANSMISSION_FAILURE, OutcomeKind.TRANSMISSION_FAILURE, OutcomeKind.TRANSMISSION_FAILURE],
  [Termination.LOCAL_FAILURE, OutcomeKind.LOCAL_FAILURE, OutcomeKind.REMOTE_FAILURE],
  [Termination.REMOTE_FAILURE, OutcomeKind.REMOTE_FAILURE, OutcomeKind.LOCAL_FAILURE],
];

const TELLING: ReadonlyMap<OutcomeKind, Abort> = new Map(ABORTS.map(([abort, told]) => [told, abort]));
const RECEIVED: ReadonlyMap<unknown, OutcomeKind> = new Map(ABORTS.map(([abort, , received]) => [abort, received]));

/** The abort that tells the peer of a local outcome (S29); `undefined` for a completion. */
export function abortOfLocalOutcome(kind: OutcomeKind): Abort | undefined {
  return TELLING.get(kind);
}

/**
 * The outcome of an abort at the end that receives it (S30), or `undefined` if the value is no abort. The type of a ticket
 * proves nothing here: its link may not be of this library.
 */
export function outcomeOfReceivedAbort(termination: unknown): OutcomeKind | undefined {
  return RECEIVED.get(termination);
}
