import { type Code, type OperationId, Termination, type Ticket } from "../links/mod.ts";
import { describeValue } from "../links/foreign_value.ts";
import type { Deadline } from "./deadlines.ts";
import { VIOLATION_CODE } from "./direction.ts";
import type { OperationContext } from "./operation_context.ts";
import type { OperationHost } from "./operation_host.ts";
import { ABORT_OF_LOCAL_OUTCOME, type Outcome, OutcomeKind } from "./outcome.ts";
import { checkTimeout, isTimeout } from "./timeout.ts";
import { type Opening, Transmission } from "./transmission.ts";

/** How an operation begins at one of its ends. */
export interface OperationStart {
  readonly operationId: OperationId;
  /** What the first ticket sent carries, which is due then; set later on the service side (S2). */
  readonly opening: Opening | undefined;
  /** The timeout that holds first, already clamped. */
  readonly timeoutMs: number;
  /** The longest timeout that a peer may ask for (S24, S26). */
  readonly maximumTimeoutMs: number;
}

type TerminationCallback = (outcome: Outcome) => void;

/**
 * How long one operation lasts at one of its ends, and how it ends:
 *
 * ```text
 *            ticket 0 processed                both directions said (S33)
 *  waiting ─────────────────────▶ running ────────────────────────────────▶ ended: COMPLETED
 *     │                              │
 *     └──────────────────────────────┴── any local cause (S29), any abort received (S30) ──▶ ended: what it means
 * ```
 *
 * Nothing leaves `ended`. It is its own sending side, since an operation of many small objects takes a third more memory and
 * as much more of the collector's time.
 */
export abstract class Lifetime extends Transmission implements OperationContext, Deadline {
  deadlineMs: number;
  heapIndex = -1;
  /** What it needs of its end. */
  protected readonly host: OperationHost;
  /** Where it stands; its outcome once it has ended. */
  protected state: "waiting" | "running" | Outcome = "waiting";
  #timeoutMs: number;
  #maximumTimeoutMs: number;
  /** Who is told of the end first; most have no other. */
  #callback: TerminationCallback | undefined;
  #laterCallbacks: TerminationCallback[] | undefined;

  constructor(host: OperationHost, start: OperationStart) {
    super(start.operationId, start.opening, start.opening !== undefined);
    this.host = host;
    if (!this.isServed) this.sayTimeout(start.timeoutMs); // S1
    this.#timeoutMs = start.timeoutMs;
    this.#maximumTimeoutMs = start.maximumTimeoutMs;
    const startMs = host.clock.now();
    this.deadlineMs = startMs + start.timeoutMs;
    host.deadlines.set(this, startMs);
  }

  // The customer's side: OperationContext.

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
    return Math.max(0, this.deadlineMs - this.host.clock.now());
  }

  changeTimeout(timeoutMs: number): void {
    checkTimeout("timeoutMs", timeoutMs);
    if (typeof this.state !== "string") return;
    if (!this.isServed) this.#maximumTimeoutMs = Math.max(this.#maximumTimeoutMs, timeoutMs); // S26
    const granted = Math.min(timeoutMs, this.#maximumTimeoutMs);
    if (granted === this.#timeoutMs) return;
    this.sayTimeout(granted);
    this.scheduleTickets();
    this.#setTimeout(granted);
  }

  cancel(): void {
    this.endLocally(OutcomeKind.CANCELLED);
  }

  fail(error?: unknown): void {
    if (typeof this.state !== "string") return;
    this.endLocally(OutcomeKind.LOCAL_FAILURE);
    if (error !== undefined) this.host.report(error);
  }

  // The end's side.

  expire(): void {
    this.endLocally(OutcomeKind.EXPIRED);
  }

  /** Ends the operation because its end stops (S40). */
  shutDown(): void {
    this.endLocally(OutcomeKind.LOCAL_SHUTDOWN);
  }

  /** Ends the operation because its tickets cannot leave. */
  linkFailed(): void {
    this.fallSilent();
    if (typeof this.state !== "string") return;
    this.end({ kind: OutcomeKind.TRANSMISSION_FAILURE, code: undefined, message: undefined });
  }

  /** Whether this is the service side. */
  protected get isServed(): boolean {
    return false;
  }

  /** There is something to send. */
  protected abstract scheduleTickets(): void;

  // Time.

  /**
   * Whether the timeout of a ticket 0 has been in force since the operation was opened by it, which is before the servicer is
   * called: what that says of the timeout must not be undone (S26). Tells the peer if it was clamped (S24).
   */
  protected holdsAlready({ timeout }: Ticket): boolean {
    if (!this.isServed || !isTimeout(timeout)) return false;
    if (this.#timeoutMs < timeout) this.#tellClamp(this.#timeoutMs);
    return true;
  }

  /** Takes a timeout of the peer's (S25); false if the operation is over already. */
  protected takeTimeout(requestedMs: number): boolean {
    if (!isTimeout(requestedMs)) {
      this.violated(`a timeout must be a finite number of milliseconds above 0, got ${describeValue(requestedMs)}`);
      return false;
    }
    const granted = Math.min(requestedMs, this.#maximumTimeoutMs);
    this.withdrawTimeout();
    if (granted < requestedMs) this.#tellClamp(granted);
    this.#setTimeout(granted);
    return typeof this.state === "string";
  }

  #tellClamp(timeoutMs: number): void {
    this.announceClamp(timeoutMs);
    this.scheduleTickets();
  }

  #setTimeout(timeoutMs: number): void {
    if (timeoutMs === this.#timeoutMs) return;
    const startMs = this.deadlineMs - this.#timeoutMs;
    this.#timeoutMs = timeoutMs;
    this.deadlineMs = startMs + timeoutMs;
    if (this.deadlineMs <= this.host.clock.now()) this.expire(); // S25
    else this.host.deadlines.set(this);
  }

  // Ending.

  /** A local cause (S29). */
  protected endLocally(kind: OutcomeKind): void {
    if (typeof this.state !== "string") return;
    const termination = ABORT_OF_LOCAL_OUTCOME[kind];
    if (termination !== undefined) this.abort(termination, undefined, undefined);
    this.end({ kind, code: undefined, message: undefined });
  }

  /** The peer broke a rule (S3, S8 to S10). */
  protected violated(what: string, code: Code = VIOLATION_CODE): void {
    this.abort(Termination.RECEPTION_FAILURE, code, `Cannot accept the ticket: ${what}`);
    this.end({ kind: OutcomeKind.RECEPTION_FAILURE, code: undefined, message: undefined });
  }

  /** The customer's code threw (S36); if it did so because of its own illegal emission, the operation is over already. */
  protected customerThrew(error: unknown): void {
    this.endLocally(OutcomeKind.LOCAL_FAILURE);
    this.host.report(error);
  }

  protected end(outcome: Outcome): void {
    this.state = outcome;
    this.host.deadlines.delete(this);
    if (this.leaving) this.scheduleTickets();
    const [first, later] = [this.#callback, this.#laterCallbacks];
    this.#callback = undefined;
    this.#laterCallbacks = undefined;
    if (first !== undefined) this.tell(first, outcome);
    if (later !== undefined) { for (const callback of later) this.tell(callback, outcome); }
    this.host.ended(this.operationId, outcome.kind);
  }

  protected tell(callback: TerminationCallback, outcome: Outcome): void {
    try {
      callback(outcome);
    } catch (error) {
      this.host.report(error); // S37: stops no other and changes no count
    }
  }
}
