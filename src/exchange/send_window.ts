import type { Credit, Hello } from "../wire/control_item.ts";
import type { ExchangeOperation } from "./exchange_operation.ts";

/** What one operation may hold of the window, so that one slow reader leaves room for others. */
const OPERATION_SHARE = 1 / 2;
/** What operations may hold of the window that hold something already: the rest is kept for those that hold nothing. */
const OPEN_SHARE = 3 / 4;

/**
 * What the peer lets this side send on an exchange (P9.20, P9.11): bytes that its applications have not consumed, and
 * operations. A payload may leave while there is any room, so that one message of any length always can.
 */
export class SendWindow {
  #windowBytes = Infinity;
  #sentBytes = 0;
  /** Operations that may be begun in all, or at once where the peer gives no credit. */
  #maxOperations = Infinity;
  #begunOperations = 0;
  #givesCredit = false;

  /** Bytes that have been sent and that the peer has not said to have consumed. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Sets the limits that hold until the peer has said its own. */
  assume(limits: Pick<Hello, "windowBytes" | "maxOperations">): void {
    this.#windowBytes = limits.windowBytes ?? Infinity;
    this.#maxOperations = limits.maxOperations ?? Infinity;
    this.#givesCredit = limits.windowBytes !== undefined;
  }

  /** Tells whether a payload of an operation may leave. */
  hasRoomFor({ sentBytes }: ExchangeOperation): boolean {
    const windowBytes = this.#windowBytes;
    if (sentBytes <= 0) return !this.isFull;
    return this.#sentBytes < windowBytes * OPEN_SHARE && sentBytes < windowBytes * OPERATION_SHARE;
  }

  /** Whether no payload of any operation may leave. */
  get isFull(): boolean {
    return this.#sentBytes >= this.#windowBytes;
  }

  /** A ticket with a payload has been written. */
  sent(operation: ExchangeOperation, bytes: number): void {
    operation.sentBytes += bytes;
    this.#sentBytes += bytes;
  }

  /** Tickets with payloads have been dropped that were written and have not left. */
  dropped(bytes: number): void {
    this.#sentBytes -= bytes;
  }

  /** Tells whether another operation may begin, with so many that run. */
  mayBegin(running: number): boolean {
    return (this.#givesCredit ? this.#begunOperations : running) < this.#maxOperations;
  }

  /** An operation has begun. */
  begun(): void {
    this.#begunOperations += 1;
  }

  /** The peer has consumed bytes, or lets others begin; returns whether that is so. */
  credited({ operations = 0, consumedBytes = 0 }: Credit): boolean {
    const isCredit = operations > this.#maxOperations || (consumedBytes > 0 && this.#sentBytes > 0);
    this.#maxOperations = Math.max(this.#maxOperations, operations);
    // Of tickets that cannot be read nobody knows whether they had a payload.
    this.#sentBytes = Math.max(0, this.#sentBytes - consumedBytes);
    return isCredit;
  }
}
