import type { Clock } from "../clock.ts";
import type { OperationId, Ticket } from "../links/mod.ts";
import type { Deadlines } from "./deadlines.ts";
import type { OutcomeKind } from "./outcome.ts";

/** What an operation needs of its end. */
export interface OperationHost {
  /** Measures time (S23). */
  readonly clock: Clock;
  /** Where the operation's deadline stands. */
  readonly deadlines: Deadlines;
  /** How many early tickets may wait (S8). */
  readonly maxHeldTickets: number;
  /** Asks that the operation's tickets leave in the next microtask. */
  schedule(sender: Sender): void;
  /** Takes the operation out, and counts it (S42). */
  ended(operationId: OperationId, kind: OutcomeKind): void;
  /** Tells the end's owner of an exception in its code (S36). */
  report(error: unknown): void;
}

/** Something whose tickets leave in the end's next microtask. */
export interface Sender {
  /** Whether it is in the end's list; the end's own. */
  scheduled: boolean;
  /** The next ticket to leave, or `undefined` if none can. */
  nextTicket(): Ticket | undefined;
  /** Called when the mate has taken a ticket. */
  handedOver(ticket: Ticket): void;
  /** Called when the mate threw at a ticket; nothing more is asked of the sender. */
  linkFailed(): void;
}
