import { INITIAL_WINDOW_PAYLOADS, MAX_WINDOW_PAYLOADS } from "../limits.ts";

/** How many smaller sizes it takes to forget most of a larger one. */
const MEMORY = 64;

/** The largest of the sizes seen recently, as an estimate of the next ones. */
export class RecentSizes {
  #largestBytes = 0;

  /** The largest recent size; 0 if none has been seen. */
  get largestBytes(): number {
    return this.#largestBytes;
  }

  /** Notes a size. A larger one counts at once. */
  note(bytes: number): void {
    if (bytes >= this.#largestBytes) this.#largestBytes = bytes;
    else this.#largestBytes += (bytes - this.#largestBytes) / MEMORY;
  }
}

/** The assumed size of a payload on an exchange that has not seen any. */
const UNSEEN_PAYLOAD_BYTES = 65_536;

/**
 * What the peer has granted one operation, and how much of it has been passed on to the local end. It knows no ticket,
 * exchange or time.
 *
 * Allowance counts payloads, but what may wait is bounded in bytes. So the local end has at most as many unused grants as
 * payloads fit into a portion of bytes, if all are as large as the largest recent one. Before the first payload the sizes
 * of other operations serve as an estimate. This class extends the sizes of its own payloads, so that there is one object
 * for each operation.
 */
export class OperationCredit extends RecentSizes {
  readonly #others: RecentSizes;
  #withheld = 0;
  #unspent = 0;

  /** Takes the sizes of the first payloads of all operations. */
  constructor(others: RecentSizes) {
    super();
    this.#others = others;
  }

  /** Payloads that the peer has granted and that have not been passed on. */
  get withheld(): number {
    return this.#withheld;
  }

  /** Adds what the peer has granted. */
  grant(payloads: number): void {
    this.#withheld = Math.min(this.#withheld + payloads, Number.MAX_SAFE_INTEGER);
  }

  /** The local end has sent a payload, whose ticket has so many bytes on the wire. */
  sent(bytes: number): void {
    if (this.#unspent > 0) this.#unspent -= 1;
    if (this.largestBytes === 0) this.#others.note(bytes);
    this.note(bytes);
  }

  /** Whether more should be passed on, if the operation may have that many bytes. */
  isDue(portionBytes: number): boolean {
    return this.#withheld > 0 && 2 * this.#unspent <= this.#portion(portionBytes);
  }

  /** Takes the payloads that are to be passed on now, 0 for none, if the operation may have that many bytes. */
  take(portionBytes: number): number {
    // At half a portion the local end can go on with the other half. Sooner, there would be a grant for each payload.
    if (!this.isDue(portionBytes)) return 0;
    const payloads = Math.min(this.#withheld, this.#portion(portionBytes) - this.#unspent);
    this.#withheld -= payloads;
    this.#unspent += payloads;
    return payloads;
  }

  #portion(bytes: number): number {
    const { largestBytes } = this;
    const most = largestBytes > 0 ? MAX_WINDOW_PAYLOADS : INITIAL_WINDOW_PAYLOADS;
    const payloads = Math.round(bytes / (largestBytes || this.#others.largestBytes || UNSEEN_PAYLOAD_BYTES));
    return Math.max(1, Math.min(payloads, most));
  }
}
