import { linkThrough } from "./_link_through.ts";
import { type Link, NULL_LINK } from "../links/link.ts";
import type { OperationId, Ticket } from "../links/ticket.ts";
import { compact } from "./compact.ts";

/** One ticket that a {@linkcode RecordingLink} saw. */
export interface TicketRecord {
  /** `"accepted"`: said to the recorded link. `"emitted"`: said by it. */
  readonly direction: "accepted" | "emitted";
  /** The ticket, without its absent fields. */
  readonly ticket: Ticket;
}

/** How {@linkcode RecordingLink.waitFor} waits. */
export interface WaitForOptions {
  /** Ends the wait: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A link that notes what passes through it. */
export interface RecordingLink extends Link {
  /** Everything that passed, in order. */
  readonly records: readonly TicketRecord[];
  /** The tickets of both directions, in order. */
  readonly tickets: readonly Ticket[];
  /** What was said to the recorded link. */
  readonly accepted: readonly Ticket[];
  /** What the recorded link said. */
  readonly emitted: readonly Ticket[];

  /**
   * Waits until that many tickets have passed, both directions together, since the beginning or the last
   * {@linkcode clear}.
   *
   * @param count How many.
   * @param options How to wait.
   * @returns The tickets that have passed by then.
   */
  waitFor(count: number, options?: WaitForOptions): Promise<readonly Ticket[]>;

  /** Forgets what has passed. */
  clear(): void;
}

/**
 * Makes a link that stands before another one, in its place, and notes every ticket that passes, in both directions. Without
 * another one it notes what it is told and says nothing.
 *
 * @param link The link to stand before.
 * @returns The recording link, to be joined instead of `link`.
 *
 * @example See what an end says
 * ```ts
 * import { invocationEnd, joinLinks } from "@ticketlink/ticketlink/links";
 * import { recordingLink } from "@ticketlink/ticketlink/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const end = invocationEnd();
 * const recorder = recordingLink();
 * joinLinks(end, recorder);
 * end.start();
 * end.operate("demo.Log", "write", { kind: "none" }, { timeout: 1_000, payload: "a line", completion: {} });
 *
 * const [kickOff] = await recorder.waitFor(1);
 * assertEquals(kickOff?.payload, "a line");
 * await end.stop(0);
 * ```
 */
export function recordingLink(link: Link = NULL_LINK): RecordingLink {
  return new Recorder(link);
}

interface Waiter {
  readonly count: number;
  readonly resolve: (tickets: readonly Ticket[]) => void;
}

class Recorder implements RecordingLink {
  readonly #link: Link;
  readonly #waiters: Set<Waiter> = new Set();
  #records: TicketRecord[] = [];

  constructor(link: Link) {
    this.#link = link;
  }

  get records(): readonly TicketRecord[] {
    return [...this.#records];
  }

  get tickets(): readonly Ticket[] {
    return this.#records.map((record) => record.ticket);
  }

  get accepted(): readonly Ticket[] {
    return this.#of("accepted");
  }

  get emitted(): readonly Ticket[] {
    return this.#of("emitted");
  }

  acceptTicket(ticket: Ticket): void {
    this.#note("accepted", ticket);
    this.#link.acceptTicket(ticket);
  }

  joinLink(peerLink: Link): void {
    this.#link.joinLink(linkThrough(peerLink, (ticket) => {
      this.#note("emitted", ticket);
      peerLink.acceptTicket(ticket);
    }));
  }

  get reportsConsumption(): boolean {
    return this.#link.reportsConsumption === true;
  }

  get keepsDeadlines(): boolean {
    return this.#link.keepsDeadlines === true;
  }

  consumed(operationId: OperationId, payloads: number): void {
    this.#link.consumed?.(operationId, payloads);
  }

  settled(operationId: OperationId): void {
    this.#link.settled?.(operationId);
  }

  waitFor(count: number, options: WaitForOptions = {}): Promise<readonly Ticket[]> {
    const { signal } = options;
    if (this.#records.length >= count) return Promise.resolve(this.tickets);
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiters.delete(waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        count,
        resolve: (tickets) => {
          signal?.removeEventListener("abort", stop);
          resolve(tickets);
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", stop, { once: true });
    });
  }

  clear(): void {
    this.#records = [];
  }

  #of(direction: TicketRecord["direction"]): Ticket[] {
    return this.#records.filter((record) => record.direction === direction).map((record) => record.ticket);
  }

  #note(direction: TicketRecord["direction"], ticket: Ticket): void {
    this.#records.push(Object.freeze({ direction, ticket: compact(ticket) }));
    for (const waiter of this.#waiters) {
      if (waiter.count > this.#records.length) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(this.tickets);
    }
  }
}
