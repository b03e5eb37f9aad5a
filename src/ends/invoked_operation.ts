import { Code } from "../links/code.ts";
import { describeValue } from "../links/foreign_value.ts";
import { Fifo } from "../links/fifo.ts";
import type { Link } from "../links/link.ts";
import type { MethodKind } from "../links/method_kind.ts";
import {
  type Metadata,
  type OperationId,
  ProtocolKind,
  Subscription,
  Termination,
  type Ticket,
} from "../links/ticket.ts";
import { checkTimeout, type Deadline, type Deadlines, type Expiring, isTimeout } from "./deadlines.ts";
import { addAllowance, IMPLICIT_ALLOWANCE, nextStage, type Stage } from "./direction.ts";
import { abortOfLocalOutcome, type Outcome, OutcomeKind, outcomeOfReceivedAbort } from "./outcome.ts";
import type { Completion, Operation, OperationContext, OperationSubscription, Operator, Step } from "./types.ts";

/** The fields that only the first ticket of a direction carries (S1, S2). */
export type Opening = Pick<Ticket, "group" | "method" | "methodKind" | "subscription" | "protocol">;

/** Something that has tickets to send: an operation, or a single refusal. */
export interface TicketSource {
  /** Whether it is to send in the next microtask, which the end alone sets. */
  isScheduled: boolean;
  /** Sends what can be sent now. */
  sendTickets(): void;
}

/** What an operation needs of its end. */
export interface OperationHost {
  /** Measures time (S23), and holds the operation's deadline. */
  readonly deadlines: Deadlines;
  /** Hears what becomes of tickets (S48). */
  readonly peerLink: Link;
  /** How many tickets may wait for earlier ones (S8). */
  readonly maxHeldTickets: number;
  /** The time while tickets are sent: one for all operations that send in the same turn (S23). */
  sendingMs(): number;
  /** Has the source send its tickets in the next microtask. */
  schedule(source: TicketSource): void;
  /** Hands a ticket to the peer link. Throws what that throws. */
  emit(ticket: Ticket): void;
  /** Removes the operation and counts it (S42). */
  ended(operationId: OperationId, kind: OutcomeKind): void;
  /** Reports an exception of the application (S36) or of the peer link. */
  report(error: unknown): void;
}

type TerminationCallback = (outcome: Outcome) => void;

/** A completion that says nothing, as most: one object for all. */
const EMPTY_COMPLETION: Completion = Object.freeze({
  terminalMetadata: undefined,
  code: undefined,
  message: undefined,
});

/**
 * One operation at the end that has invoked it. One at the end that serves it extends this: it differs in what its first ticket
 * means, and in what it says of its application.
 *
 * ```text
 *            both directions completed (S33)
 *  running ────────────────────────────────────▶ ended: COMPLETED
 *     └── local cause (S29), received abort (S30) ──▶ ended: the cause's outcome
 * ```
 *
 * It takes the application's steps, merges them into tickets, processes the peer's tickets in their order, and keeps the
 * deadline. All of it is one object, which is also the context and the operator that the application gets: an operation of many
 * small ones takes a third more memory, and as much more time of the garbage collector.
 */
export class InvokedOperation implements Operation, OperationContext, Operator, Expiring, TicketSource {
  readonly operationId: OperationId;
  methodKind: MethodKind | undefined;
  peerSubscription: Subscription = Subscription.FULL;
  isScheduled = false;
  /** The fields of the first ticket, until that is taken. The service side sets them later (S2). */
  protected opening: Opening | undefined;
  /** Whether the timeout of ticket 0 applies already, because that ticket has opened the operation. */
  protected hasFirstTimeout = false;
  readonly #host: OperationHost;
  readonly #isServed: boolean;
  /** How it ended; `undefined` while it runs. */
  #outcome: Outcome | undefined;
  #callbacks: TerminationCallback[] | undefined;
  #subscription: OperationSubscription | undefined;

  // What is sent.

