import { Code, type OperationId, ProtocolKind, Subscription, Termination, type Ticket } from "../links/mod.ts";
import { describeValue } from "../links/describe_value.ts";
import { ArrivalOrder } from "./arrival_order.ts";
import { Customer, type CustomerGuard } from "./customer.ts";
import type { Deadline } from "./deadlines.ts";
import { Direction, type Violation, VIOLATION_CODE } from "./direction.ts";
import type { OperationContext } from "./operation_context.ts";
import type { OperationHost, Sender } from "./operation_host.ts";
import type { OperationSubscription } from "./operation_subscription.ts";
import type { Completion, Operator, Step } from "./operator.ts";
import { ABORT_OF_LOCAL_OUTCOME, type Outcome, OutcomeKind, outcomeOfReceivedAbort } from "./outcome.ts";
import { NoSuchMethodError, type Servicer } from "./servicer.ts";
import { checkTimeout, invalidOpeningField, isTimeout } from "./timeout.ts";
import { type Opening, Transmission } from "./transmission.ts";
import { ReceiveWindow } from "./window.ts";

/** How an operation begins at one of its ends. */
export interface OperationStart {
  readonly operationId: OperationId;
  /** Answers the operation; absent on the invocation side. */
  readonly servicer: Servicer | undefined;
  /** What the first ticket sent carries; set later on the service side (S2). */
  readonly opening: Opening | undefined;
  /** Whether the ticket that opens it is number 0, whose timeout then holds from the beginning. */
  readonly openedByKickOff: boolean;
  /** The timeout that holds first, already clamped. */
  readonly timeoutMs: number;
  /** The longest timeout that a peer may ask for (S24, S26). */
  readonly maximumTimeoutMs: number;
}

/**
 * One operation at one of its ends, from its first ticket to its outcome. It is both the customer's context and the
 * operator that the customer speaks to.
 *
 * ```text
 *            ticket 0 processed                both directions said (S33)
 *  waiting ─────────────────────▶ running ────────────────────────────────▶ ended: COMPLETED
 *     │                              │
 *     └──────────────────────────────┴── any local cause (S29), any abort received (S30) ──▶ ended: what it means
 * ```
 *
 * Nothing leaves `ended`. Each direction has a course of its own: `Direction` for what is said, `Transmission` for what has
 * left.
 */
export class ActiveOperation implements OperationContext, Operator, Deadline, Sender, CustomerGuard {
  readonly operationId: OperationId;
  deadlineMs: number;
  heapIndex = -1;
  scheduled = false;
  readonly #host: OperationHost;
  readonly #servicer: Servicer | undefined;
  readonly #startMs: number;
  readonly #openedByKickOff: boolean;
  readonly #transmission: Transmission;
  readonly #receiveWindow = new ReceiveWindow();
  readonly #order: ArrivalOrder;
  readonly #said = new Direction();
  readonly #heard = new Direction();
  #state: "waiting" | "running" | Outcome = "waiting";
  readonly #customer: Customer;
  #timeoutMs: number;
  #maximumTimeoutMs: number;
  #ingested: Completion | undefined;
  #callbacks: ((outcome: Outcome) => void)[] | undefined;

