import { MAX_REMEMBERED_RUNS } from "../limits.ts";
import { type OperationId, Termination, type Ticket } from "../links/mod.ts";
import { EndedOperations } from "./ended_operations.ts";
import { type EndOptions, OperationEnd } from "./operation_end.ts";
import { type OutcomeKind, outcomeOfReceivedAbort } from "./outcome.ts";
import { Refusal } from "./refusal.ts";
import { ServedOperation } from "./served_operation.ts";
import type { Servicer } from "./servicer.ts";
import { isTimeout } from "./timeout.ts";

/** What an end that serves needs beyond {@linkcode EndOptions}. */
export interface Serving {
  readonly servicer: Servicer;
  readonly defaultTimeoutMs: number;
  readonly maximumTimeoutMs: number;
}

/** An end that serves the operations its mate sends it, and can invoke too. */
export class ServingEnd extends OperationEnd {
  readonly #serving: Serving;
  readonly #ended = new EndedOperations(MAX_REMEMBERED_RUNS);

  constructor(options: EndOptions, serving: Serving) {
    super(options);
    this.#serving = serving;
  }

  override ended(operationId: OperationId, kind: OutcomeKind): void {
    this.#ended.add(operationId);
    super.ended(operationId, kind);
  }

  /** Opens the operation (S3 to S6, S11, S40). */
  protected override acceptUnknown(ticket: Ticket): void {
    const { operationId, termination } = ticket;
    if (this.#ended.has(operationId)) return;
    if (termination !== undefined && termination !== Termination.COMPLETION) return this.#countAbort(ticket);
    if (this.isStopping) return this.#refuse(ticket);
    const { servicer, defaultTimeoutMs, maximumTimeoutMs } = this.#serving;
    const requested = ticket.sequenceNumber === 0 && isTimeout(ticket.timeout) ? ticket.timeout : undefined;
    const timeoutMs = Math.min(requested ?? defaultTimeoutMs, maximumTimeoutMs);
    const start = { operationId, opening: undefined, timeoutMs, maximumTimeoutMs };
    const operation = new ServedOperation(this, start, servicer);
    this.add(operation);
    operation.accept(ticket);
  }

  /** S6: an operation whose first word is its last. */
  #countAbort({ operationId, termination }: Ticket): void {
    const kind = outcomeOfReceivedAbort(termination);
    if (kind === undefined) return;
    this.#ended.add(operationId);
    this.count(kind);
  }

  #refuse(ticket: Ticket): void {
    this.#ended.add(ticket.operationId);
    if (ticket.subscription !== "none") this.schedule(new Refusal(ticket.operationId));
  }
}
