/**
 * Allowance, one small pure object for each side of a direction (S14, S15). Neither knows of tickets, time or links.
 *
 * @module
 */

/** Payloads that a direction may send before any grant (S14). */
const IMPLICIT_ALLOWANCE = 1;

/** Whether a value can be an allowance: a positive safe integer (S10, S20). */
export function isAllowance(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0; // isSafeInteger proves that it is a number
}

/** The sum of two counts, which a peer's many grants cannot push out of the exact integers. */
function addCounts(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}

/** What the peer allows this side to send. */
export class SendWindow {
  #available = IMPLICIT_ALLOWANCE;

  /** Payloads that may leave now. */
  get available(): number {
    return this.#available;
  }

  /** Adds a grant of the peer's. */
  credit(payloads: number): void {
    this.#available = addCounts(this.#available, payloads);
  }

  /** Takes the allowance for one payload; false if there is none. */
  spend(): boolean {
    if (this.#available === 0) return false;
    this.#available -= 1;
    return true;
  }
}

/** What this side allows the peer to send. */
export class ReceiveWindow {
  #open = IMPLICIT_ALLOWANCE;

  /** Adds a grant of this side's customer. */
  grant(payloads: number): void {
    this.#open = addCounts(this.#open, payloads);
  }

  /** Counts one payload received; false if it was not allowed (S10). */
  receive(): boolean {
    if (this.#open === 0) return false;
    this.#open -= 1;
    return true;
  }
}
