import type { ExchangeOperation } from "./exchange_operation.ts";
import { OperationPace } from "./operation_pace.ts";
import type { OperationTable } from "./operation_table.ts";
import { RecentSizes } from "./recent_sizes.ts";
import type { Turns } from "./turns.ts";

/**
 * Bytes of payloads that an operation may have permission for however many others share the exchange, so that small
 * messages do not cost a ticket of their own each.
 */
const LEAST_PORTION_BYTES = 16_384;
/** Operations that are told in one turn. Each may answer at once. */
const OPERATIONS_PER_TURN = 256;

/** The exchange, as its pacer sees it. */
export interface PacerHost {
  /** The operations that run. */
  readonly operations: OperationTable;
  /** When others have had their turn. */
  readonly turns: Turns;
  /** Bytes that may wait before grants do as well. */
  readonly highWaterBytes: number;
  /** Bytes that wait for the peer to take them. */
  waitingBytes(): number;
  /** Tells the mate of a permission in a ticket of its own. */
  handOn(operation: ExchangeOperation, allowance: number): void;
}

/**
 * Hands on to the mate what the peer has granted, as the peer takes what was sent (P9.13): a permission costs its giver
 * nothing, and whoever uses it makes bytes that have to wait somewhere. Nothing is lost of it, and nothing but
 * permission is ever held back.
 *
 * What the mate may have said at any time without being asked again is a share of the high-water mark for each
 * operation; beyond the mark nobody gets more. The peer's grants and those on its behalf (S46) come this way alike.
 */
export class AllowancePacer {
  readonly #host: PacerHost;
  /** Operations with permission that waits for bytes to leave, or for a ticket that is missing. */
  readonly #held: Set<ExchangeOperation> = new Set();
  readonly #sizes = new RecentSizes();
  #isScheduled = false;

  constructor(host: PacerHost) {
    this.#host = host;
  }

  /** The peer grants payloads in a ticket: returns how many of them the ticket may say. */
  granted(operation: ExchangeOperation, payloads: number): number | undefined {
    operation.pace ??= new OperationPace(this.#sizes);
    operation.pace.grant(payloads);
    return this.#take(operation, operation.pace) || undefined;
  }

  /** Grants payloads on the peer's behalf. */
  grant(operation: ExchangeOperation, payloads: number): void {
    const allowance = this.granted(operation, payloads);
    if (allowance !== undefined) this.#host.handOn(operation, allowance);
  }

  /** A ticket with a payload has been written that has so many bytes. */
  sent(operation: ExchangeOperation, pace: OperationPace, bytes: number): void {
    pace.sent(bytes);
    if (pace.withheld > 0 && !this.#held.has(operation) && pace.isDue(this.#portionBytes)) this.#hold(operation);
  }

  /** Less waits than before. */
  drained(): void {
    if (this.#held.size > 0 && !this.#isFull) this.#schedule();
  }

  /** A ticket of the operation has come, which may be one that was missing. */
  arrived(operation: ExchangeOperation): void {
    if (this.#held.has(operation)) this.drained();
  }

  /** The operation is over. */
  forget(operation: ExchangeOperation): void {
    if (operation.pace !== undefined) this.#held.delete(operation);
  }

  /** Hands on nothing more. */
  stop(): void {
    this.#held.clear();
    this.#host.turns.remove(this.#handOn);
  }

  get #isFull(): boolean {
    return this.#host.waitingBytes() > this.#host.highWaterBytes;
  }

  get #portionBytes(): number {
    const { highWaterBytes, operations } = this.#host;
    return Math.max(LEAST_PORTION_BYTES, highWaterBytes / operations.size);
  }

  #take(operation: ExchangeOperation, pace: OperationPace): number {
    if (operation.isGapless && !this.#isFull) return pace.take(this.#portionBytes);
    this.#held.add(operation);
    return 0;
  }

  #hold(operation: ExchangeOperation): void {
    this.#held.add(operation);
    this.drained();
  }

  /** Not at once: whoever has written is the mate, at work itself. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(this.#handOn);
  }

  readonly #handOn = (): void => {
    this.#isScheduled = false;
    // What is held again comes after those that are held now.
    let left = Math.min(this.#held.size, OPERATIONS_PER_TURN);
    const more = this.#held.size - left;
    for (const operation of this.#held) {
      if (left === 0 || this.#isFull) break;
      left -= 1;
      this.#held.delete(operation);
      this.#handOnTo(operation);
    }
    if (more === 0 || this.#isFull) return;
    this.#isScheduled = true;
    this.#host.turns.add(this.#handOn);
  };

  #handOnTo(operation: ExchangeOperation): void {
    const { operations } = this.#host;
    if (operations.get(operation.wireId) !== operation || operation.pace === undefined) return;
    const allowance = this.#take(operation, operation.pace);
    if (allowance > 0) this.#host.handOn(operation, allowance);
  }
}
