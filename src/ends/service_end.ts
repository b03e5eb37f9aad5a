import { DEFAULT_TIMEOUT_MS, MAX_REMEMBERED_RUNS, MAXIMUM_TIMEOUT_MS } from "../limits.ts";
import { Code } from "../links/code.ts";
import { type OperationId, Termination, type Ticket } from "../links/ticket.ts";
import { checkTimeout } from "./deadlines.ts";
import { EndedOperations } from "./ended_operations.ts";
import { InvocationEnd } from "./invocation_end.ts";
import type { OperationHost, TicketSource } from "./invoked_operation.ts";
import { type OutcomeKind, outcomeOfReceivedAbort } from "./outcome.ts";
import { ServedOperation, type ServingOptions } from "./served_operation.ts";
import type { End, EndOptions, Servicer } from "./types.ts";

/** Options of {@linkcode serviceEnd}. */
export interface ServiceEndOptions extends EndOptions {
  /** Milliseconds of an operation that names no timeout (S3, S24); above 0; 300,000 by default. */
  readonly defaultTimeoutMs?: number | undefined;
  /** The longest timeout that is accepted, in milliseconds (S24), above 0; 86,400,000 by default. */
  readonly maximumTimeoutMs?: number | undefined;
}

/**
 * Makes an end that serves the operations that its peer link sends. It can also invoke.
 *
 * @param servicer Answers the operations.
 * @param options Its timeouts, its clock, its error reporter, and how many early tickets it holds.
 * @returns The end, stopped and not joined. It drops tickets that arrive before it is started (S39).
 * @throws {TypeError} If the servicer has no `service` method, or a timeout is not a number.
 * @throws {RangeError} If a timeout is not above 0 or not finite, or `maxHeldTickets` is not a positive integer.
 *
 * @example A service that answers each operation with one payload
 * ```ts
 * import { invocationEnd, joinLinks, serviceEnd } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * const service = serviceEnd({
 *   service(_group, method, _context, output) {
 *     output.advance({ payload: `this is ${method}`, completion: {} });
 *     return { kind: "full", operator: { advance() {} } };
 *   },
 * });
 * const invocation = invocationEnd();
 * joinLinks(invocation, service);
 * service.start();
 * invocation.start();
 *
 * const answers: unknown[] = [];
 * invocation.operate("demo", "hello", {
 *   kind: "full",
 *   operator: { advance: ({ payload }) => answers.push(payload) },
 * }, { timeout: 1000, completion: {} });
 * await invocation.stop(1000);
 * await service.stop(0);
 *
 * assertEquals(answers, ["this is hello"]);
 * ```
 */
export function serviceEnd(servicer: Servicer, options: ServiceEndOptions = {}): End {
  if (typeof servicer?.service !== "function") {
    throw new TypeError(`Cannot make the service end: servicer must have a service method, got ${typeof servicer}`);
  }
  const defaultTimeoutMs = options.defaultTimeoutMs ?? DEFAULT_TIMEOUT_MS;
  const maximumTimeoutMs = options.maximumTimeoutMs ?? MAXIMUM_TIMEOUT_MS;
  checkTimeout("defaultTimeoutMs", defaultTimeoutMs);
  checkTimeout("maximumTimeoutMs", maximumTimeoutMs);
  return new ServiceEnd(options, { servicer, defaultTimeoutMs, maximumTimeoutMs });
}

class ServiceEnd extends InvocationEnd {
  readonly #serving: ServingOptions;
  readonly #ended = new EndedOperations(MAX_REMEMBERED_RUNS);

  constructor(options: EndOptions, serving: ServingOptions) {
    super(options);
    this.#serving = serving;
  }

  override ended(operationId: OperationId, kind: OutcomeKind): void {
    this.#ended.add(operationId);
    super.ended(operationId, kind);
  }

  /** Opens the operation (S3 to S6, S11, S40). */
  protected override acceptUnknown(ticket: Ticket, isStopping: boolean): void {
    const { operationId, termination } = ticket;
    if (this.#ended.has(operationId)) return;
    if (termination !== undefined && termination !== Termination.COMPLETION) return this.#countAbort(ticket);
    if (isStopping) return this.#refuse(ticket);
    const operation = new ServedOperation(this, ticket, this.#serving);
    this.operations.set(operationId, operation);
    operation.accept(ticket);
  }

  /** Counts an operation whose first ticket is an abort (S6). */
  #countAbort({ operationId, termination }: Ticket): void {
    this.peerLink.settled?.(operationId);
    const kind = outcomeOfReceivedAbort(termination);
    if (kind === undefined) return;
    this.#ended.add(operationId);
    this.stats[kind] += 1;
  }

  #refuse(ticket: Ticket): void {
    this.#ended.add(ticket.operationId);
    if (ticket.subscription !== "none") this.schedule(new Refusal(this, ticket.operationId));
    this.peerLink.settled?.(ticket.operationId);
  }
}

/** Sends the ticket that refuses an operation while the end is stopping (S40): the operation never started. */
class Refusal implements TicketSource {
  isScheduled = false;
  readonly #host: OperationHost;
  readonly #operationId: OperationId;

  constructor(host: OperationHost, operationId: OperationId) {
    this.#host = host;
    this.#operationId = operationId;
  }

  sendTickets(): void {
    try {
      this.#host.emit({
        operationId: this.#operationId,
        sequenceNumber: 0,
        termination: Termination.SHUTDOWN,
        code: Code.UNAVAILABLE,
        message: "The service is stopping and did not start the operation",
        neverStarted: true,
      });
    } catch (error) {
      this.#host.report(error);
    }
  }
}
