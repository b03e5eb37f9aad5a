import type { HttpRefusal } from "../server/http_refusal.ts";
import type { ChunkSupply } from "../../exchange/incoming_chunks.ts";
import type { BufferBudget, BufferHolder } from "../server/load_limits.ts";
import { partTooEarly, UNKNOWN_PAIR } from "./refusals.ts";
import type { ServiceExchange } from "../server/service_exchange.ts";

/** What became of a part: `undefined` if it is applied, else why not. */
export type PartOutcome = HttpRefusal | undefined;

/** A part that has come and is not applied yet. Its outcome answers one request, or several with the same part. */
interface WaitingPart {
  readonly bytes: Uint8Array;
  readonly outcome: Promise<PartOutcome>;
  settle(outcome: PartOutcome): void;
}

/** What is known of a part before its bytes have come. */
export type PartVerdict =
  | { readonly kind: "wanted" }
  | { readonly kind: "known"; readonly outcome: Promise<PartOutcome> };

const WANTED: PartVerdict = Object.freeze({ kind: "wanted" });

/**
 * The client's direction of a pair, put together again from its parts.
 *
 * ```text
 *       it is its turn           the exchange reads on
 * ahead ──────────────▶ in work ──────────────────────▶ applied
 *   └─── the exchange is over ──▶ gone
 * ```
 *
 * A part stays in work until the exchange reads on. So an exchange that does not keep up delays the requests of its client.
 */
export class PairUploads implements ChunkSupply, BufferHolder {
  readonly #budget: BufferBudget;
  readonly #maxPartsAhead: number;
  readonly #closed: () => void;
  /** Parts that wait for their turn. */
  readonly #ahead: Map<number, WaitingPart> = new Map();
  #aheadBytes = 0;
  /** The number whose turn it is. */
  #next = 0;
  #inWork: WaitingPart | undefined;
  #exchange: ServiceExchange | undefined;
  #isPaused = false;
  #isClosed = false;

  /** Begins with part 0. So many parts may wait for their turn; `closed` is called once, when no more are taken. */
  constructor(budget: BufferBudget, maxPartsAhead: number, closed: () => void) {
    this.#budget = budget;
    this.#maxPartsAhead = maxPartsAhead;
    this.#closed = closed;
  }

  /** Sets the exchange that takes the direction. */
  attach(exchange: ServiceExchange): this {
    this.#exchange = exchange;
    return this;
  }

  /** Tells whether the bytes of a part are needed, or else what becomes of it. */
  judge(number: number): PartVerdict {
    if (this.#isClosed) return known(UNKNOWN_PAIR);
    if (number > this.#next + this.#maxPartsAhead) {
      return known(partTooEarly(number, this.#next, this.#maxPartsAhead));
    }
    const waiting = number === this.#next - 1 ? this.#inWork : this.#ahead.get(number);
    if (waiting !== undefined) return { kind: "known", outcome: waiting.outcome };
    return number < this.#next ? known(undefined) : WANTED;
  }

  /** Takes a part, unless it has come before. Resolves when it is applied, or cannot be. */
  take(number: number, bytes: Uint8Array): Promise<PartOutcome> {
    const verdict = this.judge(number);
    if (verdict.kind === "known") return verdict.outcome;
    // Node 20 has no Promise.withResolvers.
    let settle!: (outcome: PartOutcome) => void;
    const outcome = new Promise<PartOutcome>((resolve) => settle = resolve);
    this.#ahead.set(number, { bytes, outcome, settle });
    this.#hold(bytes.byteLength);
    this.#proceed();
    return outcome;
  }

  budgetExceeded(totalBytes: number): void {
    this.#exchange?.budgetExceeded(totalBytes);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#proceed();
  }

  stop(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#inWork?.settle(undefined);
    for (const part of this.#ahead.values()) part.settle(UNKNOWN_PAIR);
    this.#ahead.clear();
    this.#hold(-this.#aheadBytes);
    this.#closed();
  }

  #proceed(): void {
    while (!this.#isPaused && !this.#isClosed) {
      this.#endIfThrough();
      this.#inWork?.settle(undefined);
      this.#inWork = this.#ahead.get(this.#next);
      if (this.#inWork === undefined) return;
      this.#apply(this.#inWork.bytes);
    }
  }

  #apply(bytes: Uint8Array): void {
    this.#ahead.delete(this.#next);
    this.#next += 1;
    this.#hold(-bytes.byteLength);
    this.#exchange?.incoming.chunk(bytes);
  }

  /** HTTP does not show the end of the direction: it ends with its last frame, or with a part 0 without a hello (P8.4). */
  #endIfThrough(): void {
    if (this.#next === 0 || this.#exchange === undefined) return;
    const { incoming, isGreeted } = this.#exchange;
    if (!isGreeted || incoming.peerHasEnded) incoming.ended();
  }

  #hold(bytes: number): void {
    this.#aheadBytes += bytes;
    this.#budget.reportBuffered(this, this.#aheadBytes);
  }
}

function known(outcome: PartOutcome): PartVerdict {
  return { kind: "known", outcome: Promise.resolve(outcome) };
}
