import { Code } from "../links/code.ts";
import { fragmentError, type FragmentHead } from "./fragment.ts";
import { JoinedBytes } from "./joined_bytes.ts";
import { TOO_LARGE } from "./wire_limits.ts";

/**
 * One ticket that comes in fragments (PROTOCOL.md §3), joined straight from the chunks. There is one at a time.
 *
 * ```text
 * nothing ──begin()──▶ joining ──take(), giveUp()──▶ nothing
 *                       └─ begin(), append() ─┘
 * ```
 */
export class JoinedTicket {
  readonly #maxBytes: number;
  readonly #joined = new JoinedBytes();
  /** 0 while there is none. */
  #operation = 0;
  /** How many bytes there will be in the end. */
  #total = 0;
  /** How many bytes the fragment in work has, if its sender wants to hear that it has been taken. */
  #askedBytes = 0;
  /** How many bytes of it are missing. */
  #awaited = 0;

  /** @param maxBytes Bytes that the content of a frame may have, and what is joined as well. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The operation whose ticket it is, 0 for none. */
  get operation(): number {
    return this.#operation;
  }

  /** Bytes that are there. */
  get length(): number {
    return this.#joined.length;
  }

  /** Bytes of the fragment in work, or the last one, whose sender wants to hear that they have been taken. */
  get askedBytes(): number {
    return this.#askedBytes;
  }

  /** Bytes of it that are not there. */
  get awaited(): number {
    return this.#awaited;
  }

  /** Whether the ticket is there as a whole. */
  get isWhole(): boolean {
    return this.#joined.length === this.#total;
  }

  /**
   * A fragment begins.
   *
   * @throws {WireError} If it is not the one that must come.
   */
  begin({ operation, length, restBytes }: FragmentHead, asks: boolean): void {
    if (this.#operation === 0) this.#beginTicket(operation, length + restBytes);
    else if (operation !== this.#operation) {
      throw fragmentError(
        `got one of operation ${operation}, the ticket of operation ${this.#operation} is not complete`,
      );
    }
    const missing = this.#total - this.#joined.length;
    if (length + restBytes !== missing) {
      throw fragmentError(`got one of ${length} bytes with ${restBytes} to follow, ${missing} are missing`);
    }
    if (length === 0) throw fragmentError("got one without bytes");
    this.#askedBytes = asks ? length : 0;
    this.#awaited = length;
  }

  /** Takes bytes of the fragment in work, as many as are awaited and there; returns where they end. */
  append(chunk: Uint8Array, start: number, end = chunk.length): number {
    const until = Math.min(start + this.#awaited, end);
    this.#joined.append(chunk, start, until, this.#total);
    this.#awaited -= until - start;
    return until;
  }

  /** Hands the whole ticket over, with or without room behind it, and is ready for the next. */
  take(): Uint8Array {
    const bytes = this.#joined.take();
    this.clear();
    return bytes;
  }

  /** Drops what is there. */
  clear(): void {
    this.#joined.clear();
    this.#operation = 0;
    this.#total = 0;
    this.#awaited = 0;
  }

  #beginTicket(operation: number, total: number): void {
    if (total > this.#maxBytes) {
      const reason = `a ticket of operation ${operation} has ${total} bytes, allowed are ${this.#maxBytes}${TOO_LARGE}`;
      throw fragmentError(reason, Code.RESOURCE_EXHAUSTED);
    }
    this.#operation = operation;
    this.#total = total;
  }
}
