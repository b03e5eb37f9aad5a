import type { Clock } from "../clock.ts";
import type { Link } from "../links/link.ts";
import type { MethodKind } from "../links/method_kind.ts";
import type { Metadata, Subscription } from "../links/ticket.ts";
import type { Outcome, OutcomeKind } from "./outcome.ts";

/** The last part of a direction (S32). */
export interface Completion {
  /** End-of-operation metadata. */
  readonly terminalMetadata?: Metadata | undefined;
  /** Any value, typically a `Code`; absent means success. */
  readonly code?: unknown;
  /** Any value, typically text for people. */
  readonly message?: unknown;
}

/** What one call of {@linkcode Operator.advance} sends. A field that is `undefined` is not sent. */
export interface Step {
  /** At most once, and no later than the first payload. */
  readonly initialMetadata?: Metadata | undefined;
  /** One payload. `undefined` is no payload; every other value is one. */
  readonly payload?: unknown;
  /** Completes this direction; only grants may follow. */
  readonly completion?: Completion | undefined;
  /** Allows the other side that many more payloads: a positive safe integer. */
  readonly allowance?: number | undefined;
}

/**
 * Takes the steps of one side of an operation. The end implements it for the application, to send; the application implements
 * it for the end, to receive.
 */
export interface Operator {
  /**
   * Takes one step.
   *
   * An end's operator never blocks (S19) and ignores steps after termination (S21). It throws if a step is not allowed, which
   * also ends the operation as LOCAL_FAILURE (S20). If an application's operator throws, its operation ends as LOCAL_FAILURE,
   * and no other operation is affected (S36).
   *
   * @param step The step.
   * @throws {TypeError} If the step is not allowed at this point.
   * @throws {RangeError} If the allowance is not a positive safe integer.
   */
  advance(step: Step): void;
}

/**
 * One operation, as its application observes and controls it.
 *
 * @example A servicer that works on when the operation is over, and says when it has done
 * ```ts
 * import { invocationEnd, type Link, serviceEnd } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * const log: string[] = [];
 * const service = serviceEnd({
 *   service(_group, _method, context) {
 *     context.retain();
 *     setTimeout(() => context.release(), 1);
 *     const operator = { advance: () => context.consumed(1) };
 *     return { kind: "full", operator, reportsConsumption: true };
 *   },
 * });
 * const invocation = invocationEnd();
 * // Stands for a transport, which counts what the service holds.
 * const waist: Link = {
 *   acceptTicket: () => {},
 *   joinLink: () => {},
 *   consumed: (_operation, payloads) => log.push(`consumed ${payloads}`),
 *   settled: () => log.push("settled"),
 * };
 * invocation.joinLink(service);
 * service.joinLink(waist);
 * service.start();
 * invocation.start();
 *
 * invocation.operate("demo", "store", { kind: "none" }, { timeout: 1_000, payload: "a page", completion: {} });
 * await invocation.stop(1_000); // a one-way operation is over when it has been handed over
 * assertEquals(log, ["consumed 1"]);
 * await new Promise((resolve) => setTimeout(resolve, 20));
 * assertEquals(log, ["consumed 1", "settled"]);
 * ```
 */
export interface OperationContext {
  /** How many messages go each way, as the caller takes the method; `undefined` if it has not said. */
  readonly methodKind: MethodKind | undefined;

  /** Which tickets the peer wants to receive (S13): `"full"` until it has said. Payloads are discarded unless it is. */
  readonly peerSubscription: Subscription;

  /**
   * Tells how the operation ended.
   *
   * @returns The outcome, or `undefined` while the operation runs.
   */
  outcome(): Outcome | undefined;

  /**
   * Adds a callback for the termination (S37). Callbacks run in the order of registration. An exception of one is reported to
   * the end's `onError` and stops no other.
   *
   * @param callback Called once with the outcome, unless the operation has ended already.
   * @returns `undefined`, or the outcome of an operation that has ended; then the callback is never called.
   */
  addTerminationCallback(callback: (outcome: Outcome) => void): Outcome | undefined;

  /**
   * Tells how much time is left (S28).
   *
   * @returns Milliseconds, never negative, 0 after termination.
   */
  timeRemaining(): number;

  /**
   * Changes the timeout of the whole operation, counted from its beginning (S25, S26). It applies here at once, up to this
   * end's maximum. The peer is told, and may reduce it to its own maximum. Ignored after termination.
   *
   * @param timeoutMs The new total, in milliseconds, more than 0 and finite.
   * @throws {TypeError} If it is not a number.
   * @throws {RangeError} If it is not above 0 or not finite.
   */
  changeTimeout(timeoutMs: number): void;

  /** Ends the operation as CANCELLED (S29). Ignored after termination. */
  cancel(): void;

  /**
   * Says that the application has consumed payloads that it was given, so that they need no memory any more (S48). The
   * transport then lets the peer send others. It is for subscriptions that have `reportsConsumption`; for others each payload
   * counts as consumed when `advance` is called. What has not been said counts as consumed when the operation is over, and
   * what is said after that is ignored.
   *
   * It grants nothing: how many payloads the peer may send is the allowance, how much memory they may take is this.
   *
   * @param payloads How many more, 1 or more, and no more than have been delivered.
   */
  consumed(payloads: number): void;

  /**
   * Says that the application works for an operation that it serves until {@linkcode release}, although the operation may be
   * over before (S48). It counts towards its transport's limits as long. Without it an operation counts until it is over. A
   * second call changes nothing; one after the end of the operation has no effect.
   */
  retain(): void;