  /**
   * ```text
   *  open ──the ticket with the completion is taken──▶ completed
   *    └──────────────────┬───────────────────────────────┘
   *             #closeWith() ──▶ closing ──the last ticket is taken──▶ closed
   *             #closeSend() ─────────────────────────────────────────────────────▶ closed
   * ```
   *
   * After a completion, only grants, timeouts and an abort follow.
   */
  #sending: "open" | "completed" | "closing" | "closed" = "open";
  #sendStage: Stage = "nothing";
  /** Payloads that the peer allows this side to send now. */
  #sendWindow = IMPLICIT_ALLOWANCE;
  #sequenceNumber = 0;
  #timeout: number | undefined;
  #clampedTimeout: number | undefined;
  #allowance = 0;
  #initialMetadata: Metadata | undefined;
  /** The next payload. Most payloads are sent before there is another. */
  #payload: unknown;
  #laterPayloads: Fifo<unknown> | undefined;
  /** How the direction ends, and what is said with it; `undefined` until that is known, and once it is taken. */
  #termination: Termination | undefined;
  #completion: Completion = EMPTY_COMPLETION;

  // What is received.

  #receiveStage: Stage = "nothing";
  /** Payloads that this side allows the peer to send. */
  #receiveWindow = IMPLICIT_ALLOWANCE;
  /** The sequence number of the next ticket to process. */
  #expected = 0;
  /** Tickets that wait for earlier ones (S8). */
  #held: Map<number, Ticket> | undefined;
  #receivedCompletion: Completion | undefined;

  // Time.

  #timeoutMs: number;
  #maximumTimeoutMs: number;
  /** `undefined` while the operation's time has not started. */
  #deadline: Deadline | undefined;

  /**
   * @param host Its end.
   * @param operationId Its id.
   * @param opening The fields of the first ticket, which is sent at once. The service side has none yet.
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
    this.#host = host;
    this.operationId = operationId;
    this.opening = opening;
    this.methodKind = opening?.methodKind;
    this.#isServed = opening === undefined;
    this.#timeoutMs = timeoutMs;
    this.#maximumTimeoutMs = maximumTimeoutMs;
    if (opening !== undefined) this.#timeout = timeoutMs; // S1
    host.schedule(this); // also where there are no tickets: the operation's time starts then
  }

  // The application calls these.

  get context(): this {
    return this;
  }

  get operator(): this {
    return this;
  }

  advance(step: Step): void {
    if (this.#outcome !== undefined) return; // S21
    const { initialMetadata, payload, completion, allowance } = step;
    const stage = nextStage(this.#sendStage, step, completion !== undefined);
    if (typeof stage !== "string") {
      this.endLocally(OutcomeKind.LOCAL_FAILURE);
      throw new (stage.outOfRange ? RangeError : TypeError)(`Cannot advance the operation: ${stage.what}`);
    }
    this.#sendStage = stage;
    if (allowance !== undefined) {
      this.#receiveWindow = addAllowance(this.#receiveWindow, allowance);
      this.#allowance = addAllowance(this.#allowance, allowance);
    }
    if (this.peerSubscription === Subscription.FULL) {
      if (initialMetadata !== undefined) this.#initialMetadata = initialMetadata;
      if (this.#payload === undefined) this.#payload = payload;
      else if (payload !== undefined) (this.#laterPayloads ??= new Fifo()).push(payload);
    }
    if (completion !== undefined && this.peerSubscription !== Subscription.NONE) {
      this.#termination = Termination.COMPLETION;
      this.#completion = completion;
    }
    this.#host.schedule(this);
  }

  outcome(): Outcome | undefined {
    return this.#outcome;
  }

  addTerminationCallback(callback: TerminationCallback): Outcome | undefined {
    if (typeof callback !== "function") {
      throw new TypeError(`Cannot add the termination callback: expected a function, got ${typeof callback}`);
    }
    if (this.#callbacks === undefined) this.#callbacks = [callback];
    else this.#callbacks.push(callback);
    return this.#outcome;
  }

  timeRemaining(): number {
    if (this.#outcome !== undefined) return 0;
    const nowMs = this.#host.deadlines.now();
    const leftMs = this.#startTime(nowMs).timeMs - nowMs; // which may be rounded up
    return Math.max(0, Math.min(leftMs, this.#timeoutMs));
  }

  changeTimeout(timeoutMs: number): void {
    checkTimeout("timeoutMs", timeoutMs);
    if (this.#outcome !== undefined) return;
    if (!this.#isServed) this.#maximumTimeoutMs = Math.max(this.#maximumTimeoutMs, timeoutMs); // S26
    const granted = Math.min(timeoutMs, this.#maximumTimeoutMs);
    if (granted === this.#timeoutMs) return;
    this.#timeout = granted;
    this.#host.schedule(this);
    this.#setTimeout(granted);
  }

  cancel(): void {
    this.endLocally(OutcomeKind.CANCELLED);
  }

  consumed(payloads: number): void {
    if (this.#outcome === undefined) this.#host.peerLink.consumed?.(this.operationId, payloads);
  }

  /** Does nothing: only an operation that is served counts until it has settled (S48). */
  retain(): void {}

