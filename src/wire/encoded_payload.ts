import { CborError, type CborLimits, checkItem } from "../cbor/mod.ts";

/**
 * A payload that is encoded already. A `FrameWriter` writes it as it is and a `FrameReader` with `payloads: "encoded"`
 * yields it, so that a relay never decodes what passes through it.
 */
export class EncodedPayload {
  /** Exactly one encoded item. Must not change. */
  readonly bytes: Uint8Array;

  /**
   * Takes an encoded payload.
   *
   * @param bytes Exactly one item of the strict profile (PROTOCOL.md §4).
   * @param limits What it may cost.
   * @throws {CborError} If it is anything else.
   */
  constructor(bytes: Uint8Array, limits?: CborLimits) {
    const end = checkItem(bytes, 0, bytes.length, limits);
    if (end !== bytes.length) throw new CborError(`${bytes.length - end} bytes follow the item`, end);
    this.bytes = bytes;
  }
}
