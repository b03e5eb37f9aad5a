import { checkInteger, INITIAL_WINDOW_PAYLOADS, MAX_WINDOW_PAYLOADS, WINDOW_BYTES } from "../limits.ts";

/** How much one direction of a call may have granted and not yet consumed. */
export interface WindowOptions {
  /** Bytes, as far as the sizes seen so far foretell, 1 or more; 3,145,728 by default. */
  readonly windowBytes?: number | undefined;
  /** Payloads before a size has been seen, 1 or more; 16 by default. */
  readonly initialWindowPayloads?: number | undefined;
  /** Payloads at most, however small, 1 or more; 1,024 by default. */
  readonly maxWindowPayloads?: number | undefined;
}

/** {@linkcode WindowOptions} checked and complete. */
export interface WindowLimits {
  readonly bytes: number;
  readonly initialPayloads: number;
  readonly maxPayloads: number;
}

/**
 * Checks the options of windows and completes them.
 *
 * @param options What was given.
 * @returns The limits.
 * @throws {RangeError} If an option is not an integer from 1.
 */
export function windowLimits(options: WindowOptions): WindowLimits {
  const maxPayloads = checkInteger("maxWindowPayloads", options.maxWindowPayloads ?? MAX_WINDOW_PAYLOADS);
  const initialPayloads = checkInteger(
    "initialWindowPayloads",
    options.initialWindowPayloads ?? Math.min(INITIAL_WINDOW_PAYLOADS, maxPayloads),
    1,
    maxPayloads,
  );
  return { bytes: checkInteger("windowBytes", options.windowBytes ?? WINDOW_BYTES), initialPayloads, maxPayloads };
}

/**
 * Decides when the consumer of a stream grants its producer how many more payloads (S17). It knows no ticket, timer or
 * stream.
 *
 * A window is a number of payloads, since that is what an allowance grants, but its measure is bytes: as many payloads
 * as fit into `limits.bytes` if all are as large as the largest of late. It begins small, and doubles at most with each
 * grant. Nothing is retracted: when payloads become larger, the next grant waits until less is outstanding.
 */
export class ReceiveWindow {
  readonly #limits: WindowLimits;
  /** Payloads granted and not consumed: on the way, or waiting here. */
  #outstanding: number;
  #payloads: number;
  #largestBytes = 0;

  /** @param limits What the window is held to. */
  constructor(limits: WindowLimits) {
    this.#limits = limits;
    this.#payloads = limits.initialPayloads;
    this.#outstanding = limits.initialPayloads;
  }

  /** What is granted at the start, beyond the one payload that needs no grant (S14); may be 0. */
  get initialGrant(): number {
    return this.#limits.initialPayloads - 1;
  }

  /**
   * Takes note of a payload that has arrived. One larger than those of late counts at once, smaller ones take two windows
   * to make it forgotten.
   *
   * @param bytes Its size.
   */
  receive(bytes: number): void {
    if (bytes >= this.#largestBytes) this.#largestBytes = bytes;
    else this.#largestBytes += (bytes - this.#largestBytes) / (2 * this.#payloads);
  }

  /**
   * Takes note of a payload that the consumer has taken.
   *
   * @returns How many payloads to grant now; 0 for none.
   */
  consume(): number {
    this.#outstanding -= 1;
    const affordable = this.#affordable();
    // At half a window a grant has the other half as time to arrive; sooner, there would be a ticket for each payload.
    if (2 * this.#outstanding > Math.min(this.#payloads, affordable)) return 0;
    this.#payloads = Math.min(2 * this.#payloads, affordable);
    const grant = this.#payloads - this.#outstanding;
    this.#outstanding = this.#payloads;
    return grant;
  }

  #affordable(): number {
    const payloads = Math.floor(this.#limits.bytes / this.#largestBytes);
    return Math.max(1, Math.min(payloads, this.#limits.maxPayloads));
  }
}
