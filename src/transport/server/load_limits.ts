import { type Clock, PLATFORM_CLOCK } from "../../clock.ts";
import { MAX_BUDGET_OVERDRAFT_BYTES, OPERATION_BYTES, STALL_MS } from "../../limits.ts";

/** Something that buffers bytes, and can be told to drop them. */
export interface BufferHolder {
  /** Who calls, where that is known: holders of one caller count together when one of them has to go. */
  readonly caller?: string | undefined;
  /** All holders together buffer far too much: it drops what it holds, at once. */
  budgetExceeded(totalBytes: number): void;
}

/** What is known of a holder. */
interface Holding {
  bytes: number;
  /** Whether its peer does not go on with what it has begun, or does not take what it has asked for. */
  isStalled: boolean;
  /** When it was last seen to let go of something while too much was held: its peer takes, or its application consumes. */
  movedAtMs: number;
}

/** What any holder may have, up to the limit of the overdraft: small calls go on beside large ones. */
const SMALL_SHARE_BYTES = 65_536;

/** Holders that a budget is shared by, at the least: one may take what is left over by the others. */
const LEAST_SHARES = 4;

/**
 * Bounds what many holders buffer together. Each has a limit of its own, but with thousands of them the sum is unbounded.
 *
 * Beyond the limit those wait that hold more than their share, all but one at a time, whose turn it is: so that one message
 * gets through, and its bytes become free. If waiting does not help, those go whose peers make no progress, the largest
 * share of a caller first. It is plain data that holders look at, since on Workers no request may act for another.
 */
export class BufferBudget {
  readonly #maxBytes: number;
  readonly #clock: Pick<Clock, "now">;
  /** What may be held beyond it while those that hold much wait. */
  readonly #overdraftBytes: number;
  readonly #held: Map<BufferHolder, Holding> = new Map();
  #totalBytes = 0;
  #operations = 0;
  #isShort = false;
  #turn: BufferHolder | undefined;
  #checkIsDue = false;

  constructor(
    maxBytes: number,
    overdraftBytes: number = MAX_BUDGET_OVERDRAFT_BYTES,
    clock: Pick<Clock, "now"> = PLATFORM_CLOCK,
  ) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    this.#overdraftBytes = overdraftBytes;
  }

  /** What all holders buffer. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Whether another operation may begin: each takes some memory until its handler settles. */
  get mayBegin(): boolean {
    return (this.#operations + 1) * OPERATION_BYTES <= this.#maxBytes;
  }

  /** Counts operations that begin, or that are over with their handlers. */
  countOperations(change: 1 | -1): void {
    this.#operations += change;
  }

  /** Somebody wants to begin another operation, and may not. */
  noteShortage(): void {
    this.#isShort = true;
  }

  /** Tells once that there is room again for operations that could not begin: for a sixteenth of all. */
  takeRelief(): boolean {
    if (!this.#isShort || this.#operations * OPERATION_BYTES > this.#maxBytes * 15 / 16) return false;
    this.#isShort = false;
    return true;
  }

  /** Whether that is more than it should be. */
  get isOver(): boolean {
    return this.#totalBytes > this.#maxBytes;
  }

  /** Sets what a holder buffers now; 0 removes it. */
  reportBuffered(holder: BufferHolder, bytes: number): void {
    const holding = this.#held.get(holder);
    this.#totalBytes += bytes - (holding?.bytes ?? 0);
    if (bytes === 0) {
      this.#held.delete(holder);
      if (this.#turn === holder) this.#turn = undefined;
    } else if (holding === undefined) {
      this.#held.set(holder, { bytes, isStalled: false, movedAtMs: -Infinity });
    } else {
      if (bytes < holding.bytes && this.isOver) holding.movedAtMs = this.#clock.now();
      holding.bytes = bytes;
    }
    if (!this.#isFarOver || this.#checkIsDue) return;
    // In a microtask: a holder that reports is not asked to drop everything amid that, and may drop something by itself.
    this.#checkIsDue = true;
    queueMicrotask(this.#check);
  }

  /** Tells whether a holder may take more. */
  mayTake(holder: BufferHolder): boolean {
    if (!this.isOver || this.#turn === holder) return true;
    const bytes = this.#held.get(holder)?.bytes ?? 0;
    if (bytes <= SMALL_SHARE_BYTES) return true;
    if (this.#totalBytes > this.#maxBytes + this.#overdraftBytes / 2) return false;
    return bytes <= this.#maxBytes / Math.max(LEAST_SHARES, this.#held.size);
  }

  /** A holder that waits takes its turn, if it is nobody's. */
  tryTurn(holder: BufferHolder): boolean {
    this.#turn ??= holder;
    return this.#turn === holder;
  }

  /** Whether it is a holder's turn. */
  hasTurn(holder: BufferHolder): boolean {
    return this.#turn === holder;
  }

  /** A holder does not need its turn any more. */
  endTurn(holder: BufferHolder): void {
    if (this.#turn === holder) this.#turn = undefined;
  }

  /** Notes whether a holder makes progress. */
  setStalled(holder: BufferHolder, isStalled: boolean): void {
    const holding = this.#held.get(holder);
    if (holding !== undefined) holding.isStalled = isStalled;
  }

  /** Tells whether a holder has to go: it stalls, and no caller holds more in holders that do. */
  mustGo(holder: BufferHolder): boolean {
    if (!this.isOver || this.#held.get(holder)?.isStalled !== true) return false;
    const shares = new Map<BufferHolder | string, number>();
    for (const [each, { bytes, isStalled }] of this.#held) {
      if (!isStalled) continue;
      const caller = each.caller ?? each;
      shares.set(caller, (shares.get(caller) ?? 0) + bytes);
    }
    const share = shares.get(holder.caller ?? holder) ?? 0;
    for (const other of shares.values()) if (other > share) return false;
    return true;
  }

  get #isFarOver(): boolean {
    return this.#totalBytes > this.#maxBytes + this.#overdraftBytes;
  }

  /** Far beyond the limit nobody can wait any more: some go. */
  readonly #check = (): void => {
    this.#checkIsDue = false;
    while (this.#isFarOver) {
      const largest = this.#largest();
      if (largest === undefined) return;
      const totalBytes = this.#totalBytes;
      this.reportBuffered(largest, 0);
      largest.budgetExceeded(totalBytes);
    }
  };

  /**
   * Of those that have let go of nothing lately, if there are any. Searched only when the budget is exceeded, so that
   * counting, which every ticket does, is cheap.
   */
  #largest(): BufferHolder | undefined {
    const movedSinceMs = this.#clock.now() - STALL_MS / 2;
    let largest: BufferHolder | undefined;
    let most: Holding | undefined;
    for (const [holder, holding] of this.#held) {
      if (most !== undefined && !goesBefore(holding, most, movedSinceMs)) continue;
      most = holding;
      largest = holder;
    }
    return largest;
  }
}

function goesBefore(one: Holding, other: Holding, movedSinceMs: number): boolean {
  const hasMoved = one.movedAtMs >= movedSinceMs;
  const hasOtherMoved = other.movedAtMs >= movedSinceMs;
  return hasMoved === hasOtherMoved ? one.bytes > other.bytes : hasOtherMoved;
}
