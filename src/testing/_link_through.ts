import type { Link } from "../links/link.ts";
import type { Ticket } from "../links/ticket.ts";

/** A link that takes tickets in a way of its own, and is the same as another in all else. */
export function linkThrough(link: Link, acceptTicket: (ticket: Ticket) => void): Link {
  return {
    acceptTicket,
    joinLink: (peerLink) => link.joinLink(peerLink),
    get reportsConsumption() {
      return link.reportsConsumption === true;
    },
    consumed: (operationId, payloads) => link.consumed?.(operationId, payloads),
    settled: (operationId) => link.settled?.(operationId),
    get keepsDeadlines() {
      return link.keepsDeadlines === true;
    },
  };
}
