import { Code, ProtocolKind, Subscription, Termination, type Ticket } from "../links/mod.ts";
import { describeValue } from "../links/foreign_value.ts";
import { ArrivalOrder } from "./arrival_order.ts";
import { deliver, tellContext } from "./customer.ts";
import { nextStage, type Stage, type Violation } from "./direction.ts";
import { Lifetime } from "./lifetime.ts";
import type { Sender } from "./operation_host.ts";
import type { OperationSubscription } from "./operation_subscription.ts";
import type { Completion, Operator, Step } from "./operator.ts";
import { type Outcome, OutcomeKind, outcomeOfReceivedAbort } from "./outcome.ts";
import { addAllowance, IMPLICIT_ALLOWANCE } from "./window.ts";

/** One for all, as most complete without a word. */
const EMPTY_COMPLETION: Completion = Object.freeze({
  terminalMetadata: undefined,
  code: undefined,
  message: undefined,
});

/**
 * One operation at the end that has invoked it, and most of one at the end that serves it: what the customer says and what
 * arrives of the peer. It is both the customer's context and the operator that the customer speaks to.
 */
export class ActiveOperation extends Lifetime implements Operator, Sender {
  scheduled = false;
  #subscription: OperationSubscription | undefined;
  #said: Stage = "fresh";
  #heard: Stage = "fresh";
  /** Payloads that this side allows the peer to send. */
  #window = IMPLICIT_ALLOWANCE;
  /** The number that is processed next, as long as tickets come in order (S7). */
  #expected = 0;
  /** Since one has not. */
  #order: ArrivalOrder | undefined;
  #ingested: Completion | undefined;

  // The customer's side: Operator.

  advance(step: Step): void {
    if (typeof this.state !== "string") return; // S21
    const stage = nextStage(this.#said, step, step.completion !== undefined);
    if (typeof stage !== "string") {
      this.endLocally(OutcomeKind.LOCAL_FAILURE);
      throw emissionError(stage);
    }
    this.#said = stage;
    if (step.allowance !== undefined) this.#window = addAllowance(this.#window, step.allowance);
    this.say(step);
    this.host.schedule(this);
  }

  // The end's side.

  /** Sets what the customer wants of what comes back, and where it goes. */
  subscribe(subscription: OperationSubscription): void {
    this.#subscription = subscription;
    if (subscription.kind !== "termination") return;
    const callback = (ended: Outcome) => subscription.terminationCallback(ended);
    const outcome = this.addTerminationCallback(callback);
    if (outcome !== undefined) this.tell(callback, outcome);
  }

  /** Takes a ticket of the peer's (S7). */
  accept(ticket: Ticket): void {
    if (typeof this.state !== "string") return;
    const { termination } = ticket;
    if (termination !== undefined && termination !== Termination.COMPLETION) return this.#acceptAbort(ticket);
    if (this.#isExpected(ticket)) {
      this.#expected += 1;
      return this.#process(ticket);
    }
    this.#acceptOutOfOrder(ticket, this.#arrivalOrder());
  }

  nextTicket(): Ticket | undefined {
    return this.next();
  }

  handedOver(ticket: Ticket): void {
    if (ticket.termination === Termination.COMPLETION) this.#completeIfDone();
  }

  protected override scheduleTickets(): void {
    this.host.schedule(this);
  }

  // Arrival.

  /** Whether a ticket is the next one, where none has come out of order before. */
  #isExpected({ sequenceNumber }: Ticket): boolean {
    return this.#order === undefined && sequenceNumber === this.#expected;
  }

