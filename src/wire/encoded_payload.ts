import { Decoder } from "../cbor/decode.ts";
import { type CborLimits, cborLimits } from "../cbor/profile.ts";

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
    const decoder = new Decoder(cborLimits(limits));
    decoder.reset(bytes, 0, bytes.length);
    decoder.skip();
    decoder.finish();
    this.bytes = bytes;
  }
}
