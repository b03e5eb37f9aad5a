import { Code } from "../links/code.ts";
import { type ProtocolKind, Termination, type Ticket } from "../links/ticket.ts";
import { describeValue } from "../links/foreign_value.ts";
import { addAllowance, ArrivalOrder, IMPLICIT_ALLOWANCE, nextStage, type Stage, type Violation } from "./direction.ts";
import { OperationLifetime } from "./operation_lifetime.ts";
import { type Outcome, OutcomeKind, outcomeOfReceivedAbort } from "./outcome.ts";
import type { Completion, OperationSubscription, Operator, Step } from "./types.ts";

/** A completion without fields, which most are: one object for all. */
const EMPTY_COMPLETION: Completion = Object.freeze({
  terminalMetadata: undefined,
  code: undefined,
  message: undefined,
});

/** The outcome of most operations: one object for all. */
const PLAIN_SUCCESS: Outcome = Object.freeze({ kind: OutcomeKind.COMPLETED, code: undefined, message: undefined });

/**
 * One operation at one of its ends: takes the application's steps, processes the peer's tickets, and completes when both
 * directions have. It is both the context and the operator that the application gets.
 *
 * An invoked and a served operation differ in what their first ticket means.
 */
export abstract class BaseOperation extends OperationLifetime implements Operator {
  #subscription: OperationSubscription | undefined;
  #sendStage: Stage = "initial";
  #receiveStage: Stage = "initial";
  /** Payloads that this side allows the peer to send. */
  #receiveWindow = IMPLICIT_ALLOWANCE;
  /** The next sequence number to process, as long as tickets arrive in order (S7). */
  #expected = 0;
  /** Takes over once a ticket has arrived out of order. */
  #order: ArrivalOrder | undefined;
  #receivedCompletion: Completion | undefined;

  // The application calls these.

  advance(step: Step): void {
    if (typeof this.state !== "string") return; // S21
    const stage = nextStage(this.#sendStage, step, step.completion !== undefined);
    if (typeof stage !== "string") {
      this.endLocally(OutcomeKind.LOCAL_FAILURE);
      throw emissionError(stage);
    }
    this.#sendStage = stage;
    if (step.allowance !== undefined) this.#receiveWindow = addAllowance(this.#receiveWindow, step.allowance);
    this.enqueue(step);
    this.scheduleTickets();
  }

  // The end calls these.

  /** Sets which tickets the application wants, and where they go. */
  subscribe(subscription: OperationSubscription): void {
    this.#subscription = subscription;
    if (subscription.kind !== "termination") return;
    const callback = (ended: Outcome) => subscription.terminationCallback(ended);
    const outcome = this.addTerminationCallback(callback);
    if (outcome !== undefined) this.notify(callback, outcome);
  }

  /** Accepts a ticket of the peer (S7). */
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

  override ticketSent(ticket: Ticket): void {
    if (ticket.termination === Termination.COMPLETION) this.#completeIfDone();
  }

  // Arrival.

  /** Whether a ticket is the next one, and none before it arrived out of order. */
  #isExpected({ sequenceNumber }: Ticket): boolean {
    return this.#order === undefined && sequenceNumber === this.#expected;
  }

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
        return this.failReception(`sequence number ${describeValue(ticket.sequenceNumber)} is not new`);
      case "overflow":
        return this.failReception(
          `more than ${this.host.maxHeldTickets} tickets wait for sequence number ${order.expected} (maxHeldTickets)`,
          Code.RESOURCE_EXHAUSTED,
        );
    }
  }

  #acceptAbort(ticket: Ticket): void {
    if (!this.#isExpected(ticket) && this.#arrivalOrder().isViolation(ticket)) {
      return this.failReception(`sequence number ${describeValue(ticket.sequenceNumber)} is not new`);
    }
    const kind = outcomeOfReceivedAbort(ticket.termination);
    if (kind === undefined) return this.failReception(`there is no termination ${describeValue(ticket.termination)}`);
    this.closeSend();
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
    // A ticket 0 that arrives after a later ticket has not opened the operation: there is an ArrivalOrder then.
    const timeoutApplies = this.state === "waiting" && this.#order === undefined && this.timeoutApplies(ticket);
    if (this.state === "waiting" && !this.begin(ticket)) return;
    if (ticket.timeout !== undefined && !timeoutApplies && !this.applyTimeout(ticket.timeout)) return;
    const completes = ticket.termination === Termination.COMPLETION;
    const stage = nextStage(this.#receiveStage, ticket, completes);
    if (typeof stage !== "string") return this.failReception(stage.what);
    this.#receiveStage = stage;
    if (ticket.payload !== undefined) {
      if (this.#receiveWindow === 0) return this.failReception("a payload came beyond the granted allowance");
      this.#receiveWindow -= 1;
    }
    const completion = completes ? completionOf(ticket) : undefined;
    this.#deliver(ticket, completion);
    if (typeof this.state !== "string") return;
    if (completion !== undefined) this.#receivedCompletion = completion; // S9: grants and timeouts may follow it
    if (ticket.allowance !== undefined) {
      this.credit(ticket.allowance);
      this.scheduleTickets();
    }
    if (completes) this.#completeIfDone();
  }

  /** Processes the fields that only a first ticket carries. Returns false if this ends the operation. */
  protected abstract begin(ticket: Ticket): boolean;

  // Delivery to the application.

  /** Passes on the transport's context value of ticket 0 (S38). Returns false if this ends the operation. */
  protected deliverContext({ protocol }: Ticket, kind: ProtocolKind): boolean {
    try {
      const subscription = this.#subscription;
      const value = protocol?.kind === kind ? protocol.value : undefined;
      if (subscription?.kind === "full") subscription.protocolReceiver?.context(value);
    } catch (error) {
      this.applicationThrew(error);
    }
    return typeof this.state === "string";
  }

  /** Passes on all that a ticket carries, in one step (S12), if the application wants it (S13). */
  #deliver({ initialMetadata, payload, allowance }: Ticket, completion: Completion | undefined): void {
    try {
      const subscription = this.#subscription;
      if (subscription?.kind !== "full") {
        if (payload !== undefined) this.consumed(1);
        return;
      }
      if (payload !== undefined && subscription.reportsConsumption !== true) this.consumed(1);
      const isEmpty = initialMetadata === undefined && payload === undefined && completion === undefined &&
        allowance === undefined;
      if (!isEmpty) subscription.operator.advance({ initialMetadata, payload, completion, allowance });
    } catch (error) {
      this.applicationThrew(error);
    }
  }

  // Completion.

  /** Whether the peer has completed its direction. */
  protected get hasReceivedAll(): boolean {
    return this.#receivedCompletion !== undefined;
  }

  #completeIfDone(): void {
    if (typeof this.state !== "string" || !this.#isDone()) return;
    this.completeSend(); // S33: completes a direction that is still open
    const { code, message } = this.#receivedCompletion ?? EMPTY_COMPLETION;
    const isPlain = code === undefined && message === undefined;
    this.end(isPlain ? PLAIN_SUCCESS : { kind: OutcomeKind.COMPLETED, code, message });
  }

  /** Which directions must be complete, by subscription and side (S13, S33). */
  #isDone(): boolean {
    const received = this.#receivedCompletion !== undefined;
    if (this.suppressed) return received;
    if (this.#subscription?.kind === "none") return this.completed;
    return received && (!this.isServed || this.completed);
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
