/**
 * Bytes that are not the CBOR that the strict profile allows (PROTOCOL.md §4).
 *
 * The message says what is wrong and where. A value that cannot be *encoded* is a `TypeError` or a `RangeError` instead:
 * that is a mistake of the caller, this is one of whoever sent the bytes.
 */
export class CborError extends Error {
  /** The class name, for logs. */
  override readonly name = "CborError";
  /** What is wrong, without the place. */
  readonly reason: string;
  /** Where, counted from the start of the bytes that were given. */
  readonly offset: number;
  /** The limit that was crossed, by the name of its option; `undefined` if the bytes are wrong under any limit. */
  readonly limit: string | undefined;

  /**
   * Makes the error.
   *
   * @param reason What is wrong, as a clause without a period.
   * @param offset Where it was found.
   * @param limit The name of the limit that was crossed, if it was one.
   */
  constructor(reason: string, offset: number, limit?: string) {
    super(`Cannot read CBOR at byte ${offset}: ${reason}`);
    this.reason = reason;
    this.offset = offset;
    this.limit = limit;
  }
}
