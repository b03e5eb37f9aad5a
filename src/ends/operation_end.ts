import { type Clock, PLATFORM_CLOCK } from "../clock.ts";
import {
  checkInteger,
  DEFAULT_TIMEOUT_MS,
  MAX_HELD_TICKETS,
  MAX_REMEMBERED_RUNS,
  MAXIMUM_TIMEOUT_MS,
} from "../limits.ts";
import { type Link, newOperationId, type OperationId, ProtocolKind, Termination, type Ticket } from "../links/mod.ts";
import { OperationMap } from "../links/operation_map.ts";
import { describeValue } from "../links/describe_value.ts";
import { Departures } from "./departures.ts";
import { type Deadline, Deadlines } from "./deadlines.ts";
import type { End, OperateOptions, Operation } from "./end.ts";
import { checkInvocation } from "./check_invocation.ts";
import { EndedOperations } from "./ended_operations.ts";
import { ActiveOperation } from "./operation.ts";
import type { OperationHost, Sender } from "./operation_host.ts";
import type { OperationSubscription } from "./operation_subscription.ts";
import { OutcomeKind, outcomeOfReceivedAbort } from "./outcome.ts";
import { Refusal } from "./refusal.ts";
import type { Servicer } from "./servicer.ts";
import { isTimeout } from "./timeout.ts";

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

/** What an end that serves needs beyond {@linkcode EndOptions}. */
export interface Serving {
  readonly servicer: Servicer;
  readonly defaultTimeoutMs: number;
  readonly maximumTimeoutMs: number;
}

/**
 * Both ends of the library; one that serves can invoke too.
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
  readonly #serving: Serving | undefined;
  readonly #operations = new OperationMap<ActiveOperation>();
  readonly #ended = new EndedOperations(MAX_REMEMBERED_RUNS);
  readonly #stats = zeroStats();
  #state: "stopped" | "started" | "stopping" = "stopped";
  readonly #departures = new Departures((error) => this.report(error));
  #idleActions: (() => void)[] = [];
  #stopWaiters: (() => void)[] = [];
  readonly #grace: Deadline = { deadlineMs: Infinity, heapIndex: -1, expire: () => this.#abortAll() };

  constructor(options: EndOptions, serving: Serving | undefined) {
    this.clock = options.clock ?? PLATFORM_CLOCK;
    this.deadlines = new Deadlines(this.clock);
    this.maxHeldTickets = checkInteger("maxHeldTickets", options.maxHeldTickets ?? MAX_HELD_TICKETS);
    this.#onError = options.onError ?? ((error) => console.error(error));
    this.#serving = serving;
  }

  // Link.

  acceptTicket(ticket: Ticket): void {
    if (this.#state === "stopped") return; // S39
    const operation = this.#operations.get(ticket.operationId);
    if (operation !== undefined) operation.accept(ticket);
    else if (this.#serving !== undefined) this.#open(ticket, this.#serving);
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
      servicer: undefined,
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
    this.#operations.set(operationId, operation);
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
    if (this.#serving !== undefined) this.#ended.add(operationId);
    this.#stats[kind] += 1;
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

  // Opening (S3 to S6, S11, S40).

  #open(ticket: Ticket, serving: Serving): void {
    const { operationId, termination } = ticket;
    if (this.#ended.has(operationId)) return;
    if (termination !== undefined && termination !== Termination.COMPLETION) return this.#countAbort(ticket);
    if (this.#state === "stopping") return this.#refuse(ticket);
    const requested = ticket.sequenceNumber === 0 && isTimeout(ticket.timeout) ? ticket.timeout : undefined;
    const timeoutMs = Math.min(requested ?? serving.defaultTimeoutMs, serving.maximumTimeoutMs);
    const operation = new ActiveOperation(this, {
      operationId,
      servicer: serving.servicer,
      opening: undefined,
      timeoutMs,
      maximumTimeoutMs: serving.maximumTimeoutMs,
    });
    this.#operations.set(operationId, operation);
    operation.accept(ticket);
  }

  /** S6: an operation whose first word is its last. */
  #countAbort({ operationId, termination }: Ticket): void {
    const kind = outcomeOfReceivedAbort(termination);
    if (kind === undefined) return;
    this.#ended.add(operationId);
    this.#stats[kind] += 1;
  }

  #refuse(ticket: Ticket): void {
    this.#ended.add(ticket.operationId);
    if (ticket.subscription !== "none") this.schedule(new Refusal(ticket.operationId));
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

/** What a service end uses where its options are silent (S24). */
export const SERVICE_TIMEOUTS = { defaultTimeoutMs: DEFAULT_TIMEOUT_MS, maximumTimeoutMs: MAXIMUM_TIMEOUT_MS } as const;
