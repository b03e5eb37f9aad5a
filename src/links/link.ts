import type { OperationId, Ticket } from "./ticket.ts";

/**
 * Accepts tickets and sends tickets: the narrow waist of the library. Ends, transports, recorders and relays are links.
 *
 * @example A link that stands before another one, and counts the tickets that it is given
 * ```ts
 * import { invocationEnd, joinLinks, type Link, serviceEnd, servicer } from "@ticketlink/ticketlink/links";
 * import { createClient, defineService, implement, unary } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * let count = 0;
 * function counting(link: Link): Link {
 *   return {
 *     acceptTicket(ticket) {
 *       count += 1;
 *       link.acceptTicket(ticket);
 *     },
 *     joinLink: (peerLink) => link.joinLink(peerLink),
 *     // What passes tickets on passes on what becomes of them, too (S48).
 *     get reportsConsumption() {
 *       return link.reportsConsumption === true;
 *     },
 *     consumed: (operationId, payloads) => link.consumed?.(operationId, payloads),
 *     settled: (operationId) => link.settled?.(operationId),
 *     get keepsDeadlines() {
 *       return link.keepsDeadlines === true;
 *     },
 *   };
 * }
 *
 * const Greeter = defineService("demo.Greeter", { hello: unary<string, string>() });
 * const service = serviceEnd(servicer(implement(Greeter, { hello: (name) => `Hello, ${name}` })));
 * const invocation = invocationEnd();
 * joinLinks(invocation, counting(service));
 * service.start();
 * invocation.start();
 *
 * assertEquals(await createClient(Greeter, invocation).hello("Ada"), "Hello, Ada");
 * assertEquals(count, 1);
 * ```
 */
export interface Link {
  /**
   * Takes one ticket from the peer link, the one that is joined to this one.
   *
   * It never blocks, and it never throws because of a ticket's content. If it throws, the sender ends the operation as
   * TRANSMISSION_FAILURE and sends no more tickets of it.
   *
   * It may be called at any time, also while this link sends or takes another ticket. The library's own links and ends then
   * process the ticket when they have finished with that, in the order in which tickets come (S47).
   *
   * @param ticket The ticket.
   */
  acceptTicket(ticket: Ticket): void;

  /**
   * Makes `link` the peer link, which this link sends its tickets to. It joins one direction only; joining again replaces
   * the peer link.
   *
   * @param link The new peer link.
   */
  joinLink(link: Link): void;

  /**
   * Whether this link tells its peer link by {@linkcode consumed} and {@linkcode settled} what becomes of what it takes;
   * `false` by default. If not, each payload counts as consumed when it is taken, and each operation as settled when it is
   * over. Ends and the transports of this library do.
   *
   * A link that passes tickets on passes on all three. Otherwise a server does not notice that its handlers are behind, and
   * holds what its clients send without a bound.
   */
  readonly reportsConsumption?: boolean;

  /**
   * Hears from the peer link that its application has consumed payloads of this link's tickets, which need no memory any more
   * (S48). A transport lets its own peer send others instead.
   *
   * Each payload is told once, soon after it is consumed or dropped. What is not told when an operation is over counts as
   * consumed then. It may be called at any time, as {@linkcode acceptTicket}; an unknown operation is ignored. It never
   * throws.
   *
   * @param operationId The operation.
   * @param payloads How many more payloads of it, 1 or more.
   */
  consumed?(operationId: OperationId, payloads: number): void;

  /**
   * Hears from the peer link that nothing works any more for an operation that the peer link serves (S48): once for each,
   * with its last ticket or later, as where the handler of a cancelled or a one-way call goes on. A transport counts the
   * operation until then. It may be called at any time; an unknown operation is ignored. It never throws.
   *
   * @param operationId The operation.
   */
  settled?(operationId: OperationId): void;

  /**
   * Whether this link ends its operations by itself when their timeouts have passed, as ends do (S27). Otherwise a transport
   * that it is joined to does so (S43); `false` by default.
   */
  readonly keepsDeadlines?: boolean;
}

/**
 * The link that drops every ticket and sends none. A link that is joined to it receives no answer (S43).
 *
 * @example Send a ticket to no one
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
 * let peerLink: Link | undefined;
 * const sender: Link = { acceptTicket() {}, joinLink: (link) => peerLink = link };
 *
 * joinLinks(sender, recorder);
 * peerLink?.acceptTicket({ operationId: 1, sequenceNumber: 0 });
 * assertEquals(seen.length, 1);
 * ```
 */
export function joinLinks(a: Link, b: Link): void {
  a.joinLink(b);
  b.joinLink(a);
}
