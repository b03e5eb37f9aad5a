import { type Clock, MAX_TIMER_DELAY_MS, type Timer } from "../../clock.ts";
import type { OperationId, Ticket } from "../../links/ticket.ts";

/**
 * Milliseconds for which an operation may last beyond its timeout. An end expires its operations itself and tells the link,
 * so the link comes second. It is also the least time between two looks at all operations.
 */
const GRACE_MS = 50;

interface OperationTime {
  readonly startMs: number;
  /** The longest timeout that the local end has named: a peer may shorten it and restore it again (S26). */
  timeoutMs: number;
}

/**
 * Expires operations whose end does not: a link alone must answer within the timeout (S43).
 *
 * A link that keeps deadlines itself does not need it. Almost every operation is over long before. So there is no heap, only a timer for the earliest deadline that was known
 * when it was set, and then a look at all operations.
 */
export class OperationDeadlines {
  readonly #clock: Clock;
  readonly #expire: (operationId: OperationId) => void;
  readonly #times = new Map<OperationId, OperationTime>();
  #timer: Timer = undefined;
  #firesAtMs = Infinity;

  /** @param expire Ends an operation that is still there. */
  constructor(clock: Clock, expire: (operationId: OperationId) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  /** The local end begins an operation. */
  begin({ operationId, timeout }: Ticket): void {
    if (!isTimeout(timeout)) return;
    const startMs = this.#clock.now();
    this.#times.set(operationId, { startMs, timeoutMs: timeout });
    this.#arm(startMs + timeout + GRACE_MS, startMs);
  }

  /** The local end names another timeout. */
  change({ operationId, timeout }: Ticket): void {
    const time = this.#times.get(operationId);
    if (time !== undefined && isTimeout(timeout) && timeout > time.timeoutMs) time.timeoutMs = timeout;
  }

  /** An operation is over. */
  delete(operationId: OperationId): void {
    if (this.#times.size === 0 || !this.#times.delete(operationId) || this.#times.size > 0) return;
    this.#clock.clearTimer(this.#timer);
    this.#firesAtMs = Infinity;
  }

  #arm(atMs: number, nowMs: number): void {
    if (atMs >= this.#firesAtMs) return;
    this.#clock.clearTimer(this.#timer);
    this.#firesAtMs = atMs;
    this.#timer = this.#clock.setTimer(this.#look, Math.min(Math.max(atMs - nowMs, 0), MAX_TIMER_DELAY_MS));
  }

  readonly #look = (): void => {
    this.#firesAtMs = Infinity;
    const nowMs = this.#clock.now();
    let nextMs = Infinity;
    for (const [operationId, { startMs, timeoutMs }] of [...this.#times]) {
      const endsMs = startMs + timeoutMs + GRACE_MS;
      if (endsMs <= nowMs) this.#expire(operationId);
      else nextMs = Math.min(nextMs, endsMs);
    }
    if (this.#times.size > 0 && nextMs < Infinity) this.#arm(Math.max(nextMs, nowMs + GRACE_MS), nowMs);
  };
}

function isTimeout(timeout: unknown): timeout is number {
  return typeof timeout === "number" && Number.isFinite(timeout) && timeout > 0;
}
