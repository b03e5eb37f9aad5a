import { Decoder } from "../cbor/decode.ts";
import { type CborLimits, cborLimits, DEFAULT_CBOR_LIMITS } from "../cbor/profile.ts";

/** Stands for limits that a payload has been held against already. */
export const CHECKED: CborLimits = { ...DEFAULT_CBOR_LIMITS };

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
    if (limits !== CHECKED) {
      const decoder = new Decoder(cborLimits(limits));
      decoder.reset(bytes, 0, bytes.length);
      decoder.skip();
      decoder.finish();
    }
    this.bytes = bytes;
  }
}
