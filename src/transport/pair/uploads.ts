import type { HttpRefusal } from "../server/http_refusal.ts";
import { TransportError } from "../../exchange/transport_failure.ts";
import { budgetExceeded } from "../../exchange/limit_failure.ts";
import type { BufferBudget, BufferHolder } from "../server/load_limits.ts";
import { partTooEarly, UNKNOWN_PAIR } from "./refusals.ts";
import type { RequestSource } from "../server/request_transport.ts";

/** What became of a part: `undefined` if it is applied, else why not. */
export type PartOutcome = HttpRefusal | undefined;

/** A part that has come and is not applied yet. Its outcome answers one request, or several with the same part. */
interface WaitingPart {
  readonly bytes: Uint8Array;
  readonly outcome: Promise<PartOutcome>;
  settle(outcome: PartOutcome): void;
}

/** Limits of the parts of one pair. */
export interface PairUploadSettings {
  /** How many parts may wait for their turn. */
  readonly maxPartsAhead: number;
  readonly maxTotalBufferedBytes: number;
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
 *       it is its turn           the next is asked for
 * ahead ──────────────▶ in work ───────────────────────▶ applied
 *   └─── the exchange is over ──▶ gone
 * ```
 *
 * A part stays in work until the exchange receives again. So an exchange that does not keep up delays the requests of its
 * client.
 */
export class PairUploads implements RequestSource, BufferHolder {
  readonly canPauseReceive = true;
  readonly lost: Promise<Error>;
  readonly #budget: BufferBudget;
  readonly #settings: PairUploadSettings;
  readonly #closed: () => void;
  /** Parts that wait for their turn. */
  readonly #ahead: Map<number, WaitingPart> = new Map();
  #aheadBytes = 0;
  /** The number whose turn it is. */
  #next = 0;
  #inWork: WaitingPart | undefined;
  #pending: ((bytes: Uint8Array | undefined) => void) | undefined;
  #resolveLost!: (reason: Error) => void;
  #hasEnded = false;
  #isClosed = false;

  /** Begins with part 0. `closed` is called once, when no more are taken. */
  constructor(budget: BufferBudget, settings: PairUploadSettings, closed: () => void) {
    this.#budget = budget;
    this.#settings = settings;
    this.#closed = closed;
    this.lost = new Promise((resolve) => this.#resolveLost = resolve);
  }

  /** Tells whether the bytes of a part are needed, or else what becomes of it. */
  judge(number: number): PartVerdict {
    if (this.#isClosed) return known(UNKNOWN_PAIR);
    const { maxPartsAhead } = this.#settings;
    if (number > this.#next + maxPartsAhead) return known(partTooEarly(number, this.#next, maxPartsAhead));
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
    this.#resolveLost(new TransportError(budgetExceeded(totalBytes, this.#settings.maxTotalBufferedBytes)));
  }

  receive(): Promise<Uint8Array | undefined> {
    this.#inWork?.settle(undefined);
    this.#inWork = undefined;
    return new Promise((resolve) => {
      this.#pending = resolve;
      this.#proceed();
    });
  }

  /** Nothing follows the parts that have come. */
  end(): void {
    this.#hasEnded = true;
    this.#proceed();
  }

  stop(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#inWork?.settle(undefined);
    for (const part of this.#ahead.values()) part.settle(UNKNOWN_PAIR);
    this.#ahead.clear();
    this.#hold(-this.#aheadBytes);
    this.#pending?.(undefined);
    this.#closed();
  }

  #proceed(): void {
    const resolve = this.#pending;
    if (resolve === undefined || this.#isClosed) return;
    const part = this.#ahead.get(this.#next);
    if (part === undefined && !this.#hasEnded) return;
    this.#pending = undefined;
    resolve(part === undefined ? undefined : this.#begin(part));
  }

  #begin(part: WaitingPart): Uint8Array {
    this.#inWork = part;
    this.#ahead.delete(this.#next);
    this.#next += 1;
    this.#hold(-part.bytes.byteLength);
    return part.bytes;
  }

  #hold(bytes: number): void {
    this.#aheadBytes += bytes;
    this.#budget.reportBuffered(this, this.#aheadBytes);
  }
}

function known(outcome: PartOutcome): PartVerdict {
  return { kind: "known", outcome: Promise.resolve(outcome) };
}
