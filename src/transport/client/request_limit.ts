/**
 * Bytes of a request from which on it may have been cut for its length. What fails before says nothing of a limit, as
 * proxies have none so low, and exchanges that end sooner would cost more than they carry.
 */
export const LEAST_LIMITED_BYTES = 65_536;

/**
 * What has been seen of a limit on the length of requests. A proxy that has one, such as nginx with `client_max_body_size`,
 * answers with 413 before a response has begun, and cuts the connection afterwards, without a word.
 *
 * No time makes it forgotten: to find out that a limit is gone would cost calls, and exchanges that end early cost a request
 * each. A longer request that comes through does: what was cut before had another reason, as a server that restarts.
 */
export class RequestLimit {
  #lastCutBytes = 0;
  #refusedBytes = Infinity;

  /** The least length that has been too much; `Infinity` if none has. */
  get refusedBytes(): number {
    return this.#refusedBytes;
  }

  /** Bytes after which a request takes no more operations: those that run on it have as much again. */
  get maxBytes(): number {
    return this.#refusedBytes / 2;
  }

  /** A request of that length has been refused for it. */
  refused(bytes: number): void {
    this.#refusedBytes = Math.min(this.#refusedBytes, Math.max(bytes, LEAST_LIMITED_BYTES));
  }

  /** A request of that length has come through. */
  passed(bytes: number): void {
    if (bytes > this.#lastCutBytes) this.#lastCutBytes = 0;
    if (bytes > this.#refusedBytes) this.#refusedBytes = Infinity;
  }

  /** A request has been cut at that length. One cut may have any reason; a second one at a like length shows a limit. */
  cut(bytes: number): void {
    const less = Math.min(this.#lastCutBytes, bytes);
    const isAlike = Math.max(this.#lastCutBytes, bytes) <= 2 * less;
    this.#lastCutBytes = bytes;
    if (isAlike) this.refused(less);
  }
}
