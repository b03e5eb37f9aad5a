/**
 * Bytes of requests that may be under way: what a few connections carry in the time of an answer. With twice as many a
 * client that made 600 calls of 272 KB at once took up to 540 MB, with these 450 (Deno 2.9).
 */
const MAX_BYTES_UNDER_WAY = 8_388_608;

/** Requests with less never wait, so that short calls go on beside long ones. Five hundred make the limit above. */
export const LONG_REQUEST_BYTES = 16_384;

/** A request that is under way, or waits. */
export class RequestEntry {
  readonly bytes: number;
  #leave: (() => void) | undefined;

  /** `leave` sends the request, and is forgotten then with what it holds. */
  constructor(bytes: number, leave: () => void) {
    this.bytes = bytes;
    this.#leave = leave;
  }

  /** Sends it. */
  leave(): void {
    const leave = this.#leave;
    this.#leave = undefined;
    leave?.();
  }
}

/**
 * Bounds the bytes of a link's requests that have left and whose responses have not begun. What would be too much waits in
 * order, not encoded yet; one request may always leave.
 */
export class RequestBudget {
  #bytes = 0;
  readonly #underWay: Set<RequestEntry> = new Set();
  readonly #waiting: Set<RequestEntry> = new Set();

  /** Lets a request leave, now or when there is room. */
  enter(entry: RequestEntry): void {
    this.#waiting.add(entry);
    this.#admit();
  }

  /** A request is answered, or given up. */
  exit(entry: RequestEntry): void {
    this.#waiting.delete(entry);
    if (this.#underWay.delete(entry)) this.#bytes -= entry.bytes;
    this.#admit();
  }

  #admit(): void {
    for (const entry of this.#waiting) {
      if (this.#underWay.size > 0 && this.#bytes + entry.bytes > MAX_BYTES_UNDER_WAY) return;
      this.#waiting.delete(entry);
      this.#underWay.add(entry);
      this.#bytes += entry.bytes;
      entry.leave();
    }
  }
}
