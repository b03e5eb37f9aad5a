/** The least that may be on its way, and what may be at first: one fragment that is read, and one that comes. */
const LEAST_FRAGMENTS = 2;
/** The most that it grows to, about what 1 Gbit/s carries in a tenth of a second. */
const GREATEST_BYTES = 16_777_216;
/** With room for so little of a fragment, a sender may wait for more. */
const NEARLY_FULL = 1 / 4;
/** Milliseconds that small frames may well wait for fragments on their way. */
const LEAST_DELAY_MS = 1;
/** Milliseconds after which the shortest way that there has been is forgotten, since ways change. */
const MEMORY_MS = 10_000;

/** A fragment that is on its way. */
interface SentFragment {
  readonly bytes: number;
  readonly atMs: number;
}

/**
 * How many bytes of fragments may be on their way, so that they do not fill the buffers between the two sides, in which
 * nothing overtakes anything: loopback alone has room for 6 MB.
 *
 * The peer says what it has taken. As long as that comes nearly as soon as it ever has, more may be on the way; when it
 * comes later, what is on the way is waiting somewhere, and less may. So it is as much as the way carries, of whatever
 * length that is, and the wait is about {@linkcode LEAST_DELAY_MS}, or half the way there and back if that is longer.
 */
export class LargeMessageWindow {
  /** On their way, the oldest first. */
  readonly #sent: SentFragment[] = [];
  #sentBytes = 0;
  #takenBytes = 0;
  /** Bytes of the oldest one that have been taken. */
  #takenOfFirst = 0;
  readonly #leastBytes: number;
  readonly #nearlyFullBytes: number;
  #window: number;
  /** The shortest time that one has taken, of late and before that. */
  #shortestMs = Infinity;
  #shortestBeforeMs = Infinity;
  #forgetsAtMs = -Infinity;

  /** @param fragmentBytes Bytes of a fragment. */
  constructor(fragmentBytes: number) {
    this.#leastBytes = LEAST_FRAGMENTS * fragmentBytes;
    this.#nearlyFullBytes = NEARLY_FULL * fragmentBytes;
    this.#window = this.#leastBytes;
  }

  /** Bytes that may be sent, those that have been included. */
  get maxBytes(): number {
    return this.#takenBytes + this.#window;
  }

  /** Bytes have been sent, as many in all. */
  sent(totalBytes: number, nowMs: number): void {
    if (totalBytes === this.#sentBytes) return;
    this.#sent.push({ bytes: totalBytes - this.#sentBytes, atMs: nowMs });
    this.#sentBytes = totalBytes;
  }

  /** Bytes have been taken; false if they never were sent. */
  taken(bytes: number, nowMs: number): boolean {
    const wasFull = this.#sentBytes + this.#nearlyFullBytes >= this.maxBytes;
    this.#takenBytes += bytes;
    if (this.#takenBytes > this.#sentBytes) return false;
    const delayMs = this.#delayOf(bytes, nowMs);
    if (delayMs !== undefined) this.#adapt(delayMs, bytes, wasFull);
    return true;
  }

  /** How long the last one was on its way that has been taken as a whole with these bytes, and how much longer than need be. */
  #delayOf(bytes: number, nowMs: number): number | undefined {
    let rest = this.#takenOfFirst + bytes;
    let atMs: number | undefined;
    while (this.#sent.length > 0 && rest >= this.#sent[0]!.bytes) {
      rest -= this.#sent[0]!.bytes;
      atMs = this.#sent.shift()!.atMs;
    }
    this.#takenOfFirst = rest;
    if (atMs === undefined) return undefined;
    this.#remember(nowMs - atMs, nowMs);
    return nowMs - atMs;
  }

  #remember(ms: number, nowMs: number): void {
    if (nowMs >= this.#forgetsAtMs) {
      this.#shortestBeforeMs = this.#shortestMs;
      this.#shortestMs = Infinity;
      this.#forgetsAtMs = nowMs + MEMORY_MS;
    }
    this.#shortestMs = Math.min(this.#shortestMs, ms);
  }

  #adapt(ms: number, bytes: number, wasFull: boolean): void {
    const shortestMs = Math.min(this.#shortestMs, this.#shortestBeforeMs);
    const isLate = ms - shortestMs > Math.max(LEAST_DELAY_MS, shortestMs / 2);
    if (isLate) this.#window = Math.max(this.#leastBytes, this.#window - Math.floor(bytes / 4));
    else if (wasFull) this.#window = Math.min(GREATEST_BYTES, this.#window + bytes);
  }
}
