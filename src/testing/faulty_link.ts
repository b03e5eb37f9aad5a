import { linkThrough } from "./_link_through.ts";
import { type Clock, PLATFORM_CLOCK } from "../clock.ts";
import type { Link } from "../links/link.ts";
import type { Ticket } from "../links/ticket.ts";

/**
 * What goes wrong with the tickets of one direction. Each is asked about each ticket, with the number of tickets of that
 * direction that came before it, so that the same tickets always suffer the same.
 */
export interface Faults {
  /** Whether `acceptTicket` throws instead of taking the ticket. */
  throwOn?(ticket: Ticket, index: number): boolean;
  /** Whether the ticket is lost. */
  drop?(ticket: Ticket, index: number): boolean;
  /** What comes out instead of the ticket. */
  alter?(ticket: Ticket, index: number): Ticket;
  /** Whether the ticket comes out twice. */
  duplicate?(ticket: Ticket, index: number): boolean;
  /** How many later tickets overtake the ticket; 0 or less is none. It waits for them however long they take. */
  reorder?(ticket: Ticket, index: number): number;
  /** How many milliseconds later the ticket comes out; 0 or less is at once. */
  delay?(ticket: Ticket, index: number): number;
}

/** What is wrong with a {@linkcode faultyLink}. */
export interface FaultyLinkOptions {
  /** What goes wrong with what is said to the link. */
  readonly accepted?: Faults | undefined;
  /** What goes wrong with what the link says. */
  readonly emitted?: Faults | undefined;
  /**
   * What {@linkcode Faults.delay} is measured with.
   *
   * @default {the platform's clock}
   */
  readonly clock?: Clock | undefined;
}

/**
 * Makes a link that stands before another one, in its place, and disturbs what passes, by rule and not by chance.
 *
 * @param link The link to stand before.
 * @param options What goes wrong in which direction.
 * @returns The faulty link, to be joined instead of `link`.
 *
 * @example Lose every second ticket
 * ```ts
 * import { faultyLink, recordingLink } from "@ticketlink/ticketlink/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const recorder = recordingLink();
 * const link = faultyLink(recorder, { accepted: { drop: (_ticket, index) => index % 2 === 1 } });
 * for (let sequenceNumber = 0; sequenceNumber < 4; sequenceNumber++) {
 *   link.acceptTicket({ operationId: 1, sequenceNumber });
 * }
 * assertEquals(recorder.accepted.map((ticket) => ticket.sequenceNumber), [0, 2]);
 * ```
 */
export function faultyLink(link: Link, options: FaultyLinkOptions = {}): Link {
  const { accepted = {}, emitted = {}, clock = PLATFORM_CLOCK } = options;
  const inward = new Disturber(accepted, clock, (ticket) => link.acceptTicket(ticket));
  return {
    ...linkThrough(link, (ticket) => inward.take(ticket)),
    joinLink: (peerLink) => {
      const outward = new Disturber(emitted, clock, (ticket) => peerLink.acceptTicket(ticket));
      link.joinLink(linkThrough(peerLink, (ticket) => outward.take(ticket)));
    },
  };
}

/** A ticket that later ones overtake. */
interface Overtaken {
  readonly ticket: Ticket;
  readonly index: number;
  left: number;
}

class Disturber {
  readonly #faults: Faults;
  readonly #clock: Clock;
  readonly #pass: (ticket: Ticket) => void;
  #seen = 0;
  #overtaken: Overtaken[] = [];

  constructor(faults: Faults, clock: Clock, pass: (ticket: Ticket) => void) {
    this.#faults = faults;
    this.#clock = clock;
    this.#pass = pass;
  }

  take(ticket: Ticket): void {
    const index = this.#seen++;
    if (this.#faults.throwOn?.(ticket, index) === true) {
      throw new Error(`Link fails on purpose at ticket ${index}`);
    }
    const left = this.#faults.reorder?.(ticket, index) ?? 0;
    if (left > 0) {
      this.#overtaken.push({ ticket, index, left });
      return;
    }
    this.#emit(ticket, index);
    this.#releaseOvertaken();
  }

  #releaseOvertaken(): void {
    for (const waiting of this.#overtaken) waiting.left -= 1;
    const due = this.#overtaken.filter((waiting) => waiting.left <= 0);
    this.#overtaken = this.#overtaken.filter((waiting) => waiting.left > 0);
    for (const { ticket, index } of due) this.#emit(ticket, index);
  }

  #emit(ticket: Ticket, index: number): void {
    if (this.#faults.drop?.(ticket, index) === true) return;
    const altered = this.#faults.alter?.(ticket, index) ?? ticket;
    const delayMs = this.#faults.delay?.(ticket, index) ?? 0;
    const copies = this.#faults.duplicate?.(ticket, index) === true ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (delayMs > 0) this.#clock.setTimer(() => this.#pass(altered), delayMs);
      else this.#pass(altered);
    }
  }
}