  constructor(host: OperationHost, start: OperationStart) {
    this.#host = host;
    this.#servicer = start.servicer;
    this.#openedByKickOff = start.openedByKickOff;
    this.operationId = start.operationId;
    this.#transmission = new Transmission(start.operationId, start.opening, start.servicer === undefined);
    if (start.servicer === undefined) this.#transmission.sayTimeout(start.timeoutMs); // S1
    this.#order = new ArrivalOrder(host.maxHeldTickets);
    this.#customer = new Customer(this);
    this.#timeoutMs = start.timeoutMs;
    this.#maximumTimeoutMs = start.maximumTimeoutMs;
    this.#startMs = host.clock.now();
    this.deadlineMs = this.#startMs + start.timeoutMs;
    host.deadlines.set(this, this.#startMs);
  }

  // The customer's side: OperationContext and Operator.

  outcome(): Outcome | undefined {
    return typeof this.#state === "string" ? undefined : this.#state;
  }

  addTerminationCallback(callback: (outcome: Outcome) => void): Outcome | undefined {
    if (typeof callback !== "function") {
      throw new TypeError(`Cannot add the termination callback: expected a function, got ${typeof callback}`);
    }
    if (typeof this.#state !== "string") return this.#state;
    // A literal has room for one, which is what most have; the first that is pushed makes room for seventeen.
    if (this.#callbacks === undefined) this.#callbacks = [callback];
    else this.#callbacks.push(callback);
    return undefined;
  }

  timeRemaining(): number {
    if (typeof this.#state !== "string") return 0;
    return Math.max(0, this.deadlineMs - this.#host.clock.now());
  }

  changeTimeout(timeoutMs: number): void {
    checkTimeout("timeoutMs", timeoutMs);
    if (typeof this.#state !== "string") return;
    if (this.#servicer === undefined) this.#maximumTimeoutMs = Math.max(this.#maximumTimeoutMs, timeoutMs); // S26
    const granted = Math.min(timeoutMs, this.#maximumTimeoutMs);
    if (granted === this.#timeoutMs) return;
    this.#transmission.sayTimeout(granted);
    this.#host.schedule(this);
    this.#setTimeout(granted);
  }

  cancel(): void {
    this.#endLocally(OutcomeKind.CANCELLED);
  }

  fail(error?: unknown): void {
    if (typeof this.#state !== "string") return;
    this.#endLocally(OutcomeKind.LOCAL_FAILURE);
    if (error !== undefined) this.#host.report(error);
  }

  advance(step: Step): void {
    if (typeof this.#state !== "string") return; // S21
    const violation = this.#said.advance(step, step.completion !== undefined);
    if (violation !== undefined) {
      this.#endLocally(OutcomeKind.LOCAL_FAILURE);
      throw emissionError(violation);
    }
    if (step.allowance !== undefined) this.#receiveWindow.grant(step.allowance);
    this.#transmission.say(step);
    this.#host.schedule(this);
  }

  // The end's side.

  /** Sets what the customer wants of what comes back, and where it goes. */
  subscribe(subscription: OperationSubscription): void {
    this.#customer.subscribe(subscription);
    if (subscription.kind !== "termination") return;
    const callback = (ended: Outcome) => subscription.terminationCallback(ended);
    const outcome = this.addTerminationCallback(callback);
    if (outcome !== undefined) this.#tell(callback, outcome);
  }

  /** Takes a ticket of the peer's (S7). */
  accept(ticket: Ticket): void {
    if (typeof this.#state !== "string") return;
    const { termination } = ticket;
    if (termination !== undefined && termination !== Termination.COMPLETION) return this.#acceptAbort(ticket);
    switch (this.#order.admit(ticket)) {
      case "next":
        return this.#processRun(ticket);
      case "held":
        return;
      case "duplicate":
        return this.#violated(`sequence number ${describeValue(ticket.sequenceNumber)} is not new`);
      case "overflow":
        return this.#violated(
          `more than ${this.#host.maxHeldTickets} tickets wait for sequence number ${this.#order.expected} ` +
            "(maxHeldTickets)",
          Code.RESOURCE_EXHAUSTED,
        );
    }
  }

  expire(): void {
    this.#endLocally(OutcomeKind.EXPIRED);
  }

  /** Ends the operation because its end stops (S40). */
  shutDown(): void {
    this.#endLocally(OutcomeKind.LOCAL_SHUTDOWN);
  }

  nextTicket(): Ticket | undefined {
    return this.#transmission.next();
  }

  handedOver(ticket: Ticket): void {
    if (ticket.termination === Termination.COMPLETION) this.#completeIfDone();
  }

  linkFailed(): void {
    this.#transmission.fallSilent();
    if (typeof this.#state !== "string") return;
    this.#end({ kind: OutcomeKind.TRANSMISSION_FAILURE, code: undefined, message: undefined });
  }

  // Arrival.

  #acceptAbort(ticket: Ticket): void {
    if (this.#order.isViolation(ticket)) {
      return this.#violated(`sequence number ${describeValue(ticket.sequenceNumber)} is not new`);
    }
    const kind = outcomeOfReceivedAbort(ticket.termination);
    if (kind === undefined) return this.#violated(`there is no termination ${describeValue(ticket.termination)}`);
    this.#transmission.fallSilent();
    this.#end({ kind, code: ticket.code, message: ticket.message });
  }

  #processRun(first: Ticket): void {
    let ticket: Ticket | undefined = first;
    while (ticket !== undefined && typeof this.#state === "string") {
      this.#process(ticket);
      ticket = this.#order.takeNext();
    }
  }

  /** Processes one ticket, in the order of S12. */
  #process(ticket: Ticket): void {
    const holds = this.#state === "waiting" && this.#holdsAlready(ticket);
    if (this.#state === "waiting" && !this.#begin(ticket)) return;
    if (ticket.timeout !== undefined && !holds && !this.#takeTimeout(ticket.timeout)) return;
    const completes = ticket.termination === Termination.COMPLETION;
    const violation = this.#heard.advance(ticket, completes);
    if (violation !== undefined) return this.#violated(violation.what);
    if (ticket.payload !== undefined && !this.#receiveWindow.receive()) {
      return this.#violated("a payload came beyond the granted allowance");
    }
    const completion = completes ? completionOf(ticket) : undefined;
    this.#customer.deliver(ticket, completion);
    if (typeof this.#state !== "string") return;
    if (completion !== undefined) this.#ingested = completion; // S9: grants and timeouts may follow it
    if (ticket.allowance !== undefined) {
      this.#transmission.window.credit(ticket.allowance);
      this.#host.schedule(this);
    }
    if (completes) this.#completeIfDone();
  }

  #begin(ticket: Ticket): boolean {
    this.#state = "running";
    const audience = ticket.subscription ?? Subscription.FULL;
    this.#transmission.setAudience(audience, this.#servicer !== undefined);
    if (this.#servicer === undefined) {
      // What the peer does not want no longer stands before a completion.
      if (audience !== Subscription.FULL) this.#host.schedule(this);
      return this.#tellContext(ticket, ProtocolKind.INVOCATION_CONTEXT);
    }
    const field = invalidOpeningField(ticket);
    if (field !== undefined) {
      this.#violated(field, Code.INVALID_ARGUMENT); // S3
      return false;
    }
    return this.#serve(this.#servicer, ticket) && this.#tellContext(ticket, ProtocolKind.SERVICER_CONTEXT);
  }

  /** Calls the servicer; false if the operation is over already. */
  #serve(servicer: Servicer, { group = "", method = "" }: Ticket): boolean {
    try {
      const subscription = servicer.service(group, method, this, this);
      this.#transmission.setOpening({ subscription: subscription.kind });
      this.subscribe(subscription);
    } catch (error) {
      if (error instanceof NoSuchMethodError) this.#noSuchMethod(error, group, method);
      else this.customerThrew(error);
    }
    return typeof this.#state === "string";
  }

  #noSuchMethod(error: NoSuchMethodError, group: string, method: string): void {
    if (typeof this.#state !== "string") return;
    const code = error.code ?? Code.UNIMPLEMENTED;
    const message = error.message === "" ? `No method "${method}" in group "${group}"` : error.message;
    this.#transmission.abort(Termination.REMOTE_FAILURE, code, message);
    this.#end({ kind: OutcomeKind.REMOTE_FAILURE, code, message });
  }

  /** Tells the customer what the transport says on ticket 0 (S38); false if the operation is over already. */
  #tellContext({ protocol }: Ticket, kind: ProtocolKind): boolean {
    this.#customer.tellContext(protocol?.kind === kind ? protocol.value : undefined);
    return typeof this.#state === "string";
  }

  // Time.

  /**
   * Whether the timeout of a ticket 0 has been in force since the operation was opened by it, which is before the servicer is
   * called: what that says of the timeout must not be undone (S26). Tells the peer if it was clamped (S24).
   */
  #holdsAlready({ timeout }: Ticket): boolean {
    if (this.#servicer === undefined || !this.#openedByKickOff || !isTimeout(timeout)) return false;
    if (this.#timeoutMs < timeout) {
      this.#transmission.announceClamp(this.#timeoutMs);
      this.#host.schedule(this);
    }
    return true;
  }

  #takeTimeout(requestedMs: number): boolean {
    if (!(Number.isFinite(requestedMs) && requestedMs > 0)) {
      this.#violated(`a timeout must be a finite number of milliseconds above 0, got ${describeValue(requestedMs)}`);
      return false;
    }
    const granted = Math.min(requestedMs, this.#maximumTimeoutMs);
    this.#transmission.withdrawTimeout();
    if (granted < requestedMs) {
      this.#transmission.announceClamp(granted);
      this.#host.schedule(this);
    }
    this.#setTimeout(granted);
    return typeof this.#state === "string";
  }

  #setTimeout(timeoutMs: number): void {
    if (timeoutMs === this.#timeoutMs) return;
    this.#timeoutMs = timeoutMs;
    this.deadlineMs = this.#startMs + timeoutMs;
    if (this.deadlineMs <= this.#host.clock.now()) this.expire(); // S25
    else this.#host.deadlines.set(this);
  }

  // Ending.

  #completeIfDone(): void {
    if (typeof this.#state !== "string" || !this.#isDone()) return;
    this.#transmission.close(); // S33: closes the direction if it is still open
    const { code, message } = this.#ingested ?? {};
    this.#end({ kind: OutcomeKind.COMPLETED, code, message });
  }

  /** S13 and S33: who waits for what. */
  #isDone(): boolean {
    const ingested = this.#ingested !== undefined;
    if (this.#transmission.muted) return ingested;
    if (this.#customer.wantsNothing) return this.#transmission.completed;
    return this.#servicer === undefined ? ingested : ingested && this.#transmission.completed;
  }

  /** A local cause (S29). */
  #endLocally(kind: OutcomeKind): void {
    if (typeof this.#state !== "string") return;
    const termination = ABORT_OF_LOCAL_OUTCOME[kind];
    if (termination !== undefined) this.#transmission.abort(termination, undefined, undefined);
    this.#end({ kind, code: undefined, message: undefined });
  }

  /** The peer broke a rule (S3, S8 to S10). */
  #violated(what: string, code: Code = VIOLATION_CODE): void {
    this.#transmission.abort(Termination.RECEPTION_FAILURE, code, `Cannot accept the ticket: ${what}`);
    this.#end({ kind: OutcomeKind.RECEPTION_FAILURE, code: undefined, message: undefined });
  }

  /** The customer's code threw (S36); if it did so because of its own illegal emission, the operation is over already. */
  customerThrew(error: unknown): void {
    this.#endLocally(OutcomeKind.LOCAL_FAILURE);
    this.#host.report(error);
  }

  #end(outcome: Outcome): void {
    this.#state = outcome;
    this.#order.clear();
    this.#host.deadlines.delete(this);
    if (this.#transmission.leaving) this.#host.schedule(this);
    const callbacks = this.#callbacks;
    this.#callbacks = undefined;
    if (callbacks !== undefined) { for (const callback of callbacks) this.#tell(callback, outcome); }
    this.#host.ended(this, outcome.kind);
  }

  #tell(callback: (outcome: Outcome) => void, outcome: Outcome): void {
    try {
      callback(outcome);
    } catch (error) {
      this.#host.report(error); // S37: stops no other and changes no count
    }
  }
}

function completionOf({ terminalMetadata, code, message }: Ticket): Completion {
  return { terminalMetadata, code, message };
}

function emissionError({ what, outOfRange }: Violation): Error {
  const message = `Cannot advance the operation: ${what}`;
  return outOfRange ? new RangeError(message) : new TypeError(message);
}
