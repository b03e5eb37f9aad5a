import type { Clock } from "../clock.ts";
import { Code } from "../links/code.ts";
import type { MethodKind } from "../links/method_kind.ts";
import { type OperationId, Termination, type Ticket } from "../links/ticket.ts";
import { describeValue } from "../links/foreign_value.ts";
import { checkTimeout, type Deadline, type Deadlines, isTimeout } from "./deadlines.ts";
import type { FlushQueue, TicketSource } from "./flush_queue.ts";
import { ABORT_OF_LOCAL_OUTCOME, type Outcome, OutcomeKind } from "./outcome.ts";
import { type Opening, SendQueue } from "./send_queue.ts";
import type { OperationContext } from "./types.ts";

/** What an operation needs of its end. */
export interface OperationHost {
  /** Measures time (S23). */
  readonly clock: Clock;
  /** Holds the operation's deadline. */
  readonly deadlines: Deadlines;
  /** Sends the operation's tickets. */
  readonly flushQueue: FlushQueue;
  /** How many tickets may wait for earlier ones (S8). */
  readonly maxHeldTickets: number;
  /** The application has consumed payloads (S48). */
  reportConsumed(operationId: OperationId, payloads: number): void;
  /** Nothing works for an operation any more that was served (S48). */
  reportSettled(operationId: OperationId): void;
  /** Removes the operation and counts it (S42). */
  ended(operationId: OperationId, kind: OutcomeKind): void;
  /** Reports an exception of the application (S36). */
  report(error: unknown): void;
}

type TerminationCallback = (outcome: Outcome) => void;

/**
 * How long one operation lasts at one of its ends, and how it ends:
 *
 * ```text
 *            ticket 0 processed              both directions completed (S33)
 *  waiting ─────────────────────▶ running ────────────────────────────────────▶ ended: COMPLETED
 *     │                              │
 *     └──────────────────────────────┴── local cause (S29) or received abort (S30) ──▶ ended: the cause's outcome
 * ```
 *
 * The state `ended` is final. An operation extends its send queue instead of owning one: an operation of many small objects
 * takes a third more memory, and as much more time of the garbage collector.
 */
export abstract class OperationLifetime extends SendQueue implements OperationContext, Deadline, TicketSource {
  scheduled = false;
  deadlineMs: number;
  heapIndex = -1;
  methodKind: MethodKind | undefined;
  protected readonly host: OperationHost;
  /** The state; the outcome once the operation has ended. */
  protected state: "waiting" | "running" | Outcome = "waiting";
  #timeoutMs: number;
  #maximumTimeoutMs: number;
  /** The first callback. Most operations have no other. */
  #callback: TerminationCallback | undefined;
  #laterCallbacks: TerminationCallback[] | undefined;
  #isRetained = false;
  #isSettled = false;

  /**
   * @param host Its end.
   * @param operationId Its id.
   * @param opening The fields of the first ticket, which is sent at once. The service side has none yet and sets them
   * later (S2).
   * @param timeoutMs The first timeout, already clamped.
   * @param maximumTimeoutMs The longest timeout that a peer may ask for (S24, S26).
   */
  constructor(
    host: OperationHost,
    operationId: OperationId,
    opening: Opening | undefined,
    timeoutMs: number,
    maximumTimeoutMs: number,
  ) {
    const invokes = opening !== undefined;
    super(operationId, opening, invokes);
    this.host = host;
    this.methodKind = opening?.methodKind;
    if (invokes) this.queueTimeout(timeoutMs); // S1
    this.#timeoutMs = timeoutMs;
    this.#maximumTimeoutMs = maximumTimeoutMs;
    this.deadlineMs = timeoutMs;
    host.deadlines.start(this);
  }

  // OperationContext: the application calls these.

  outcome(): Outcome | undefined {
    return typeof this.state === "string" ? undefined : this.state;
  }

