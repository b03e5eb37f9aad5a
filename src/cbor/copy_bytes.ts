import { headLength, Major, writeHeadAt } from "./item_writer.ts";

/** Copies of up to this many bytes share a buffer. */
export const GREATEST_SHARED_BYTES = 2_048;
/** What a copy may keep alive besides itself is bounded by this. */
export const SHARED_BUFFER_BYTES = 8_192;
/** From this many bytes on, a copy has headroom: to copy them once more costs more than to keep account of it. */
const LEAST_ROOMY_BYTES = 16_384;

/** Bytes that a large copy has free before it. */
export const HEADROOM_BYTES = 64;

let shared = new Uint8Array(SHARED_BUFFER_BYTES);
let used = 0;

/** Buffers of large copies whose headroom nobody has taken. */
const roomy = new WeakSet<ArrayBufferLike>();

/**
 * Copies bytes. Small copies lie side by side in one buffer, since a buffer for each costs more than all else that is done
 * with a message of 100 bytes: making it took a fifth of the time of a stream of such, freeing it much of the collector's.
 * Large ones have {@linkcode HEADROOM_BYTES} before them, for a head that makes a chunk of them without another copy.
 *
 * @param bytes The bytes.
 * @returns The copy, of class `Uint8Array`, perhaps a view on a larger buffer whose part nobody else writes to.
 */
export function copyBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = bytes;
  if (length >= LEAST_ROOMY_BYTES) {
    const copy = roomFor(length);
    copy.set(bytes);
    return copy;
  }
  if (length > GREATEST_SHARED_BYTES) return new Uint8Array(bytes);
  // Also where somebody has transferred the buffer, which leaves nothing of it.
  if (used + length >= shared.length) {
    shared = new Uint8Array(SHARED_BUFFER_BYTES);
    used = 0;
  }
  const start = used;
  used += length;
  shared.set(bytes, start);
  return new Uint8Array(shared.buffer, start, length);
}

/** Zeros with headroom before them. */
function roomFor(length: number): Uint8Array<ArrayBuffer> {
  const { buffer } = new Uint8Array(HEADROOM_BYTES + length);
  roomy.add(buffer);
  return new Uint8Array(buffer, HEADROOM_BYTES);
}

/**
 * Encodes bytes as a byte string, in one copy, if they are so many that a second one would count.
 *
 * @param bytes The bytes.
 * @returns The item, with {@linkcode HEADROOM_BYTES} before it; `undefined` if they are few.
 */
export function encodeLargeBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const { length } = bytes;
  if (length < LEAST_ROOMY_BYTES) return undefined;
  const item = roomFor(headLength(length) + length);
  item.set(bytes, writeHeadAt(item, 0, Major.BYTES, length));
  return item;
}

/**
 * Takes the headroom of a copy, which works once: whoever it works for may write there.
 *
 * @param bytes What may be a large copy that {@linkcode copyBytes} has made, as a whole.
 * @returns The buffer, which the copy fills from {@linkcode HEADROOM_BYTES} on; `undefined` if there is no headroom.
 */
export function takeHeadroom(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const { buffer, byteOffset, length } = bytes;
  if (length < LEAST_ROOMY_BYTES || byteOffset !== HEADROOM_BYTES) return undefined;
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== HEADROOM_BYTES + length) return undefined;
  return roomy.delete(buffer) ? new Uint8Array(buffer) : undefined;
}
