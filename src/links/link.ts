import type { Ticket } from "./ticket.ts";

/**
 * Whatever accepts and emits tickets: the narrow waist of the library. Ends, transports, recorders and relays are all
 * links.
 */
export interface Link {
  /**
   * Takes one ticket from this link's mate.
   *
   * It never blocks, and it never throws for what the ticket says. If it throws all the same, the sender ends the
   * operation as TRANSMISSION_FAILURE and sends nothing more for it.
   *
   * @param ticket The ticket.
   */
  acceptTicket(ticket: Ticket): void;

  /**
   * Makes `link` the mate that this link sends its tickets to. One direction only; joining again replaces the mate.
   *
   * @param link The new mate.
   */
  joinLink(link: Link): void;
}

/**
 * The link that swallows every ticket and sends none. What is joined to it hears nothing (S43).
 *
 * @example An end that nobody answers
 * ```ts
 * import { NULL_LINK } from "@ticketlink/ticketlink/links";
 *
 * NULL_LINK.acceptTicket({ operationId: 1, sequenceNumber: 0 });
 * ```
 */
export const NULL_LINK: Link = Object.freeze({
  acceptTicket(_ticket: Ticket): void {},
  joinLink(_link: Link): void {},
});

/**
 * Joins two links to each other, both directions.
 *
 * @param a One link.
 * @param b The other.
 *
 * @example A recorder at the far side
 * ```ts
 * import { joinLinks, type Link, type Ticket } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: Ticket[] = [];
 * const recorder: Link = { acceptTicket: (ticket) => seen.push(ticket), joinLink() {} };
 * let mate: Link | undefined;
 * const sender: Link = { acceptTicket() {}, joinLink: (link) => mate = link };
 *
 * joinLinks(sender, recorder);
 * mate?.acceptTicket({ operationId: 1, sequenceNumber: 0 });
 * assertEquals(seen.length, 1);
 * ```
 */
export function joinLinks(a: Link, b: Link): void {
  a.joinLink(b);
  b.joinLink(a);
}