  addTerminationCallback(callback: TerminationCallback): Outcome | undefined {
    if (typeof callback !== "function") {
      throw new TypeError(`Cannot add the termination callback: expected a function, got ${typeof callback}`);
    }
    if (typeof this.state !== "string") return this.state;
    if (this.#callback === undefined) this.#callback = callback;
    else (this.#laterCallbacks ??= []).push(callback);
    return undefined;
  }

  timeRemaining(): number {
    if (typeof this.state !== "string") return 0;
    this.host.deadlines.startNow(this);
    return Math.max(0, this.deadlineMs - this.host.clock.now());
  }

  changeTimeout(timeoutMs: number): void {
    checkTimeout("timeoutMs", timeoutMs);
    if (typeof this.state !== "string") return;
    if (!this.isServed) this.#maximumTimeoutMs = Math.max(this.#maximumTimeoutMs, timeoutMs); // S26
    const granted = Math.min(timeoutMs, this.#maximumTimeoutMs);
    if (granted === this.#timeoutMs) return;
    this.queueTimeout(granted);
    this.scheduleTickets();
    this.#setTimeout(granted);
  }

  cancel(): void {
    this.endLocally(OutcomeKind.CANCELLED);
  }

  consumed(payloads: number): void {
    if (typeof this.state === "string") this.host.reportConsumed(this.operationId, payloads);
  }

  retain(): void {
    this.#isRetained = true;
  }

  release(): void {
    if (!this.#isRetained) return;
    this.#isRetained = false;
    if (typeof this.state !== "string") this.host.reportSettled(this.operationId);
  }

  fail(error?: unknown): void {
    if (typeof this.state !== "string") return;
    this.endLocally(OutcomeKind.LOCAL_FAILURE);
    if (error !== undefined) this.host.report(error);
  }

  // The end calls these.

  expire(): void {
    this.endLocally(OutcomeKind.EXPIRED);
  }

  /** Ends the operation because its end stops (S40). */
  shutDown(): void {
    this.endLocally(OutcomeKind.LOCAL_SHUTDOWN);
  }

  linkFailed(): void {
    this.closeSend();
    if (typeof this.state !== "string") return;
    this.end({ kind: OutcomeKind.TRANSMISSION_FAILURE, code: undefined, message: undefined });
  }

  abstract ticketSent(ticket: Ticket): void;

  /** Whether this is the service side. */
  protected abstract get isServed(): boolean;

  protected scheduleTickets(): void {
    this.host.flushQueue.schedule(this);
  }

  // Time.

  /**
   * Whether the timeout of a ticket 0 already applies, because this ticket opened the operation. If so, it must not be applied
   * again: the servicer may have changed the timeout in the meantime (S26). Tells the peer if the timeout was clamped (S24).
   */
  protected timeoutApplies({ timeout }: Ticket): boolean {
    if (!this.isServed || !isTimeout(timeout)) return false;
    if (this.#timeoutMs < timeout) this.#announceClamp(this.#timeoutMs);
    return true;
  }

  /** Applies a timeout of the peer (S25). Returns false if this ends the operation. */
  protected applyTimeout(requestedMs: number): boolean {
    if (!isTimeout(requestedMs)) {
      this.failReception(
        `a timeout must be a finite number of milliseconds above 0, got ${describeValue(requestedMs)}`,
      );
      return false;
    }
    const granted = Math.min(requestedMs, this.#maximumTimeoutMs);
    this.withdrawTimeout();
    if (granted < requestedMs) this.#announceClamp(granted);
    this.#setTimeout(granted);
    return typeof this.state === "string";
  }

  #announceClamp(timeoutMs: number): void {
    this.queueClampedTimeout(timeoutMs);
    this.scheduleTickets();
  }

  #setTimeout(timeoutMs: number): void {
    if (timeoutMs === this.#timeoutMs) return;
    this.host.deadlines.startNow(this);
    const startMs = this.deadlineMs - this.#timeoutMs;
    this.#timeoutMs = timeoutMs;
    this.deadlineMs = startMs + timeoutMs;
    if (this.deadlineMs <= this.host.clock.now()) this.expire(); // S25
    else this.host.deadlines.set(this);
  }

  // Ending.

  /** Ends the operation for a local cause (S29), and tells the peer. */
  protected endLocally(kind: OutcomeKind): void {
    if (typeof this.state !== "string") return;
    const termination = ABORT_OF_LOCAL_OUTCOME[kind];
    if (termination !== undefined) this.abort(termination, undefined, undefined);
    this.end({ kind, code: undefined, message: undefined });
  }

  /** Ends the operation because the peer broke a rule (S3, S8 to S10). */
  protected failReception(what: string, code: Code = Code.INTERNAL): void {
    this.abort(Termination.RECEPTION_FAILURE, code, `Cannot accept the ticket: ${what}`);
    this.end({ kind: OutcomeKind.RECEPTION_FAILURE, code: undefined, message: undefined });
  }

  /** Ends the operation because the application threw (S36), unless its own illegal emission has ended it already. */
  protected applicationThrew(error: unknown): void {
    this.endLocally(OutcomeKind.LOCAL_FAILURE);
    this.host.report(error);
  }

  protected end(outcome: Outcome): void {
    this.state = outcome;
    this.host.deadlines.delete(this);
    if (this.hasFinalTicket) this.scheduleTickets();
    const [first, later] = [this.#callback, this.#laterCallbacks];
    this.#callback = undefined;
    this.#laterCallbacks = undefined;
    if (first !== undefined) this.notify(first, outcome);
    if (later !== undefined) { for (const callback of later) this.notify(callback, outcome); }
    if (this.isServed) this.settle();
    this.host.ended(this.operationId, outcome.kind);
  }

  /** Says that nothing works for the operation any more, unless the application still does (S48). */
  protected settle(): void {
    if (this.#isRetained || this.#isSettled) return;
    this.#isSettled = true;
    this.host.reportSettled(this.operationId);
  }

  protected notify(callback: TerminationCallback, outcome: Outcome): void {
    try {
      callback(outcome);
    } catch (error) {
      this.host.report(error); // S37: stops no other callback and changes no count
    }
  }
}
