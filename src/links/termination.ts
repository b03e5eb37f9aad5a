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
  /** All is said in this direction (S32). */
  COMPLETION: "completion";
  /** The sender's customer cancelled. */
  CANCELLATION: "cancellation";
  /** The sender's timer ran out (S27). */
  EXPIRATION: "expiration";
  /** The sender's end stops (S40). */
  SHUTDOWN: "shutdown";
  /** The sender was sent something that breaks the rules (S3, S8 to S10). */
  RECEPTION_FAILURE: "reception failure";
  /** The sender could not send. */
  TRANSMISSION_FAILURE: "transmission failure";
  /** The sender's own code failed. */
  LOCAL_FAILURE: "local failure";
  /** The receiver of this ticket is at fault, as with a method that does not exist (S35). */
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
