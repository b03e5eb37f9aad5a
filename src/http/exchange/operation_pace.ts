import { INITIAL_WINDOW_PAYLOADS, MAX_WINDOW_PAYLOADS } from "../../limits.ts";
import { RecentSizes } from "./recent_sizes.ts";

/** What a payload is taken to have on an exchange that has not seen any. */
const UNSEEN_PAYLOAD_BYTES = 65_536;

/**
 * What the peer has granted one operation, and how much of it the mate has heard of. It knows no ticket, exchange or
 * time.
 *
 * Allowance counts payloads, but what may wait is bounded in bytes. So what the mate has heard of and not used is at
 * most as many payloads as fit into a portion of bytes, if all are as large as the largest of late. Before the first it
 * goes by those of other operations, with care. It is the sizes of its own payloads, so that it is one object.
 */
export class OperationPace extends RecentSizes {
  readonly #others: RecentSizes;
  #withheld = 0;
  #unspent = 0;

  /** @param others What the first payloads of all operations had. */
  constructor(others: RecentSizes) {
    super();
    this.#others = others;
  }

  /** Payloads that the peer has granted and the mate has not heard of. */
  get withheld(): number {
    return this.#withheld;
  }

  /** Adds what the peer has granted. */
  grant(payloads: number): void {
    this.#withheld = Math.min(this.#withheld + payloads, Number.MAX_SAFE_INTEGER);
  }

  /** Takes note of a payload that the mate has sent, and of the bytes that its ticket has on the wire. */
  sent(bytes: number): void {
    if (this.#unspent > 0) this.#unspent -= 1;
    if (this.largestBytes === 0) this.#others.note(bytes);
    this.note(bytes);
  }

  /** Whether the mate should hear of more than it has, if it may have that many bytes. */
  isDue(portionBytes: number): boolean {
    return this.#withheld > 0 && 2 * this.#unspent <= this.#portion(portionBytes);
  }

  /**
   * Takes what the mate is to hear of now.
   *
   * @param portionBytes What it may have.
   * @returns How many payloads; 0 for none.
   */
  take(portionBytes: number): number {
    // At half a portion the mate has the other half to go on with; sooner, there would be a ticket for each payload.
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
