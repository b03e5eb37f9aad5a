import type { FrameWriter } from "../wire/frame_writer.ts";
import type { Delivery } from "./delivery.ts";
import type { ExchangeOperation, OperationTable } from "./exchange_operation.ts";
import { OperationCredit, RecentSizes } from "./operation_credit.ts";
import type { FairScheduler } from "./fair_scheduler.ts";

/**
 * Bytes of payloads that may be granted to an operation however many others share the exchange, so that small messages do
 * not need a grant each.
 */
const LEAST_PORTION_BYTES = 16_384;
/** Operations that get a grant in one time slice. Each may send at once. */
const OPERATIONS_PER_SLICE = 256;

/** What a {@linkcode CreditScheduler} works on. */
export interface CreditSchedulerOptions {
  /** The operations that run. */
  readonly operations: OperationTable;
  /** Delivers grants that have been held back. */
  readonly delivery: Delivery;
  /** Knows how much waits for the peer to take it. */
  readonly writer: FrameWriter;
  /** Gives others their time slices in between. */
  readonly scheduler: FairScheduler;
  /** Bytes that may wait before grants wait as well. */
  readonly highWaterBytes: number;
  /** Whether nothing is to be sent at present. */
  isPaused(): boolean;
}

/**
 * Passes the peer's grants on to the local end as fast as the peer takes what was sent (P9.13). A grant costs the peer
 * nothing, but each message that it allows has bytes that wait somewhere. No grant is lost, and nothing else is held back.
 *
 * At any time an operation may have unused grants for its share of the high-water mark. Beyond the mark no operation gets
 * more. Grants in the place of the peer (S46) are handled in the same way.
 */
export class CreditScheduler {
  readonly #operations: OperationTable;
  readonly #delivery: Delivery;
  readonly #writer: FrameWriter;
  readonly #scheduler: FairScheduler;
  readonly #highWaterBytes: number;
  readonly #isPaused: () => boolean;
  /** Operations whose grants wait for bytes to leave, or for a ticket that is missing. */
  readonly #held: Set<ExchangeOperation> = new Set();
  readonly #sizes = new RecentSizes();
  #isScheduled = false;

  constructor({ operations, delivery, writer, scheduler, highWaterBytes, isPaused }: CreditSchedulerOptions) {
    this.#isPaused = isPaused;
    this.#operations = operations;
    this.#delivery = delivery;
    this.#writer = writer;
    this.#scheduler = scheduler;
    this.#highWaterBytes = highWaterBytes;
  }

  /** The peer grants payloads with a ticket: returns how many of them the ticket is to grant. */
  granted(operation: ExchangeOperation, payloads: number): number | undefined {
    operation.credit ??= new OperationCredit(this.#sizes);
    operation.credit.grant(payloads);
    return this.#take(operation, operation.credit) || undefined;
  }

  /** Grants payloads in the place of the peer. */
  grant(operation: ExchangeOperation, payloads: number): void {
    const allowance = this.granted(operation, payloads);
    if (allowance !== undefined) this.#delivery.grant(operation, allowance);
  }

  /** A ticket with a payload has been written, with so many bytes. */
  sent(operation: ExchangeOperation, credit: OperationCredit, bytes: number): void {
    credit.sent(bytes);
    if (credit.withheld > 0 && !this.#held.has(operation) && credit.isDue(this.#portionBytes)) this.#hold(operation);
  }

  /** Less waits than before. */
  drained(): void {
    if (this.#held.size > 0 && !this.#isFull && !this.#isScheduled) this.#passHeldOn();
  }

  /** A ticket of the operation has come, perhaps one that was missing. */
  arrived(operation: ExchangeOperation): void {
    if (this.#held.has(operation)) this.drained();
  }

  /** The operation is over. */
  forget(operation: ExchangeOperation): void {
    if (operation.credit !== undefined) this.#held.delete(operation);
  }

  /** Passes on nothing more. */
  stop(): void {
    this.#held.clear();
    this.#scheduler.remove(this.#passHeldOn);
  }

  get #isFull(): boolean {
    return this.#isPaused() || this.#writer.queuedBytes > this.#highWaterBytes;
  }

  get #portionBytes(): number {
    return Math.max(LEAST_PORTION_BYTES, this.#highWaterBytes / this.#operations.size);
  }

  #take(operation: ExchangeOperation, credit: OperationCredit): number {
    if (operation.isGapless && !this.#isFull) return credit.take(this.#portionBytes);
    this.#held.add(operation);
    return 0;
  }

  #hold(operation: ExchangeOperation): void {
    this.#held.add(operation);
    this.drained();
  }

  readonly #passHeldOn = (): void => {
    this.#isScheduled = false;
    // Operations that are held again come after those that are held now.
    let left = Math.min(this.#held.size, OPERATIONS_PER_SLICE);
    const more = this.#held.size - left;
    for (const operation of this.#held) {
      if (left === 0 || this.#isFull) break;
      left -= 1;
      this.#held.delete(operation);
      this.#passOn(operation);
    }
    if (more === 0 || this.#isFull) return;
    this.#isScheduled = true;
    this.#scheduler.add(this.#passHeldOn);
  };

  #passOn(operation: ExchangeOperation): void {
    if (this.#operations.get(operation.wireId) !== operation || operation.credit === undefined) return;
    const allowance = this.#take(operation, operation.credit);
    if (allowance > 0) this.#delivery.grant(operation, allowance);
  }
}