  /**
   * Says that the application does not work for the operation any more, after {@linkcode retain}. Otherwise it does nothing.
   * It has to be called also where the work fails, or the operation keeps its place.
   */
  release(): void;

  /**
   * Ends the operation as LOCAL_FAILURE (S29). The peer is told of the failure and not of its reason (S36). Ignored after termination.
   *
   * @param error The reason, for the end's `onError`; nothing is reported if it is `undefined`.
   */
  fail(error?: unknown): void;
}

/** Receives the transport's context value, once for each operation (S38). */
export interface ProtocolReceiver {
  /**
   * Takes the value of ticket 0 if its kind is a context kind, else `undefined`.
   *
   * @param value The transport's context value.
   */
  context(value: unknown): void;
}

/** Which tickets an application wants to receive, and where they go (S13). */
export type OperationSubscription =
  | {
    /** All. */
    readonly kind: "full";
    /** Takes the peer's steps. */
    readonly operator: Operator;
    /** Takes the transport's context value. */
    readonly protocolReceiver?: ProtocolReceiver | undefined;
    /**
     * Whether the application says by {@linkcode OperationContext.consumed} what it has consumed; `false` by default, which
     * means that all is consumed that `advance` has been given.
     */
    readonly reportsConsumption?: boolean | undefined;
  }
  | {
    /** Only how the operation ended. */
    readonly kind: "termination";
    /** Called once, at the end. */
    terminationCallback(outcome: Outcome): void;
  }
  | {
    /** None. */
    readonly kind: "none";
  };

/** Serves the operations that others invoke. */
export interface Servicer {
  /**
   * Begins to serve one operation. It is called when ticket 0 is processed (S4), before the ticket's contents are delivered.
   *
   * @param group The group that is invoked.
   * @param method The method that is invoked.
   * @param context The operation.
   * @param output Takes the servicer's steps.
   * @returns Which tickets the servicer wants to receive, and where they go.
   * @throws {NoSuchMethodError} If there is no such group or method, or none of that kind (S35). Any other exception ends the operation as
   * LOCAL_FAILURE and is reported (S36).
   */
  service(group: string, method: string, context: OperationContext, output: Operator): OperationSubscription;
}

/** Options of {@linkcode End.operate}. */
export interface OperateOptions {
  /** Milliseconds for the whole operation, more than 0 and finite. */
  readonly timeout: number;
  /** How many messages go each way, as the caller takes the method; the service is told. */
  readonly methodKind?: MethodKind | undefined;
  /** Metadata for the peer, sent first. */
  readonly initialMetadata?: Metadata | undefined;
  /** The first payload; uses the implicit allowance (S14). */
  readonly payload?: unknown;
  /** Completes this direction: nothing follows. */
  readonly completion?: Completion | undefined;
  /** A value for the transport: a CALL_OPTION on the first ticket. */
  readonly protocolOptions?: unknown;
  /** Allows the peer that many responses beside the implicit one: a positive safe integer. */
  readonly allowance?: number | undefined;
}

/** An operation that has just begun. */
export interface Operation {
  /** Observes and controls it. */
  readonly context: OperationContext;
  /** Takes the application's steps. */
  readonly operator: Operator;
}

/**
 * Gives tickets their meaning: order, allowance, deadlines, termination (SEMANTICS §2 to §9). It is a link, and is joined to
 * another end, a transport or any other link.
 */
export interface End extends Link {
  /**
   * Begins to accept and send tickets.
   *
   * @throws {TypeError} If the end is not stopped (S39).
   */
  start(): void;

  /**
   * Refuses new operations, and ends those that still run after `graceMs` (S40): with 0, at once. A second call can shorten
   * the time. A stopped end can be started again.
   *
   * @param graceMs How long operations may continue, in milliseconds, from 0.
   * @returns Resolves when every operation has ended.
   * @throws {RangeError} If `graceMs` is not a finite number from 0.
   */
  stop(graceMs: number): Promise<void>;

  /**
   * Begins an operation (S1). Its first ticket is sent in the next microtask, together with all steps until then.
   *
   * @param group The group to address.
   * @param method The method in that group.
   * @param subscription Which tickets the application wants to receive, and where they go.
   * @param options The timeout, and what is sent first.
   * @returns The operation's context, and the operator that takes the application's steps.
   * @throws {TypeError} If the end is not started or is stopping (S39, S40), or an argument is of the wrong kind.
   * @throws {RangeError} If the timeout or the allowance is out of range.
   */
  operate(
    group: string,
    method: string,
    subscription: OperationSubscription,
    options: OperateOptions,
  ): Operation;

  /**
   * Counts the operations that have ended since construction, by how they ended (S42).
   *
   * @returns A new record with a count for each kind.
   */
  operationStats(): Record<OutcomeKind, number>;

  /**
   * Adds an action for the moment when no operation runs (S41): at once if none runs now, else when the last one ends.
   *
   * @param action Called once. If it throws, the exception is reported, and other actions still run.
   * @throws {TypeError} If the end is not started (S39).
   */
  addIdleAction(action: () => void): void;
}

/** Options of every end. */
export interface EndOptions {
  /** The clock; the platform's by default. */
  readonly clock?: Clock | undefined;
  /**
   * Called with each exception of the application (S36, S37) and of the peer link; `console.error` by default. Its own
   * exceptions are ignored.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** How many tickets of an operation may wait for earlier ones (S8): 1 or more; 64 by default. */
  readonly maxHeldTickets?: number | undefined;
}
