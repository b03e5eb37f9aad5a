import { Code } from "../links/code.ts";
import { Subscription, type Ticket } from "../links/ticket.ts";
import { describeValue } from "../links/foreign_value.ts";
import { nameOf } from "../links/thrown.ts";
import { isTimeout } from "./deadlines.ts";
import { InvokedOperation, type Opening, type OperationHost } from "./invoked_operation.ts";
import { OutcomeKind } from "./outcome.ts";
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

/** What an end that serves has for its operations. */
export interface ServingOptions {
  readonly servicer: Servicer;
  /** Milliseconds of an operation that names no timeout (S3, S24). */
  readonly defaultTimeoutMs: number;
  /** The longest timeout that is accepted, in milliseconds (S24). */
  readonly maximumTimeoutMs: number;
}

/** An operation at the end that serves it. Its first ticket calls the servicer. */
export class ServedOperation extends InvokedOperation {
  readonly #host: OperationHost;
  readonly #servicer: Servicer;
  #isRetained = false;
  #isSettled = false;

  /** `opener` is the ticket that has come first; the first timeout is known if its number is 0. */
  constructor(host: OperationHost, opener: Ticket, { servicer, defaultTimeoutMs, maximumTimeoutMs }: ServingOptions) {
    const { operationId, sequenceNumber, timeout } = opener;
    const requested = sequenceNumber === 0 && isTimeout(timeout) ? timeout : undefined;
    const timeoutMs = Math.min(requested ?? defaultTimeoutMs, maximumTimeoutMs);
    super(host, operationId, undefined, timeoutMs, maximumTimeoutMs);
    this.#host = host;
    this.#servicer = servicer;
    this.hasFirstTimeout = requested !== undefined;
    if (requested !== undefined && timeoutMs < requested) this.announceClamp(timeoutMs); // S24
  }

  override retain(): void {
    this.#isRetained = true;
  }

  override release(): void {
    if (!this.#isRetained) return;
    this.#isRetained = false;
    if (this.outcome() !== undefined) this.#host.peerLink.settled?.(this.operationId);
  }

  protected override begin(ticket: Ticket): boolean {
    this.methodKind = ticket.methodKind;
    const reason = invalidOpening(ticket);
    if (reason === undefined) return this.#serve(ticket);
    this.failReception(reason, Code.INVALID_ARGUMENT); // S3
    return false;
  }

  /** Unless the application still works for the operation. */
  protected override settle(): void {
    if (this.#isRetained || this.#isSettled) return;
    this.#isSettled = true;
    this.#host.peerLink.settled?.(this.operationId);
  }

  /** Calls the servicer. Returns false if this ends the operation. */
  #serve({ group = "", method = "" }: Ticket): boolean {
    try {
      const subscription = this.#servicer.service(group, method, this, this);
      this.opening = OPENINGS[subscription.kind];
      this.subscribe(subscription);
    } catch (error) {
      if (isNoSuchMethod(error)) this.#noSuchMethod(error, group, method);
      else this.applicationThrew(error);
    }
    return this.outcome() === undefined;
  }

  #noSuchMethod(error: NoSuchMethodError, group: string, method: string): void {
    const code = error.code ?? Code.UNIMPLEMENTED;
    const message = error.message === "" ? `No method "${method}" in group "${group}"` : error.message;
    this.endLocally(OutcomeKind.REMOTE_FAILURE, { code, message }, { code, message });
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
