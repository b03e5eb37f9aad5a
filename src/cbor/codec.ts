/**
 * cbor-x as it is used here, and the only file that names it. The build without `eval` needs no permission and no native
 * code, and behaves the same on every runtime.
 *
 * @module
 */
// deno-lint-ignore no-import-prefix -- the library is imported by URL, too, where no import map of ours applies
import { Decoder, Encoder } from "npm:cbor-x@1.6.8/index-no-eval";

/** What is used of cbor-x's encoder; its own types leave the second parameter out. */
interface ValueEncoder {
  encode(value: unknown, mode?: number): Uint8Array;
  useBuffer?(buffer: Uint8Array): void;
}

/**
 * - no records: they need tags that the profile refuses, and state between messages;
 * - no tag on `Uint8Array`: cbor-x would write tag 64 on some runtimes and none on others;
 * - heads of maps as short as they can be.
 */
const OPTIONS = { useRecords: false, tagUint8Array: false, mapsAsObjects: true, variableMapSize: true };

/** cbor-x's RESET_BUFFER_MODE, which it does not export: the next value is written over this one. */
const RESET_BUFFER_MODE = 1024;
/** cbor-x keeps its buffer, grown up to four times the largest value, for ever; above this it gets a small one again. */
const MAX_KEPT_BYTES = 1_048_576;

const ENCODER: ValueEncoder = new Encoder(OPTIONS);
const DECODER: { decode(bytes: Uint8Array, end?: number): unknown } = new Decoder({ ...OPTIONS, copyBuffers: false });

/** Items of up to this many bytes are worth a copy. */
export const MAX_COPIED_BYTES = 1_024;
/** cbor-x makes a `DataView` for what it reads and keeps it there, so that reading the same array again is cheap. */
const COPY = new Uint8Array(MAX_COPIED_BYTES);

/**
 * Encodes a value that is known to be encodable.
 *
 * @param value The value.
 * @returns Its bytes, as a view that is only valid until the next value is encoded.
 */
export function encodeUnchecked(value: unknown): Uint8Array {
  const encoded = ENCODER.encode(value, RESET_BUFFER_MODE);
  if (encoded.buffer.byteLength > MAX_KEPT_BYTES) {
    // An empty copy of the same class: cbor-x calls methods of Node's `Buffer` on its buffer where there is one.
    ENCODER.useBuffer?.(Uint8Array.prototype.slice.call(encoded, 0, 8192));
  }
  return encoded;
}

/**
 * Decodes an item that is known to be one of the profile.
 *
 * @param bytes A view of exactly one item that nobody else holds: cbor-x adds a property to it, and byte strings in the
 * value are views of the same class on the same memory.
 * @returns The value.
 */
export function decodeUnchecked(bytes: Uint8Array): unknown {
  return DECODER.decode(bytes);
}

/**
 * Decodes a small item that is known to be one of the profile and to hold no byte string, so that nothing in the value is a
 * view on its bytes. This saves what cbor-x makes for each array that it reads, about 100 ns.
 *
 * @param bytes Where it lies.
 * @param start Its first byte.
 * @param end The byte after its last one, {@linkcode MAX_COPIED_BYTES} after the first at most.
 * @returns The value.
 */
export function decodeCopied(bytes: Uint8Array, start: number, end: number): unknown {
  if (start === 0 && end === bytes.length) COPY.set(bytes);
  else for (let i = start; i < end; i++) COPY[i - start] = bytes[i]!;
  return DECODER.decode(COPY, end - start);
}