  /** Does nothing, as {@linkcode retain}. */
  release(): void {}

  fail(error?: unknown): void {
    if (this.#outcome !== undefined) return;
    this.endLocally(OutcomeKind.LOCAL_FAILURE);
    if (error !== undefined) this.#host.report(error);
  }

  // The end calls these.

  /** Sets which tickets the application wants, and where they go. */
  subscribe(subscription: OperationSubscription): void {
    this.#subscription = subscription;
    if (subscription.kind !== "termination") return;
    const callback = (ended: Outcome) => subscription.terminationCallback(ended);
    const outcome = this.addTerminationCallback(callback);
    if (outcome !== undefined) this.#notify(callback, outcome);
  }

  /** Accepts a ticket of the peer (S7). */
  accept(ticket: Ticket): void {
    if (this.#outcome !== undefined) return;
    const { sequenceNumber, termination } = ticket;
    const isExpected = sequenceNumber === this.#expected;
    if (!isExpected && this.#isViolation(sequenceNumber)) {
      this.failReception(`sequence number ${describeValue(sequenceNumber)} is not new`);
    } else if (termination !== undefined && termination !== Termination.COMPLETION) this.#acceptAbort(ticket);
    else if (isExpected) this.#processRun(ticket);
    else this.#hold(ticket);
  }

  sendTickets(): void {
    try {
      for (let ticket = this.#nextTicket(); ticket !== undefined; ticket = this.#nextTicket()) {
        const completes = ticket.termination === Termination.COMPLETION;
        // Before the last ticket leaves, so that whoever takes it need not wait for more.
        if (completes && this.#receivedCompletion !== undefined) this.settle();
        this.#host.emit(ticket);
        if (completes) this.#completeIfDone();
      }
    } catch (error) {
      this.#closeSend();
      if (this.#outcome === undefined) this.#end(OutcomeKind.TRANSMISSION_FAILURE);
      this.#host.report(error);
    }
    // S23. The tickets have left, and those that were the last of their operation need no time.
    if (this.#deadline === undefined && this.#outcome === undefined) this.#startTime(this.#host.sendingMs());
  }

  expire(): void {
    this.endLocally(OutcomeKind.EXPIRED);
  }

  /** Ends the operation for a local cause (S29), and tells the peer. An outcome seldom says anything itself (S34). */
  endLocally(kind: OutcomeKind, told = EMPTY_COMPLETION, { code, message } = EMPTY_COMPLETION): void {
    if (this.#outcome !== undefined) return;
    this.#closeWith(abortOfLocalOutcome(kind), told);
    this.#end(kind, code, message);
  }

  // An operation that is served does more here.

  /** Processes the fields that only a first ticket carries. Returns false if this ends the operation. */
  protected begin(_ticket: Ticket): boolean {
    return true;
  }

  /** Says that nothing works for the operation any more (S48). */
  protected settle(): void {}

  // Sending (S15 to S18).

  /** Takes the next ticket to send, or `undefined` if none can be sent now. */
  #nextTicket(): Ticket | undefined {
    if (this.#sending === "closed") return undefined;
    const clampedTimeout = this.#clampedTimeout;
    if (clampedTimeout !== undefined) return this.#takeTicket(undefined, undefined, clampedTimeout);
    const payload = this.#sendWindow > 0 ? this.#payload : undefined;
    if (payload !== undefined) {
      this.#sendWindow -= 1;
      this.#payload = this.#laterPayloads?.shift();
    }
    const termination = this.#payload === undefined ? this.#termination : undefined;
    const isDue = this.#sequenceNumber === 0 && !this.#isServed; // S1: the first ticket, even if it carries nothing else
    const isBare = termination === undefined && !isDue && this.#allowance === 0 &&
      this.#initialMetadata === undefined && this.#timeout === undefined;
    if (isBare && payload === undefined) return undefined;
    // A payload has nothing to go with it in most of a stream: such tickets have a hidden class of their own.
    if (isBare && this.opening === undefined) {
      return { operationId: this.operationId, sequenceNumber: this.#sequenceNumber++, payload };
    }
    return this.#takeTicket(payload, termination, undefined);
  }

  /**
   * Takes what waits, or the clamped timeout alone. All fields are in one order, so that all such tickets have one hidden class
   * in the engine.
   */
  #takeTicket(payload: unknown, termination: Termination | undefined, clampedTimeout: number | undefined): Ticket {
    const isAlone = clampedTimeout !== undefined;
    const isLast = this.#sending === "closing";
    const opening = isLast ? undefined : this.opening; // S31
    const completion = termination === undefined ? EMPTY_COMPLETION : this.#completion;
    const ticket: Ticket = {
      operationId: this.operationId,
      sequenceNumber: this.#sequenceNumber++,
      group: opening?.group,
      method: opening?.method,
      methodKind: opening?.methodKind,
      subscription: opening?.subscription,
      timeout: isAlone ? clampedTimeout : this.#timeout,
      allowance: isAlone || this.#allowance === 0 ? undefined : this.#allowance,
      initialMetadata: isAlone ? undefined : this.#initialMetadata,
      payload,
      terminalMetadata: completion.terminalMetadata,
      code: completion.code,
      message: completion.message,
      termination,
      protocol: opening?.protocol,
    };
    this.opening = undefined;
    this.#clampedTimeout = undefined;
    if (isAlone) return ticket;
    this.#timeout = undefined;
    this.#allowance = 0;
    this.#initialMetadata = undefined;
    if (termination === undefined) return ticket;
    this.#termination = undefined;
    this.#sending = isLast ? "closed" : "completed";
    return ticket;
  }

  /** Queues the last ticket of this direction: an abort (S22, S31), or its completion if it is still open (S33). */
  #closeWith(termination: Termination | undefined, completion: Completion): void {
    if (this.#sending === "closed") return;
    this.#closeSend();
    this.#sending = "closing";
    this.#termination = termination;
    this.#completion = completion;
    this.#host.schedule(this);
  }

  /** Completes the direction if it is still open, and discards payloads that wait for allowance (S33). */
  #completeSend(): void {
    if (this.#sending !== "open" || this.peerSubscription === Subscription.NONE) return this.#closeSend();
    const isComplete = this.#termination !== undefined && this.#payload === undefined;
    this.#closeWith(Termination.COMPLETION, isComplete ? this.#completion : EMPTY_COMPLETION);
  }

  /** Closes the direction without another ticket. */
  #closeSend(): void {
    this.#sending = "closed";
    this.#dropWanted();
    this.#termination = undefined;
    this.#allowance = 0;
    this.#timeout = undefined;
    this.#clampedTimeout = undefined;
  }

  /** Drops what only a peer wants that wants everything (S13). */
  #dropWanted(): void {
    this.#initialMetadata = undefined;
    this.#payload = undefined;
    this.#laterPayloads = undefined;
  }

  // Arrival.

  /** Whether a number that is not the expected one breaks the order (S9). */
  #isViolation(sequenceNumber: number): boolean {
    return !Number.isSafeInteger(sequenceNumber) || sequenceNumber < this.#expected ||
      this.#held?.has(sequenceNumber) === true;
  }

  #acceptAbort({ termination, code, message }: Ticket): void {
    const kind = outcomeOfReceivedAbort(termination);
    if (kind === undefined) return this.failReception(`there is no termination ${describeValue(termination)}`);
    this.#closeSend();
    this.#end(kind, code, message);
  }

  /** Holds a ticket that has come before an earlier one (S8). */
  #hold(ticket: Ticket): void {
    const { maxHeldTickets } = this.#host;
    this.#held ??= new Map();
    if (this.#held.size < maxHeldTickets) this.#held.set(ticket.sequenceNumber, ticket);
    else {
      const what = `more than ${maxHeldTickets} tickets wait for sequence number ${this.#expected} (maxHeldTickets)`;
      this.failReception(what, Code.RESOURCE_EXHAUSTED);
    }
  }

  /** Processes the expected ticket, and all that have waited for it. */
  #processRun(first: Ticket): void {
    let ticket: Ticket | undefined = first;
    do {
      this.#expected += 1;
      this.#process(ticket);
      ticket = this.#held?.get(this.#expected);
      this.#held?.delete(this.#expected);
    } while (ticket !== undefined);
  }

  /** Processes one ticket, in the order of S12. */
  #process(ticket: Ticket): void {
    const { sequenceNumber, timeout, payload, allowance } = ticket;
    if (sequenceNumber === 0 && !this.#processFirst(ticket)) return;
    // A first timeout that applies already must not be applied again: the servicer may have changed it (S26).
    const isNew = timeout !== undefined && (sequenceNumber > 0 || !this.hasFirstTimeout);
    if (isNew && !this.#applyTimeout(timeout)) return;
    const completes = ticket.termination === Termination.COMPLETION;
    const stage = nextStage(this.#receiveStage, ticket, completes);
    if (typeof stage !== "string") return this.failReception(stage.what);
    this.#receiveStage = stage;
    if (payload !== undefined) {
      if (this.#receiveWindow === 0) return this.failReception("a payload came beyond the granted allowance");
      this.#receiveWindow -= 1;
    }
    const completion = completes ? completionOf(ticket) : undefined;
    this.#deliver(ticket, completion);
    if (this.#outcome !== undefined) return;
    if (allowance !== undefined) {
      this.#sendWindow = addAllowance(this.#sendWindow, allowance);
      this.#host.schedule(this);
    }
    if (completion === undefined) return;
    this.#receivedCompletion = completion;
    this.#completeIfDone();
  }

  /** Processes the fields that only a first ticket carries. Returns false if this ends the operation. */
  #processFirst(ticket: Ticket): boolean {
    const { subscription = Subscription.FULL } = ticket;
    this.peerSubscription = subscription;
    if (subscription !== Subscription.FULL) {
      this.#dropWanted();
      if (subscription === Subscription.NONE) this.#termination = undefined;
      // A peer that wants no tickets gets none. A service that wants none still needs grants, timeouts and aborts.
      if (subscription === Subscription.NONE && this.#isServed) this.#closeSend();
      // The completion may now be sent: payloads that the peer does not want no longer precede it.
      this.#host.schedule(this);
    }
    return this.begin(ticket) && this.#deliverContext(ticket);
  }

  /** Ends the operation because the peer broke a rule (S3, S8 to S10). */
  protected failReception(what: string, code: Code = Code.INTERNAL): void {
    this.endLocally(OutcomeKind.RECEPTION_FAILURE, { code, message: `Cannot accept the ticket: ${what}` });
  }

  // Delivery to the application.

  /** Passes on the transport's context value of ticket 0 (S38). Returns false if this ends the operation. */
  #deliverContext({ protocol }: Ticket): boolean {
    const kind = this.#isServed ? ProtocolKind.SERVICER_CONTEXT : ProtocolKind.INVOCATION_CONTEXT;
    try {
      const subscription = this.#subscription;
      const value = protocol?.kind === kind ? protocol.value : undefined;
      if (subscription?.kind === "full") subscription.protocolReceiver?.context(value);
    } catch (error) {
      this.applicationThrew(error);
    }
    return this.#outcome === undefined;
  }

  /** Passes on all that a ticket carries, in one step (S12), if the application wants it (S13). */
  #deliver({ initialMetadata, payload, allowance }: Ticket, completion: Completion | undefined): void {
    try {
      const subscription = this.#subscription;
      const wants = subscription?.kind === "full";
      if (payload !== undefined && !(wants && subscription.reportsConsumption === true)) this.consumed(1);
      const isEmpty = initialMetadata === undefined && payload === undefined && completion === undefined &&
        allowance === undefined;
      if (wants && !isEmpty) subscription.operator.advance({ initialMetadata, payload, completion, allowance });
    } catch (error) {
      this.applicationThrew(error);
    }
  }

  /** Ends the operation because the application threw (S36), unless its own illegal emission has ended it already. */
  protected applicationThrew(error: unknown): void {
    this.endLocally(OutcomeKind.LOCAL_FAILURE);
    this.#host.report(error);
  }

  // Time.

  /** Starts the operation's time, unless it has started. */
  #startTime(nowMs: number): Deadline {
    return this.#deadline ??= this.#host.deadlines.add(this, nowMs + this.#timeoutMs, nowMs);
  }

  /** Applies a timeout of the peer (S25). Returns false if this ends the operation. */
  #applyTimeout(requestedMs: number): boolean {
    if (!isTimeout(requestedMs)) {
      const got = describeValue(requestedMs);
      this.failReception(`a timeout must be a finite number of milliseconds above 0, got ${got}`);
      return false;
    }
    const granted = Math.min(requestedMs, this.#maximumTimeoutMs);
    // The peer has set another. The first ticket of an invocation keeps its own.
    if (this.#isServed || this.#sequenceNumber > 0) this.#timeout = undefined;
    if (granted < requestedMs) this.announceClamp(granted);
    this.#setTimeout(granted);
    return this.#outcome === undefined;
  }

  /** Tells the peer what its timeout was clamped to, in a ticket of its own (S24, S25). */
  protected announceClamp(timeoutMs: number): void {
    this.#clampedTimeout = timeoutMs;
    this.#host.schedule(this);
  }

  #setTimeout(timeoutMs: number): void {
    if (timeoutMs === this.#timeoutMs) return;
    const { deadlines } = this.#host;
    const nowMs = deadlines.now();
    const before = this.#startTime(nowMs);
    const timeMs = before.timeMs - this.#timeoutMs + timeoutMs;
    deadlines.delete(before);
    this.#timeoutMs = timeoutMs;
    if (timeMs <= nowMs) this.expire(); // S25
    else this.#deadline = deadlines.add(this, timeMs, nowMs);
  }

  // Ending.

  /** Completes if those directions are complete that must be, by subscription and side (S13, S33). */
  #completeIfDone(): void {
    const received = this.#receivedCompletion !== undefined;
    const sent = this.#sending === "completed";
    let isDone = received && (!this.#isServed || sent);
    if (this.#subscription?.kind === "none") isDone = sent;
    if (this.#sending === "closed") isDone = received; // the peer wants no tickets
    if (!isDone || this.#outcome !== undefined) return;
    this.#completeSend(); // S33: completes a direction that is still open
    this.#end(OutcomeKind.COMPLETED, this.#receivedCompletion?.code, this.#receivedCompletion?.message);
  }

  #end(kind: OutcomeKind, code?: unknown, message?: unknown): void {
    const outcome: Outcome = { kind, code, message };
    this.#outcome = outcome;
    this.#held = undefined;
    if (this.#deadline !== undefined) this.#host.deadlines.delete(this.#deadline);
    this.#callbacks?.forEach((callback) => this.#notify(callback, outcome));
    this.settle();
    this.#host.ended(this.operationId, kind);
  }

  #notify(callback: TerminationCallback, outcome: Outcome): void {
    try {
      callback(outcome);
    } catch (error) {
      this.#host.report(error); // S37: stops no other callback and changes no count
    }
  }
}

function completionOf({ terminalMetadata, code, message }: Ticket): Completion {
  if (terminalMetadata === undefined && code === undefined && message === undefined) return EMPTY_COMPLETION;
  return { terminalMetadata, code, message };
}
