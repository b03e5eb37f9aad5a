import { Code } from "../links/code.ts";
import { type OperationId, ProtocolKind, Subscription, Termination, type Ticket } from "../links/ticket.ts";
import { describeValue } from "../links/foreign_value.ts";
import { nameOf } from "../links/thrown.ts";
import { BaseOperation } from "./base_operation.ts";
import { isTimeout } from "./deadlines.ts";
import type { OperationHost } from "./operation_lifetime.ts";
import { OutcomeKind } from "./outcome.ts";
import type { Opening } from "./send_queue.ts";
import type { Servicer } from "./types.ts";

/**
 * Thrown by a {@linkcode Servicer} that has no such group or method, or none of the kind that the caller takes it for (S35).
 *
 * @example A servicer that serves nothing
 * ```ts
 * import { NoSuchMethodError, type Servicer } from "@ticketlink/ticketlink/links";
 * import { assertThrows } from "@std/assert";
 *
 * const nothing: Servicer = {
 *   service() {
 *     throw new NoSuchMethodError();
 *   },
 * };
 * assertThrows(() => Reflect.apply(nothing.service, nothing, []), NoSuchMethodError);
 * ```
 */
export class NoSuchMethodError extends Error {
  /** The code that is sent to the invoker; `Code.UNIMPLEMENTED` if absent. */
  readonly code: unknown;

  /**
   * Makes the error.
   *
   * @param code The code for the invoker; `Code.UNIMPLEMENTED` if absent.
   * @param message The text for the invoker; names group and method if absent.
   */
  constructor(code?: unknown, message?: string) {
    super(message);
    this.name = "NoSuchMethodError";
    this.code = code;
  }
}

/** Whether an exception is a {@linkcode NoSuchMethodError}, also one of another copy of this library. */
function isNoSuchMethod(error: unknown): error is NoSuchMethodError {
  return nameOf(error) === "NoSuchMethodError";
}

/** What the first ticket of a service carries beside what the application sends (S2): one object for all operations. */
const OPENINGS: Readonly<Record<Subscription, Opening>> = Object.freeze({
  [Subscription.NONE]: opening(Subscription.NONE),
  [Subscription.TERMINATION]: opening(Subscription.TERMINATION),
  [Subscription.FULL]: opening(Subscription.FULL),
});

function opening(subscription: Subscription): Opening {
  return Object.freeze({
    group: undefined,
    method: undefined,
    methodKind: undefined,
    subscription,
    protocol: undefined,
  });
}

/** An operation at the end that serves it. Its first ticket calls the servicer. */
export class ServedOperation extends BaseOperation {
  readonly #servicer: Servicer;

  constructor(
    host: OperationHost,
    operationId: OperationId,
    timeoutMs: number,
    maximumTimeoutMs: number,
    servicer: Servicer,
  ) {
    super(host, operationId, undefined, timeoutMs, maximumTimeoutMs);
    this.#servicer = servicer;
  }

  protected override get isServed(): boolean {
    return true;
  }

  /** Before its last ticket leaves, so that whoever takes it need not wait for more. */
  override nextTicket(): Ticket | undefined {
    const ticket = super.nextTicket();
    if (ticket?.termination === Termination.COMPLETION && this.hasReceivedAll) this.settle();
    return ticket;
  }

  protected override begin(ticket: Ticket): boolean {
    this.state = "running";
    this.methodKind = ticket.methodKind;
    this.setPeerSubscription(ticket.subscription ?? Subscription.FULL, true);
    const reason = invalidOpening(ticket);
    if (reason !== undefined) {
      this.failReception(reason, Code.INVALID_ARGUMENT); // S3
      return false;
    }
    return this.#serve(ticket) && this.deliverContext(ticket, ProtocolKind.SERVICER_CONTEXT);
  }

  /** Calls the servicer. Returns false if this ends the operation. */
  #serve({ group = "", method = "" }: Ticket): boolean {
    try {
      const subscription = this.#servicer.service(group, method, this, this);
      this.setOpening(OPENINGS[subscription.kind]);
      this.subscribe(subscription);
    } catch (error) {
      if (isNoSuchMethod(error)) this.#noSuchMethod(error, group, method);
      else this.applicationThrew(error);
    }
    return typeof this.state === "string";
  }

  #noSuchMethod(error: NoSuchMethodError, group: string, method: string): void {
    if (typeof this.state !== "string") return;
    const code = error.code ?? Code.UNIMPLEMENTED;
    const message = error.message === "" ? `No method "${method}" in group "${group}"` : error.message;
    this.abort(Termination.REMOTE_FAILURE, code, message);
    this.end({ kind: OutcomeKind.REMOTE_FAILURE, code, message });
  }
}

/** Why the first ticket of an invocation is invalid, or `undefined` if it is valid (S3). */
function invalidOpening({ group, method, timeout }: Ticket): string | undefined {
  if (typeof group !== "string") return `field "group" of the first ticket must be a string, got ${typeof group}`;
  if (typeof method !== "string") return `field "method" of the first ticket must be a string, got ${typeof method}`;
  if (timeout !== undefined && !isTimeout(timeout)) {
    return `field "timeout" of the first ticket must be a finite number of milliseconds above 0, got ${
      describeValue(timeout)
    }`;
  }
  return undefined;
}
