import { checkInteger, INITIAL_WINDOW_PAYLOADS, MAX_WINDOW_PAYLOADS, WINDOW_BYTES } from "../limits.ts";

/**
 * How much a receiver of a stream may have granted and not yet consumed. It is the window of one direction of one call. All
 * calls of an exchange share another one, in bytes (`limits.maxBufferedBytes`), and what has no room in either waits at its
 * sender.
 */
export interface WindowOptions {
  /**
   * Bytes, estimated from the sizes of payloads so far, 1 or more; 3,145,728 by default. One payload is always granted,
   * however long it is.
   */
  readonly windowBytes?: number | undefined;
  /** Payloads before the first has arrived, 1 or more; 16 by default, or `maxWindowPayloads` if that is less. */
  readonly initialWindowPayloads?: number | undefined;
  /** The most payloads, however small they are, 1 or more; 1,024 by default. */
  readonly maxWindowPayloads?: number | undefined;
}

/** {@linkcode WindowOptions}, checked and with defaults. */
export interface WindowLimits {
  readonly bytes: number;
  /** One of them needs no grant (S14). */
  readonly initialPayloads: number;
  readonly maxPayloads: number;
}

/** Checks the options and fills in the defaults. Throws a `RangeError` if an option is not an integer from 1. */
export function windowLimits(options: WindowOptions = {}): WindowLimits {
  const integer = (name: keyof WindowOptions, byDefault: number, maximum?: number): number =>
    checkInteger(name, options[name] ?? byDefault, 1, maximum);
  const maxPayloads = integer("maxWindowPayloads", MAX_WINDOW_PAYLOADS);
  return {
    bytes: integer("windowBytes", WINDOW_BYTES),
    initialPayloads: integer("initialWindowPayloads", Math.min(INITIAL_WINDOW_PAYLOADS, maxPayloads), maxPayloads),
    maxPayloads,
  };
}

/**
 * Decides when a receiver grants its sender more payloads, and how many (S17). It knows no ticket, timer or stream.
 *
 * A window counts payloads, as allowances do, but its limit is in bytes. It holds as many payloads as fit into
 * `limits.bytes` if each is as large as the largest recent one. It begins small and at most doubles with each grant. Grants
 * are never taken back: when payloads become larger, the next grant waits until fewer are outstanding.
 */
export class ReceiveWindow {
  readonly #limits: WindowLimits;
  /** Payloads that are granted and not consumed. */
  #outstanding: number;
  #payloads: number;
  #largestBytes = 0;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
    this.#payloads = limits.initialPayloads;
    this.#outstanding = limits.initialPayloads;
  }

  /** Counts a payload that has arrived. A larger one sets the estimate at once, smaller ones lower it over two windows. */
  receive(bytes: number): void {
    if (bytes >= this.#largestBytes) this.#largestBytes = bytes;
    else this.#largestBytes += (bytes - this.#largestBytes) / (2 * this.#payloads);
  }

  /** Counts a payload that the application has consumed, and returns how many to grant now: 0 for none. */
  consume(): number {
    this.#outstanding -= 1;
    const fitting = this.#fittingPayloads();
    // A grant at half a window has the other half as time to arrive. Earlier grants would be more tickets, for nothing.
    if (2 * this.#outstanding > Math.min(this.#payloads, fitting)) return 0;
    this.#payloads = Math.min(2 * this.#payloads, fitting);
    const grant = this.#payloads - this.#outstanding;
    this.#outstanding = this.#payloads;
    return grant;
  }

  #fittingPayloads(): number {
    const payloads = Math.floor(this.#limits.bytes / this.#largestBytes);
    return Math.max(1, Math.min(payloads, this.#limits.maxPayloads));
  }
}
