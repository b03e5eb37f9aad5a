/**
 * The sender's interest in what comes back (SEMANTICS §1, S13).
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
  /** Nothing at all is sent back. */
  NONE: "none";
  /** Only how the operation ended. */
  TERMINATION: "termination";
  /** Everything. */
  FULL: "full";
}> = Object.freeze({ NONE: "none", TERMINATION: "termination", FULL: "full" });

/** One of the members of {@linkcode Subscription}. */
export type Subscription = typeof Subscription[keyof typeof Subscription];
