/** How many fragments may always be on their way: one that is being read, and one that follows. */
const MIN_FRAGMENTS = 2;
/** The largest window, about what 1 Gbit/s carries in a tenth of a second. */
const MAX_WINDOW_BYTES = 16_777_216;
/** The window counts as full when less than this part of a fragment fits into it. */
const NEARLY_FULL = 1 / 4;
/** Milliseconds that small frames may always wait behind fragments. */
const MIN_DELAY_MS = 1;
/** Milliseconds after which the shortest round trip is forgotten, since paths change. */
const PERIOD_MS = 10_000;

/** A fragment that is on its way. */
interface SentFragment {
  readonly bytes: number;
  readonly atMs: number;
}

/**
 * Limits the bytes of fragments of large messages that are on their way, so that they do not fill the buffers between the
 * two sides, in which nothing overtakes anything: loopback alone has room for 6 MB.
 *
 * The peer acknowledges what it has taken. While acknowledgements come nearly as fast as the fastest so far, the window
 * grows. When they come later, fragments wait somewhere, and it shrinks. So the window is about what the path carries, and
 * small frames wait about {@linkcode MIN_DELAY_MS}, or half a round trip if that is longer. It knows no stream and no
 * timer.
 */
export class LargeMessageWindow {
  /** The fragments that are on their way, the oldest first. */
  readonly #sent: SentFragment[] = [];
  #sentBytes = 0;
  #ackedBytes = 0;
  /** Bytes of the oldest one that have been acknowledged. */
  #ackedOfFirst = 0;
  readonly #minBytes: number;
  readonly #nearlyFullBytes: number;
  #window: number;
  /** The shortest round trip, in the present period and in the one before. */
  #shortestMs = Infinity;
  #shortestBeforeMs = Infinity;
  #periodEndsAtMs = -Infinity;

  constructor(fragmentBytes: number) {
    this.#minBytes = MIN_FRAGMENTS * fragmentBytes;
    this.#nearlyFullBytes = NEARLY_FULL * fragmentBytes;
    this.#window = this.#minBytes;
  }

  /** Bytes that may be sent in all, from the first on. */
  get maxBytes(): number {
    return this.#ackedBytes + this.#window;
  }

  /** So many bytes have been sent in all. */
  sent(totalBytes: number, nowMs: number): void {
    if (totalBytes === this.#sentBytes) return;
    this.#sent.push({ bytes: totalBytes - this.#sentBytes, atMs: nowMs });
    this.#sentBytes = totalBytes;
  }

  /** The peer acknowledges bytes; false if they were never sent. */
  acked(bytes: number, nowMs: number): boolean {
    const wasFull = this.#sentBytes + this.#nearlyFullBytes >= this.maxBytes;
    this.#ackedBytes += bytes;
    if (this.#ackedBytes > this.#sentBytes) return false;
    const roundTripMs = this.#roundTripOf(bytes, nowMs);
    if (roundTripMs !== undefined) this.#adapt(roundTripMs, bytes, wasFull);
    return true;
  }

  /** The round trip of the last fragment that these bytes acknowledge to its end. */
  #roundTripOf(bytes: number, nowMs: number): number | undefined {
    let rest = this.#ackedOfFirst + bytes;
    let atMs: number | undefined;
    while (this.#sent.length > 0 && rest >= this.#sent[0]!.bytes) {
      rest -= this.#sent[0]!.bytes;
      atMs = this.#sent.shift()!.atMs;
    }
    this.#ackedOfFirst = rest;
    if (atMs === undefined) return undefined;
    this.#remember(nowMs - atMs, nowMs);
    return nowMs - atMs;
  }

  #remember(ms: number, nowMs: number): void {
    if (nowMs >= this.#periodEndsAtMs) {
      this.#shortestBeforeMs = this.#shortestMs;
      this.#shortestMs = Infinity;
      this.#periodEndsAtMs = nowMs + PERIOD_MS;
    }
    this.#shortestMs = Math.min(this.#shortestMs, ms);
  }

  #adapt(ms: number, bytes: number, wasFull: boolean): void {
    const shortestMs = Math.min(this.#shortestMs, this.#shortestBeforeMs);
    const isSlow = ms - shortestMs > Math.max(MIN_DELAY_MS, shortestMs / 2);
    if (isSlow) this.#window = Math.max(this.#minBytes, this.#window - Math.floor(bytes / 4));
    else if (wasFull) this.#window = Math.min(MAX_WINDOW_BYTES, this.#window + bytes);
  }
}
