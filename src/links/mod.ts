/**
 * The links interface: tickets, links and how they are joined. Everything else in the library meets here.
 *
 * @example Record what passes
 * ```ts
 * import { type Link, NULL_LINK, type Ticket } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: Ticket[] = [];
 * const recorder: Link = { acceptTicket: (ticket) => seen.push(ticket), joinLink() {} };
 * recorder.joinLink(NULL_LINK);
 * recorder.acceptTicket({ operationId: "a", sequenceNumber: 0, payload: "hello" });
 * assertEquals(seen[0]?.payload, "hello");
 * ```
 *
 * @module
 */
export { Code, isCode } from "./code.ts";
export { joinLinks, type Link, NULL_LINK } from "./link.ts";
export { MethodKind } from "./method_kind.ts";
export {
  type Metadata,
  newOperationId,
  type OperationId,
  type Protocol,
  ProtocolKind,
  Subscription,
  Termination,
  type Ticket,
} from "./ticket.ts";
export type { Transport, TransportFailure, TransportTraits } from "./transport.ts";
export { validateTicket } from "./validate_ticket.ts";
