import type { Link } from "./link.ts";
import type { Ticket } from "./ticket.ts";

/**
 * Takes tickets in for one link, one at a time and in the order in which they come (S47).
 *
 * A ticket may come at any time: also while the link hands one to its peer link, or takes an earlier one in. Such a ticket
 * waits until that is done. So links do not re-enter each other, and what one does with a ticket is never half done when the
 * next one comes.
 *
 * ```text
 *        accept(), emit()
 *  idle ──────────────────▶ busy: tickets wait
 *    ▲                        │
 *    └─ done, and none waits ─┘
 * ```
 */
export class TicketIntake {
  readonly #take: (ticket: Ticket) => void;
  readonly #report: (error: unknown) => void;
  #isBusy = false;
  #waiting: Ticket[] = [];

  /**
   * @param take Processes a ticket.
   * @param report Gets what `take` throws for a ticket that has waited: its sender cannot be told any more. Never throws.
   */
  constructor(take: (ticket: Ticket) => void, report: (error: unknown) => void) {
    this.#take = take;
    this.#report = report;
  }

  /** Takes a ticket in, now or when the link is done with what it does. Throws what `take` throws for this ticket now. */
  accept(ticket: Ticket): void {
    if (this.#isBusy) {
      this.#waiting.push(ticket);
      return;
    }
    this.#isBusy = true;
    try {
      this.#take(ticket);
    } finally {
      if (this.#waiting.length > 0) this.#takeWaiting();
      this.#isBusy = false;
    }
  }

  /** Hands a ticket to the peer link. Throws what that throws. */
  emit(peerLink: Link, ticket: Ticket): void {
    if (this.#isBusy) return peerLink.acceptTicket(ticket);
    this.#isBusy = true;
    try {
      peerLink.acceptTicket(ticket);
    } finally {
      if (this.#waiting.length > 0) this.#takeWaiting();
      this.#isBusy = false;
    }
  }

  /** Those that come meanwhile are taken as well: one after the other, however long the chain, and not one within the other. */
  #takeWaiting(): void {
    while (this.#waiting.length > 0) {
      const tickets = this.#waiting;
      this.#waiting = [];
      for (const ticket of tickets) {
        try {
          this.#take(ticket);
        } catch (error) {
          this.#report(error);
        }
      }
    }
  }
}
