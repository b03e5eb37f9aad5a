import { type Clock, PLATFORM_CLOCK } from "../clock.ts";
import { checkInteger, MAX_HELD_TICKETS } from "../limits.ts";
import type { Link } from "../links/link.ts";
import { MethodKind } from "../links/method_kind.ts";
import { newOperationId, type OperationId, ProtocolKind, Subscription, type Ticket } from "../links/ticket.ts";
import { describeValue } from "../links/foreign_value.ts";
import { OperationMap } from "../links/operation_map.ts";
import { TicketIntake } from "../links/ticket_intake.ts";
import { BaseOperation } from "./base_operation.ts";
import { checkTimeout, type Deadline, Deadlines } from "./deadlines.ts";
import { isAllowance } from "./direction.ts";
import { FlushQueue } from "./flush_queue.ts";
import type { OperationHost } from "./operation_lifetime.ts";
import { OutcomeKind } from "./outcome.ts";
import type { Opening } from "./send_queue.ts";
import type { End, EndOptions, OperateOptions, Operation, OperationSubscription } from "./types.ts";

/**
 * Makes an end that invokes operations and serves none. It drops tickets of operations that it did not invoke (S5).
 *
 * @param options Its clock, its error reporter, and how many early tickets it holds.
 * @returns The end, stopped and not joined. Start it and join it before the first operation.
 * @throws {RangeError} If `maxHeldTickets` is not a positive integer.
 *
 * @example Invoke without a peer link, then cancel
 * ```ts
 * import { invocationEnd, type Outcome } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * const end = invocationEnd();
 * end.start();
 * const ended: Outcome[] = [];
 * const { context } = end.operate("group", "method", {
 *   kind: "termination",
 *   terminationCallback: (outcome) => ended.push(outcome),
 * }, { timeout: 1000 });
 *
 * context.cancel();
 * await end.stop(0);
 *
 * assertEquals(ended[0]?.kind, "cancelled");
 * ```
 */
export function invocationEnd(options: EndOptions = {}): End {
  return new InvocationEnd(options);
}

/**
 * An end that invokes. An end that serves extends it.
 *
 * ```text
 *  stopped ──start──▶ started ──stop(grace)──▶ stopping ──last operation ended──▶ stopped
 * ```
 */
export class InvocationEnd implements End, OperationHost {
  readonly reportsConsumption = true;
  readonly keepsDeadlines = true;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly flushQueue: FlushQueue;
  readonly maxHeldTickets: number;
  readonly #onError: (error: unknown) => void;
  readonly #intake: TicketIntake;
  readonly #operations = new OperationMap<BaseOperation>();
  readonly #stats = zeroStats();
  #state: "stopped" | "started" | "stopping" = "stopped";
  #idleActions: (() => void)[] = [];
  #stopWaiters: (() => void)[] = [];
  readonly #grace: Deadline = { deadlineMs: Infinity, heapIndex: -1, expire: () => this.#abortAll() };

