import { headLength as headLengthOf } from "../cbor/item_writer.ts";
import { Code } from "../links/code.ts";
import { WireError } from "./wire_error.ts";
import { TOO_LARGE } from "./wire_limits.ts";

/**
 * Tells how long the head of a frame is: that of a byte string of definite length (PROTOCOL.md §3).
 *
 * @param initial Its initial byte.
 * @returns 1, 2, 3, 5 or 9 bytes.
 * @throws {WireError} If no frame starts so.
 */
export function frameHeadLength(initial: number): number {
  const info = initial & 0x1f;
  if (initial >> 5 !== 2 || info > 27) {
    const got = `0x${initial.toString(16).padStart(2, "0")}`;
    throw frameError(`expected a byte string of definite length, got a byte ${got}`);
  }
  return info < 24 ? 1 : 1 + (1 << (info - 24));
}

/**
 * Reads the length of a frame's content and holds it against the limit, before anything is buffered for it.
 *
 * @param bytes Where the frame lies.
 * @param offset Its head, which is there as a whole.
 * @param headLength How long the head is.
 * @param maxFrameBytes The limit.
 * @returns The length.
 * @throws {WireError} If the head is not the shortest, the frame is empty or the limit is crossed.
 */
export function frameContentLength(
  bytes: Uint8Array,
  offset: number,
  headLength: number,
  maxFrameBytes: number,
): number {
  let length = bytes[offset]! & 0x1f;
  if (headLength > 1) {
    length = 0;
    for (let i = 1; i < headLength; i++) length = length * 256 + bytes[offset + i]!;
    if (headLengthOf(length) < headLength) {
      throw frameError(`the head of a frame of ${length} bytes is not the shortest`);
    }
  }
  if (length > maxFrameBytes) {
    const message = `Cannot read a frame: it declares ${length} bytes, allowed are ${maxFrameBytes}${TOO_LARGE}`;
    throw new WireError(message, { code: Code.RESOURCE_EXHAUSTED, scope: "exchange" });
  }
  if (length === 0) throw frameError("it is empty");
  return length;
}

/** Makes the error of a body that breaks the rules of framing. */
export function frameError(reason: string): WireError {
  return new WireError(`Cannot read a frame: ${reason}`, { code: Code.INTERNAL, scope: "exchange" });
}
