import type { SeededRandom } from "../seeded_random.ts";
import type { Forgery } from "./forgery.ts";
import { FrameCutter } from "./frame_cutter.ts";
import { FrameSight, type SeenFrame } from "./seen_frame.ts";

/** Chance that a forgery strikes at a frame that it can strike at. */
const STRIKE = 0.35;

/** What was forged, and when it reached its victim. */
export interface Strike {
  readonly forgery: Forgery;
  /** The operation's number on the exchange, if it is about one. */
  readonly wireId: number | undefined;
  /** Whether its peer had completed by then: an end that has heard that may have ended. */
  readonly isLate: boolean;
  /** When the whole of it had come out at the far side. */
  deliveredAtMs: number | undefined;
}

/** Sits on one direction of a connection, passes all frames on, and once forges what its peer says. */
export class Forger {
  readonly #forgery: Forgery | undefined;
  readonly #random: SeededRandom;
  readonly #seen: (frame: SeenFrame) => void;
  readonly #struck: (strike: Strike) => void;
  readonly #cutter = new FrameCutter();
  readonly #sight = new FrameSight();
  #strike: Strike | undefined;
  #passed = 0;
  #strikeEndsAt = Infinity;
  #delivered = 0;

  /** Without a forgery it only tells what it has seen. */
  constructor(
    forgery: Forgery | undefined,
    random: SeededRandom,
    seen: (frame: SeenFrame) => void,
    struck: (strike: Strike) => void,
  ) {
    this.#forgery = forgery;
    this.#random = random;
    this.#seen = seen;
    this.#struck = struck;
  }

  /** Whether the body is to end with what was forged. */
  get hasEnded(): boolean {
    return this.#strike?.forgery.isLast === true;
  }

  /** What comes of a chunk. */
  pass(chunk: Uint8Array): Uint8Array[] {
    return this.#cutter.push(chunk).flatMap((frame) => this.hasEnded ? [] : this.#frame(frame));
  }

  /** So many bytes have come out. */
  delivered(bytes: number, nowMs: number): void {
    this.#delivered += bytes;
    const strike = this.#strike;
    if (strike !== undefined && this.#delivered >= this.#strikeEndsAt) strike.deliveredAtMs ??= nowMs;
  }

  #frame(bytes: Uint8Array): readonly Uint8Array[] {
    const frame = this.#sight.see(bytes);
    this.#seen(frame);
    const forged = this.#forge(frame);
    for (const { length } of forged ?? [bytes]) this.#passed += length;
    if (forged !== undefined) this.#strikeEndsAt = this.#passed;
    return forged ?? [bytes];
  }

  #forge(frame: SeenFrame): readonly Uint8Array[] | undefined {
    const forgery = this.#forgery;
    if (forgery === undefined || this.#strike !== undefined) return undefined;
    if (!forgery.isRare && !this.#random.chance(STRIKE)) return undefined;
    const forged = forgery.forge(frame);
    if (forged === undefined) return undefined;
    const { wireId, completed = false } = frame.course ?? {};
    this.#strike = { forgery, wireId, isLate: completed, deliveredAtMs: undefined };
    this.#struck(this.#strike);
    return forged;
  }
}
