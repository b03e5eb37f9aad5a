/**
 * Messages from this many bytes on get a buffer of their own: a copy of them costs little beside the bytes. For 100 bytes it
 * takes ten times as long as a view, and halves how many calls a second Node 20 makes with messages of bytes.
 */
export const LEAST_OWN_BYTES = 4_096;

/** Buffers that hold one frame and nothing else. */
const OWN = new WeakSet<ArrayBufferLike>();

/** Notes that the buffer of these bytes holds one frame, so that its payload need not be copied. */
export function noteOwnBuffer({ buffer, length }: Uint8Array): void {
  if (length >= LEAST_OWN_BYTES) OWN.add(buffer);
}

/** Whether the buffer of these bytes is known to hold nothing of another frame. */
export function hasOwnBuffer({ buffer }: Uint8Array): boolean {
  return OWN.has(buffer);
}
