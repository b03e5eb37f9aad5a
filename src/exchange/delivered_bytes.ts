import type { ExchangeOperation } from "./exchange_operation.ts";

/** The peer hears of what is consumed when it is this much of the window. */
const REPORT_SHARE = 1 / 8;
/** The same where the peer may be waiting, and where a grant goes to it anyway. */
const SMALL_REPORT_SHARE = 1 / 64;
/** From here on it may be, for as much as it knows. */
const TIGHT_SHARE = 3 / 4;

/** What {@linkcode DeliveredBytes.takeReport} says: a part of a credit item. */
export interface ConsumptionReport {
  /** Bytes that have been consumed since the report before. */
  readonly consumedBytes: number;
  /** Those of operations that still run: a number and its bytes, in turns. */
  readonly ofOperations: readonly number[];
}

/**
 * Counts the bytes that have been delivered to applications of this side and that they have not consumed, and tells when
 * the peer is to hear what they have (P9.20). It knows no ticket and no time.
 *
 * Payloads of one operation count as equally long, so that nothing has to be kept of each.
 */
export class DeliveredBytes {
  readonly #windowBytes: number;
  #bytes = 0;
  #unreportedBytes = 0;
  /** Operations that have consumed something that is not reported. */
  #touched: ExchangeOperation[] = [];
  /** Whether one of them holds nothing any more. */
  #hasEmptied = false;

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
  }

  /** Bytes that have not been consumed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A payload has been delivered. */
  delivered(operation: ExchangeOperation, bytes: number): void {
    operation.deliveredBytes += bytes;
    operation.deliveredPayloads += 1;
    this.#bytes += bytes;
  }

  /** A payload has come that nobody wants. */
  discarded(bytes: number): void {
    this.#unreportedBytes += bytes;
  }

  /** The application has consumed payloads of an operation. */
  consumed(operation: ExchangeOperation, payloads: number): void {
    const { deliveredBytes, deliveredPayloads } = operation;
    if (deliveredPayloads === 0) return;
    const isAll = payloads >= deliveredPayloads;
    const bytes = isAll ? deliveredBytes : Math.floor(deliveredBytes * payloads / deliveredPayloads);
    operation.deliveredBytes -= bytes;
    operation.deliveredPayloads = isAll ? 0 : deliveredPayloads - payloads;
    // Of an operation that sends no more the peer need not know.
    if (!operation.peerHasCompleted) {
      if (operation.consumedBytes === 0) this.#touched.push(operation);
      if (isAll) this.#hasEmptied = true;
      operation.consumedBytes += bytes;
    }
    this.#bytes -= bytes;
    this.#unreportedBytes += bytes;
  }

  /** An operation is over: nothing of it is of use any more. */
  forget(operation: ExchangeOperation): void {
    const { deliveredBytes } = operation;
    if (deliveredBytes === 0) return;
    operation.deliveredBytes = 0;
    operation.deliveredPayloads = 0;
    this.#bytes -= deliveredBytes;
    this.#unreportedBytes += deliveredBytes;
  }

  /** Whether the peer is to hear what has been consumed. */
  get isReportDue(): boolean {
    const bytes = this.#unreportedBytes;
    const windowBytes = this.#windowBytes;
    if (bytes === 0) return false;
    if (bytes >= windowBytes * REPORT_SHARE) return true;
    const isTight = this.#bytes + bytes >= windowBytes * TIGHT_SHARE;
    // What the window keeps for operations that hold nothing is theirs only if the peer knows that.
    return isTight && (this.#hasEmptied || bytes >= windowBytes * SMALL_REPORT_SHARE);
  }

  /** Whether the peer may hear what has been consumed when something else is sent to it. */
  get isWorthReporting(): boolean {
    return this.#unreportedBytes >= this.#windowBytes * SMALL_REPORT_SHARE;
  }

  /** Takes what the peer is to hear. `runs` tells whether an operation still runs. */
  takeReport(runs: (operation: ExchangeOperation) => boolean): ConsumptionReport {
    const consumedBytes = this.#unreportedBytes;
    const ofOperations: number[] = [];
    for (const operation of this.#touched) {
      if (runs(operation)) ofOperations.push(operation.wireId, operation.consumedBytes);
      operation.consumedBytes = 0;
    }
    this.#touched = [];
    this.#hasEmptied = false;
    this.#unreportedBytes = 0;
    return { consumedBytes, ofOperations };
  }
}
