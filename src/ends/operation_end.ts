import { type Clock, PLATFORM_CLOCK } from "../clock.ts";
import { checkInteger, MAX_HELD_TICKETS } from "../limits.ts";
import { type Link, newOperationId, type OperationId, ProtocolKind, type Ticket } from "../links/mod.ts";
import { OperationMap } from "../links/operation_map.ts";
import { describeValue } from "../links/foreign_value.ts";
import { Departures } from "./departures.ts";
import { type Deadline, Deadlines } from "./deadlines.ts";
import type { End, OperateOptions, Operation } from "./end.ts";
import { checkInvocation } from "./check_invocation.ts";
import { ActiveOperation } from "./operation.ts";
import type { OperationHost, Sender } from "./operation_host.ts";
import type { OperationSubscription } from "./operation_subscription.ts";
import { OutcomeKind } from "./outcome.ts";

/** What every end can be told. */
export interface EndOptions {
  /** Measures time; the platform's clock by default. */
  readonly clock?: Clock | undefined;
  /**
   * Told of each exception in application code (S36, S37) and of each mate that threw at a ticket. Writes to
   * `console.error` by default. What it throws itself is dropped.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Tickets that may wait per operation while earlier ones are missing (S8), 1 or more; 64 by default. */
  readonly maxHeldTickets?: number | undefined;
}

/**
 * An end that invokes, and what one that serves has in common with it.
 *
 * ```text
 *  stopped ──start──▶ started ──stop(grace)──▶ stopping ──last operation ended──▶ stopped
 * ```
 */
export class OperationEnd implements End, OperationHost {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly maxHeldTickets: number;
  readonly #onError: (error: unknown) => void;
  readonly #operations = new OperationMap<ActiveOperation>();
  readonly #stats = zeroStats();
  #state: "stopped" | "started" | "stopping" = "stopped";
  readonly #departures = new Departures((error) => this.report(error));
  #idleActions: (() => void)[] = [];
  #stopWaiters: (() => void)[] = [];
  readonly #grace: Deadline = { deadlineMs: Infinity, heapIndex: -1, expire: () => this.#abortAll() };

  constructor(options: EndOptions) {
    this.clock = options.clock ?? PLATFORM_CLOCK;
    this.deadlines = new Deadlines(this.clock);
    this.maxHeldTickets = checkInteger("maxHeldTickets", options.maxHeldTickets ?? MAX_HELD_TICKETS);
    this.#onError = options.onError ?? ((error) => console.error(error));
  }

  // Link.

  acceptTicket(ticket: Ticket): void {
    if (this.#state === "stopped") return; // S39
    const operation = this.#operations.get(ticket.operationId);
    if (operation !== undefined) operation.accept(ticket);
    else this.acceptUnknown(ticket);
  }

  joinLink(link: Link): void {
    this.#departures.mate = link;
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
    const { timeout, protocolOptions } = options;
    const operationId = newOperationId();
    const operation = new ActiveOperation(this, {
      operationId,
      opening: {
        group,
        method,
        subscription: subscription.kind,
        protocol: protocolOptions === undefined
          ? undefined
          : { kind: ProtocolKind.CALL_OPTION, value: protocolOptions },
      },
      timeoutMs: timeout,
      maximumTimeoutMs: timeout,
    });
    this.add(operation);
    operation.subscribe(subscription);
    operation.advance(options);
    return { context: operation, operator: operation };
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

  schedule(sender: Sender): void {
    this.#departures.schedule(sender);
  }

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

  report(error: unknown): void {
    try {
      this.#onError(error);
    } catch {
      // A reporter that fails has nowhere to report to, and must not harm the operations.
    }
  }

  // For an end that serves.

  /** Whether nothing begins here any more (S40). */
  protected get isStopping(): boolean {
    return this.#state === "stopping";
  }

  /** A ticket of an operation that is not known here: dropped (S5). */
  protected acceptUnknown(_ticket: Ticket): void {}

  protected add(operation: ActiveOperation): void {
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
      this.report(error); // S41: does not block the others
    }
  }
}

function zeroStats(): Record<OutcomeKind, number> {
  const kinds = Object.values(OutcomeKind);
  return Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<OutcomeKind, number>; // one entry for each kind
}
