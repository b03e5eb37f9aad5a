import type { Ticket } from "../links/ticket.ts";

/**
 * Returns a ticket without the fields that are `undefined`, so that it equals a literal that does not name them.
 *
 * @param ticket A ticket.
 * @returns A frozen copy.
 *
 * @example Compare with a literal
 * ```ts
 * import { compact } from "@ticketlink/ticketlink/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const ticket = { operationId: 1, sequenceNumber: 0, payload: "hello", code: undefined };
 * assertEquals(compact(ticket), { operationId: 1, sequenceNumber: 0, payload: "hello" });
 * ```
 */
export function compact(ticket: Ticket): Ticket {
  const { operationId, sequenceNumber, ...rest } = ticket;
  const present = Object.entries(rest).filter(([, value]) => value !== undefined);
  return Object.freeze({ operationId, sequenceNumber, ...Object.fromEntries(present) });
}