  /** The order in which tickets come; made when the first is not the expected one. */
  #arrivalOrder(): ArrivalOrder {
    return this.#order ??= new ArrivalOrder(this.host.maxHeldTickets, this.#expected);
  }

  #acceptOutOfOrder(ticket: Ticket, order: ArrivalOrder): void {
    switch (order.admit(ticket)) {
      case "next":
        return this.#processRun(ticket, order);
      case "held":
        return;
      case "duplicate":
        return this.violated(`sequence number ${describeValue(ticket.sequenceNumber)} is not new`);
      case "overflow":
        return this.violated(
          `more than ${this.host.maxHeldTickets} tickets wait for sequence number ${order.expected} (maxHeldTickets)`,
          Code.RESOURCE_EXHAUSTED,
        );
    }
  }

  #acceptAbort(ticket: Ticket): void {
    if (!this.#isExpected(ticket) && this.#arrivalOrder().isViolation(ticket)) {
      return this.violated(`sequence number ${describeValue(ticket.sequenceNumber)} is not new`);
    }
    const kind = outcomeOfReceivedAbort(ticket.termination);
    if (kind === undefined) return this.violated(`there is no termination ${describeValue(ticket.termination)}`);
    this.fallSilent();
    this.end({ kind, code: ticket.code, message: ticket.message });
  }

  #processRun(first: Ticket, order: ArrivalOrder): void {
    let ticket: Ticket | undefined = first;
    while (ticket !== undefined && typeof this.state === "string") {
      this.#process(ticket);
      ticket = order.takeNext();
    }
  }

  /** Processes one ticket, in the order of S12. */
  #process(ticket: Ticket): void {
    // An operation that another ticket has opened has its order since.
    const holds = this.state === "waiting" && this.#order === undefined && this.holdsAlready(ticket);
    if (this.state === "waiting" && !this.begin(ticket)) return;
    if (ticket.timeout !== undefined && !holds && !this.takeTimeout(ticket.timeout)) return;
    const completes = ticket.termination === Termination.COMPLETION;
    const stage = nextStage(this.#heard, ticket, completes);
    if (typeof stage !== "string") return this.violated(stage.what);
    this.#heard = stage;
    if (ticket.payload !== undefined) {
      if (this.#window === 0) return this.violated("a payload came beyond the granted allowance");
      this.#window -= 1;
    }
    const completion = completes ? completionOf(ticket) : undefined;
    this.#deliver(ticket, completion);
    if (typeof this.state !== "string") return;
    if (completion !== undefined) this.#ingested = completion; // S9: grants and timeouts may follow it
    if (ticket.allowance !== undefined) {
      this.credit(ticket.allowance);
      this.host.schedule(this);
    }
    if (completes) this.#completeIfDone();
  }

  #deliver(ticket: Ticket, completion: Completion | undefined): void {
    try {
      deliver(this.#subscription, ticket, completion);
    } catch (error) {
      this.customerThrew(error);
    }
  }

  // The first ticket.

  /** Takes what only the first ticket says; false if the operation is over already. */
  protected begin(ticket: Ticket): boolean {
    this.state = "running";
    const audience = ticket.subscription ?? Subscription.FULL;
    this.setAudience(audience, false);
    // What the peer does not want no longer stands before a completion.
    if (audience !== Subscription.FULL) this.host.schedule(this);
    return this.tellContext(ticket, ProtocolKind.INVOCATION_CONTEXT);
  }

  /** Tells the customer what the transport says on ticket 0 (S38); false if the operation is over already. */
  protected tellContext({ protocol }: Ticket, kind: ProtocolKind): boolean {
    try {
      tellContext(this.#subscription, protocol?.kind === kind ? protocol.value : undefined);
    } catch (error) {
      this.customerThrew(error);
    }
    return typeof this.state === "string";
  }

  // Completion.

  #completeIfDone(): void {
    if (typeof this.state !== "string" || !this.#isDone()) return;
    this.close(); // S33: closes the direction if it is still open
    this.end({ kind: OutcomeKind.COMPLETED, code: this.#ingested?.code, message: this.#ingested?.message });
  }

  /** S13 and S33: who waits for what. */
  #isDone(): boolean {
    const ingested = this.#ingested !== undefined;
    if (this.muted) return ingested;
    if (this.#subscription?.kind === "none") return this.completed;
    return ingested && (!this.isServed || this.completed);
  }

  protected override end(outcome: Outcome): void {
    this.#order = undefined;
    super.end(outcome);
  }
}

function completionOf({ terminalMetadata, code, message }: Ticket): Completion {
  if (terminalMetadata === undefined && code === undefined && message === undefined) return EMPTY_COMPLETION;
  return { terminalMetadata, code, message };
}

function emissionError({ what, outOfRange }: Violation): Error {
  const message = `Cannot advance the operation: ${what}`;
  return outOfRange ? new RangeError(message) : new TypeError(message);
}