  constructor(options: EndOptions) {
    const report = (error: unknown) => this.report(error);
    this.#intake = new TicketIntake((ticket) => this.#take(ticket), report);
    this.flushQueue = new FlushQueue(this.#intake, report);
    this.clock = options.clock ?? PLATFORM_CLOCK;
    this.deadlines = new Deadlines(this.clock);
    this.maxHeldTickets = checkInteger("maxHeldTickets", options.maxHeldTickets ?? MAX_HELD_TICKETS);
    this.#onError = options.onError ?? ((error) => console.error(error));
  }

  // Link.

  acceptTicket(ticket: Ticket): void {
    this.#intake.accept(ticket);
  }

  joinLink(link: Link): void {
    this.flushQueue.peerLink = link;
  }

  // End.

  start(): void {
    if (this.#state !== "stopped") throw new TypeError(`Cannot start the end: it is ${this.#state}`);
    this.#state = "started";
  }

  stop(graceMs: number): Promise<void> {
    if (typeof graceMs !== "number" || !Number.isFinite(graceMs) || graceMs < 0) {
      throw new RangeError(
        `Cannot use graceMs: expected a finite number of milliseconds from 0, got ${describeValue(graceMs)}`,
      );
    }
    if (this.#state === "stopped") return Promise.resolve();
    this.#state = "stopping";
    const stopped = new Promise<void>((resolve) => this.#stopWaiters.push(resolve)); // Node 20 has no withResolvers
    if (this.#operations.size === 0) this.#stopped();
    else if (graceMs === 0) this.#abortAll();
    else this.#setGrace(graceMs);
    return stopped;
  }

  operate(group: string, method: string, subscription: OperationSubscription, options: OperateOptions): Operation {
    if (this.#state !== "started") throw new TypeError(`Cannot operate: the end is ${this.#state}`);
    checkInvocation(group, method, subscription, options);
    const { timeout, methodKind, protocolOptions } = options;
    const opening: Opening = {
      group,
      method,
      methodKind,
      subscription: subscription.kind,
      protocol: protocolOptions === undefined ? undefined : { kind: ProtocolKind.CALL_OPTION, value: protocolOptions },
    };
    const operation = new InvokedOperation(this, newOperationId(), opening, timeout, timeout);
    this.add(operation);
    operation.subscribe(subscription);
    operation.advance(options);
    return operation;
  }

  operationStats(): Record<OutcomeKind, number> {
    return { ...this.#stats };
  }

  addIdleAction(action: () => void): void {
    if (typeof action !== "function") {
      throw new TypeError(`Cannot add the idle action: expected a function, got ${typeof action}`);
    }
    if (this.#state === "stopped") throw new TypeError("Cannot add the idle action: the end is stopped");
    if (this.#operations.size === 0) this.#attempt(action);
    else this.#idleActions.push(action);
  }

  // OperationHost.

  ended(operationId: OperationId, kind: OutcomeKind): void {
    this.#operations.delete(operationId);
    this.count(kind);
    if (this.#operations.size > 0) return;
    const actions = this.#idleActions;
    this.#idleActions = [];
    for (const action of actions) this.#attempt(action);
    // An idle action may have begun another operation.
    if (this.#state === "stopping" && this.#operations.size === 0) this.#stopped();
  }

  reportConsumed(operationId: OperationId, payloads: number): void {
    this.flushQueue.peerLink.consumed?.(operationId, payloads);
  }

  reportSettled(operationId: OperationId): void {
    this.flushQueue.peerLink.settled?.(operationId);
  }

  report(error: unknown): void {
    try {
      this.#onError(error);
    } catch {
      // There is nowhere left to report this to, and it must not harm the operations.
    }
  }

  #take(ticket: Ticket): void {
    if (this.#state === "stopped") return; // S39
    const operation = this.#operations.get(ticket.operationId);
    if (operation !== undefined) operation.accept(ticket);
    else this.acceptUnknown(ticket);
  }

  // An end that serves uses and overrides these.

  /** Whether new operations are refused (S40). */
  protected get isStopping(): boolean {
    return this.#state === "stopping";
  }

  /** Accepts a ticket of an unknown operation: drops it (S5). */
  protected acceptUnknown(_ticket: Ticket): void {}

  protected add(operation: BaseOperation): void {
    this.#operations.set(operation.operationId, operation);
  }

  protected count(kind: OutcomeKind): void {
    this.#stats[kind] += 1;
  }

  // Stopping (S40).

  #abortAll(): void {
    for (const operation of this.#operations.values()) operation.shutDown();
  }

  #setGrace(graceMs: number): void {
    const endsMs = this.clock.now() + graceMs;
    if (endsMs >= this.#grace.deadlineMs) return;
    this.#grace.deadlineMs = endsMs;
    this.deadlines.set(this.#grace);
  }

  #stopped(): void {
    this.#state = "stopped";
    this.deadlines.delete(this.#grace);
    this.#grace.deadlineMs = Infinity;
    const waiters = this.#stopWaiters;
    this.#stopWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.report(error); // S41: stops no other action
    }
  }
}

/** An operation at the end that has invoked it. */
class InvokedOperation extends BaseOperation implements Operation {
  get context(): this {
    return this;
  }

  get operator(): this {
    return this;
  }

  protected override get isServed(): boolean {
    return false;
  }

  protected override begin(ticket: Ticket): boolean {
    this.state = "running";
    const subscription = ticket.subscription ?? Subscription.FULL;
    this.setPeerSubscription(subscription, false);
    // The completion may now be sent: payloads that the peer does not want no longer precede it.
    if (subscription !== Subscription.FULL) this.scheduleTickets();
    return this.deliverContext(ticket, ProtocolKind.INVOCATION_CONTEXT);
  }
}

const METHOD_KINDS: ReadonlySet<unknown> = new Set(Object.values(MethodKind));

function zeroStats(): Record<OutcomeKind, number> {
  const kinds = Object.values(OutcomeKind);
  return Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<OutcomeKind, number>; // one entry for each kind
}

/**
 * Checks the arguments of {@linkcode End.operate}.
 *
 * @throws {TypeError} If an argument is of the wrong kind.
 * @throws {RangeError} If a number is out of its range.
 */
function checkInvocation(
  group: unknown,
  method: unknown,
  subscription: OperationSubscription,
  { timeout, methodKind, allowance }: OperateOptions,
): void {
  if (typeof group !== "string") throw new TypeError(`Cannot operate: group must be a string, got ${typeof group}`);
  if (typeof method !== "string") throw new TypeError(`Cannot operate: method must be a string, got ${typeof method}`);
  const kind: unknown = subscription?.kind;
  if (kind !== "full" && kind !== "termination" && kind !== "none") {
    throw new TypeError(
      `Cannot operate: subscription.kind must be "full", "termination" or "none", got ${describeValue(kind)}`,
    );
  }
  if (methodKind !== undefined && !METHOD_KINDS.has(methodKind)) {
    throw new TypeError(`Cannot operate: methodKind must be a member of MethodKind, got ${describeValue(methodKind)}`);
  }
  checkTimeout("timeout", timeout);
  if (allowance !== undefined && !isAllowance(allowance)) {
    throw new RangeError(`Cannot operate: allowance must be a positive safe integer, got ${describeValue(allowance)}`);
  }
}
