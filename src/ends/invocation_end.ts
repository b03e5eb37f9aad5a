import { type Clock, PLATFORM_CLOCK, queueSwiftly } from "../clock.ts";
import { checkDuration, checkInteger, MAX_HELD_TICKETS } from "../limits.ts";
import { type Link, NULL_LINK } from "../links/link.ts";
import { MethodKind } from "../links/method_kind.ts";
import { newOperationId, type OperationId, ProtocolKind, Subscription, type Ticket } from "../links/ticket.ts";
import { describeValue } from "../links/foreign_value.ts";
import { OperationMap } from "../links/operation_map.ts";
import { TicketIntake } from "../links/ticket_intake.ts";
import { checkTimeout, Deadlines } from "./deadlines.ts";
import { isAllowance } from "./direction.ts";
import { InvokedOperation, type OperationHost, type TicketSource } from "./invoked_operation.ts";
import { OutcomeKind } from "./outcome.ts";
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
  readonly deadlines: Deadlines;
  readonly maxHeldTickets: number;
  readonly #onError: (error: unknown) => void;
  readonly #intake: TicketIntake;
  peerLink: Link = NULL_LINK;
  #state: "stopped" | "started" | "stopping" = "stopped";
  protected readonly operations = new OperationMap<InvokedOperation>();
  protected readonly stats = zeroStats();
  /** What is to be done when no operation runs: idle actions, and the promises of {@linkcode InvocationEnd.stop}. */
  #idleActions: (() => void)[] = [];
  /** What has tickets to send, in the next microtask. */
  #sources: TicketSource[] | undefined;
  #sendingMs: number | undefined;

  constructor(options: EndOptions) {
    const clock: Clock = options.clock ?? PLATFORM_CLOCK;
    this.deadlines = clock instanceof Deadlines ? clock : new Deadlines(clock);
    this.maxHeldTickets = checkInteger("maxHeldTickets", options.maxHeldTickets ?? MAX_HELD_TICKETS);
    this.#onError = options.onError ?? ((error) => console.error(error));
    this.#intake = new TicketIntake(this.#take, (error) => this.report(error));
  }

  // Link.

  acceptTicket(ticket: Ticket): void {
    this.#intake.accept(ticket);
  }

  joinLink(link: Link): void {
    this.peerLink = link;
  }

  // End.

  start(): void {
    if (this.#state !== "stopped") throw new TypeError(`Cannot start the end: it is ${this.#state}`);
    this.#state = "started";
  }

  stop(graceMs: number): Promise<void> {
    if (graceMs !== 0) checkDuration("graceMs", graceMs);
    if (this.operations.size === 0) this.#state = "stopped";
    if (this.#state === "stopped") return Promise.resolve();
    this.#state = "stopping";
    return new Promise((resolve) => {
      const abortAll = (): void => {
        for (const operation of this.operations.values()) operation.endLocally(OutcomeKind.LOCAL_SHUTDOWN);
      };
      const grace = graceMs > 0 ? this.deadlines.setTimer(abortAll, graceMs) : undefined;
      this.#idleActions.push(() => {
        this.deadlines.clearTimer(grace);
        resolve();
      });
      if (graceMs === 0) abortAll();
    });
  }

  operate(group: string, method: string, subscription: OperationSubscription, options: OperateOptions): Operation {
    if (this.#state !== "started") throw new TypeError(`Cannot operate: the end is ${this.#state}`);
    checkInvocation(group, method, subscription, options);
    const { timeout, methodKind, protocolOptions } = options;
    const opening = {
      group,
      method,
      methodKind,
      subscription: subscription.kind,
      protocol: protocolOptions === undefined ? undefined : { kind: ProtocolKind.CALL_OPTION, value: protocolOptions },
    };
    const operation = new InvokedOperation(this, newOperationId(), opening, timeout, timeout);
    this.operations.set(operation.operationId, operation);
    operation.subscribe(subscription);
    operation.advance(options);
    return operation;
  }

  operationStats(): Record<OutcomeKind, number> {
    return { ...this.stats };
  }

  addIdleAction(action: () => void): void {
    if (typeof action !== "function") {
      throw new TypeError(`Cannot add the idle action: expected a function, got ${typeof action}`);
    }
    if (this.#state === "stopped") throw new TypeError("Cannot add the idle action: the end is stopped");
    this.#idleActions.push(action);
    this.#actIfIdle();
  }

  // OperationHost.

  /** All that one stretch of code writes is merged into as few tickets as possible (S18). */
  schedule(source: TicketSource): void {
    if (source.isScheduled) return;
    source.isScheduled = true;
    if (this.#sources === undefined) {
      this.#sources = [source];
      queueSwiftly(this.#send);
    } else this.#sources.push(source);
  }

  emit(ticket: Ticket): void {
    this.#intake.emit(this.peerLink, ticket);
  }

  /** To read the clock takes as long as a tenth of a call (Node 20; a fifth in Deno 2.9). */
  sendingMs(): number {
    return this.#sendingMs ??= this.deadlines.now();
  }

  ended(operationId: OperationId, kind: OutcomeKind): void {
    this.operations.delete(operationId);
    this.stats[kind] += 1;
    this.#actIfIdle();
  }

  report(error: unknown): void {
    try {
      this.#onError(error);
    } catch {
      // There is nowhere left to report this to, and it must not harm the operations.
    }
  }

  readonly #send = (): void => {
    const sources = this.#sources ?? [];
    this.#sources = undefined;
    for (const source of sources) {
      source.isScheduled = false;
      source.sendTickets();
    }
    this.#sendingMs = undefined;
  };

  readonly #take = (ticket: Ticket): void => {
    if (this.#state === "stopped") return; // S39
    const operation = this.operations.get(ticket.operationId);
    if (operation === undefined) this.acceptUnknown(ticket, this.#state === "stopping");
    else operation.accept(ticket);
  };

  /** Accepts a ticket of an unknown operation: drops it (S5). An end that serves refuses it while it is stopping (S40). */
  protected acceptUnknown(_ticket: Ticket, _isStopping: boolean): void {}

  #actIfIdle(): void {
    if (this.operations.size > 0) return;
    const actions = this.#idleActions;
    this.#idleActions = [];
    for (const action of actions) {
      try {
        action();
      } catch (error) {
        this.report(error); // S41: stops no other action
      }
    }
    // An idle action may have stopped and started the end, and begun another operation.
    if (this.#state === "stopping" && this.operations.size === 0) this.#state = "stopped";
  }
}

const METHOD_KINDS: ReadonlySet<unknown> = new Set([undefined, ...Object.values(MethodKind)]);

const SUBSCRIPTIONS: ReadonlySet<unknown> = new Set(Object.values(Subscription));

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
  const kind: unknown = subscription?.kind;
  if (typeof group !== "string") throw new TypeError(wrong("group", "a string", group));
  if (typeof method !== "string") throw new TypeError(wrong("method", "a string", method));
  if (!SUBSCRIPTIONS.has(kind)) throw new TypeError(wrong("subscription.kind", "a member of Subscription", kind));
  if (!METHOD_KINDS.has(methodKind)) throw new TypeError(wrong("methodKind", "a member of MethodKind", methodKind));
  checkTimeout("timeout", timeout);
  if (allowance === undefined || isAllowance(allowance)) return;
  throw new RangeError(wrong("allowance", "a positive safe integer", allowance));
}

function wrong(name: string, expected: string, value: unknown): string {
  return `Cannot operate: ${name} must be ${expected}, got ${describeValue(value)}`;
}
